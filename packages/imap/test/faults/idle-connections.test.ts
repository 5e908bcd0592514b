// What an idle connection costs. TANDEM_LONG=1: ten thousand of them.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { openMailstore } from '@tandem/mailstore'
import { createTestDatabase } from '@tandem/mailstore/testing'
import t from 'tap'
import { message } from '../support/server.js'

const CONNECTIONS = process.env.TANDEM_LONG ? 10_000 : 2000
/** At a time, while they connect. */
const ABREAST = 100

interface Memory {
  live: number
  rss: number
}

/** A client with INBOX open that waits in IDLE. */
async function idler(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  let text = ''
  socket.write('a LOGIN alice@example.org x\r\nb EXAMINE INBOX\r\nc IDLE\r\n')
  for await (const [piece] of on(socket)) {
    text += piece.toString('latin1')
    if (text.includes('+ idling')) break
  }
  return socket
}

/** Data as it comes; the socket stays open when the loop ends. */
async function* on(socket: Socket): AsyncGenerator<[Buffer]> {
  for (;;) yield (await once(socket, 'data')) as [Buffer]
}

t.test('thousands of idle connections, each with a mailbox open', { timeout: 900_000 }, async (t) => {
  const { url } = await createTestDatabase(t)
  const mailstore = await openMailstore({ url })
  t.teardown(() => mailstore.close())
  const { accountId } = await mailstore.directory.createAccount('alice@example.org', 'correct horse battery')
  const account = mailstore.account(accountId)
  const inbox = await account.read((r) => r.mailbox.byPath('INBOX'))
  const file = async (name: string) => {
    const ingested = await account.ingest(Buffer.from(message(name)), { nul: 'refuse' })
    await account.transact((tx) => tx.email.create([{ message: ingested, mailboxIds: [inbox!.id] }]))
  }
  for (let count = 0; count < 100; count++) await file(`before-${count}`)

  const program = fileURLToPath(new URL('../support/idle-server.js', import.meta.url))
  const child = fork(program, [url])
  t.teardown(() => child.kill())
  const [{ port }] = (await once(child, 'message')) as [{ port: number }]
  const measure = async () => {
    child.send('measure')
    return ((await once(child, 'message')) as [Memory])[0]
  }

  // Code that is compiled and pools that are filled are not a connection's.
  const sockets: Socket[] = await Promise.all(Array.from({ length: ABREAST }, () => idler(port)))
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
  })
  const before = await measure()
  while (sockets.length < CONNECTIONS + ABREAST) {
    sockets.push(...(await Promise.all(Array.from({ length: ABREAST }, () => idler(port)))))
  }
  const after = await measure()
  const each = (what: keyof Memory) => (after[what] - before[what]) / CONNECTIONS / 1024
  t.comment(
    `${CONNECTIONS} idle connections: ${each('live').toFixed(1)} KiB of heap and buffers each, ` +
      `${each('rss').toFixed(1)} KiB of the process's memory`,
  )
  t.ok(each('live') < 40, `${each('live')} KiB`)

  const told = sockets.map((socket) => once(socket, 'data'))
  const started = performance.now()
  await file('news')
  await Promise.all(told)
  t.comment(`all of them hear of a new message within ${Math.round(performance.now() - started)} ms`)
})
