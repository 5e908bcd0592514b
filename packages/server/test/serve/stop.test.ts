import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import path from 'node:path'
import { openMailstore } from '@tandem/mailstore'
import { createTestDatabase } from '@tandem/mailstore/testing'
import t, { type Test } from 'tap'
import { type Server, serve, splitAddress } from '../tandem.js'

async function startServer(t: Test, workers: string): Promise<{ server: Server; url: string }> {
  const { url } = await createTestDatabase(t)
  const mailstore = await openMailstore({ url, poolSize: 2 })
  await mailstore.directory.createAccount('carol@example.org', 'horse battery')
  await mailstore.close()
  const ports = ['--imap-port=0', '--http-port=0', '--lmtp-port=0', '--imaps-port=off']
  const env = { DATABASE_URL: url, TANDEM_DATA: path.join(t.testdir({}), 'data') }
  const args = [...ports, '--services=imap,jmap,lmtp', '--workers', workers]
  return { server: await serve(t, args, { env }), url }
}

/** A connection that has begun to deliver a message, and owes the rest of it. */
async function beginDelivery(t: Test, server: Server): Promise<Conversation> {
  const lmtp = converse(t, server.addresses.lmtp)
  await lmtp.until('220 ')
  for (const [command, reply] of [
    ['LHLO mta.example.org', '250 '],
    ['MAIL FROM:<dave@example.com>', '250 2.1.0'],
    ['RCPT TO:<carol@example.org>', '250 2.1.5'],
    ['DATA', '354 '],
  ] as const) {
    lmtp.send(`${command}\r\n`)
    await lmtp.until(reply)
  }
  lmtp.send('Subject: in time\r\n\r\nHello')
  return lmtp
}

interface Conversation {
  socket: Socket
  send(text: string): void
  until(text: string): Promise<void>
}

function converse(t: Test, address: string | undefined): Conversation {
  const socket = createConnection(splitAddress(address)).setEncoding('utf8')
  t.teardown(() => socket.destroy())
  let said = ''
  socket.on('data', (text) => {
    said += text
  })
  socket.on('error', () => {})
  return {
    socket,
    send: (text) => void socket.write(text),
    async until(text) {
      while (!said.includes(text)) {
        if (socket.closed) throw new Error(`${text} did not come, but ${said}`)
        await Promise.race([once(socket, 'data'), once(socket, 'close')])
      }
    },
  }
}

for (const workers of ['1', '2']) {
  const name = `with ${workers} worker${workers === '1' ? '' : 's'}`

  t.test(`${name}, a message that is being received when the server stops is delivered`, async (t) => {
    const { server, url } = await startServer(t, workers)
    const lmtp = await beginDelivery(t, server)
    const idle = converse(t, server.addresses.imap)
    await idle.until('* OK')
    server.kill('SIGTERM')
    // Each worker closes its listeners at once, and lets go of those who have nothing under way.
    await idle.until('* BYE')
    for (const listener of ['imap', 'http', 'lmtp']) await untilRefused(server.addresses[listener])
    lmtp.send(', Carol.\r\n.\r\n')
    await lmtp.until('250 2.1.5 delivered')
    t.equal(await server.ended, 0)
    const mailstore = await openMailstore({ url, poolSize: 2 })
    const principal = await mailstore.directory.resolve('carol@example.org')
    const inbox = await mailstore.account(principal!.accountId).read((r) => r.mailbox.byRole('inbox'))
    await mailstore.close()
    t.equal(inbox?.messages, 1, 'and what it confirmed is there')
  })

  t.test(`${name}, a second signal ends what does not finish`, async (t) => {
    const { server } = await startServer(t, workers)
    const lmtp = await beginDelivery(t, server)
    server.kill('SIGTERM')
    await server.logged('stopping')
    const again = setInterval(() => server.kill('SIGTERM'), 100)
    t.teardown(() => clearInterval(again))
    t.equal(await server.ended, 1)
    t.match(await server.logged('stopped before everything had finished'), { level: 'warn' })
    if (!lmtp.socket.closed) await once(lmtp.socket, 'close')
  })
}

/** Connects until nobody listens there any more. */
async function untilRefused(address: string | undefined): Promise<void> {
  for (;;) {
    const socket = createConnection(splitAddress(address))
    try {
      await once(socket, 'connect')
      socket.destroy()
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'ECONNREFUSED') return
      // It was waiting to be accepted when the listener closed.
      if (code !== 'ECONNRESET') throw error
    }
  }
}
