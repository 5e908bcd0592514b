// Clients that don't read, or hardly write: the server waits with them, not its memory.
import { once } from 'node:events'
import { live } from '@tandem/mailstore/testing'
import t from 'tap'
import type { CommandReport } from '../../src/index.js'
import { message, openStore, startServer } from '../support/server.js'

const store = await openStore(t)

t.test('a hundred megabytes wait for a client that does not read', { timeout: 120_000 }, async (t) => {
  let over = () => {}
  const isOver = new Promise<void>((resolve) => {
    over = resolve
  })
  const onCommand = ({ status }: CommandReport) => {
    if (status === null) over()
  }
  const server = await startServer(t, { onCommand, limits: { writeTimeout: 3000 } }, store)
  const client = await server.loggedIn()
  await client.append('Archive', message('large', 'A line to fill a large message.\r\n'.repeat(25_000)))
  await client.ok('SELECT Archive')
  for (let count = 1; count < 128; count *= 2) await client.ok('COPY 1:* Archive')

  const before = await live()
  let most = 0
  for (const compressed of [false, true]) {
    const deaf = await server.loggedIn()
    if (compressed) await deaf.compress()
    await deaf.ok('EXAMINE Archive')
    deaf.socket.pause()
    deaf.send('a FETCH 1:* BODY[]\r\n')
    const closed = once(deaf.socket, 'close')
    for (let round = 0; round < 5; round++) {
      t.match(await client.run('NOOP'), { status: 'OK' }, 'others are served')
      most = Math.max(most, (await live()) - before)
    }
    if (compressed) deaf.close()
    else {
      await isOver
      deaf.socket.resume()
      await closed
      t.ok(deaf.socket.bytesRead < 50e6, `${deaf.socket.bytesRead} octets came through`)
    }
  }
  t.comment(`${128 * 0.8} MB to send: ${(most / 1e6).toFixed(1)} MB live`)
  t.ok(most < 30e6, `${most} octets`)
  t.same(store.errors, [])
})

t.test('who sends an octet at a time is served, and no slower for the others', async (t) => {
  const server = await startServer(t, {}, store)
  const client = await server.loggedIn()
  const other = await server.loggedIn()
  const text = message('slow')
  const octets = Buffer.from(`a APPEND INBOX {${text.length}+}\r\n${text}\r\nb NOOP\r\n`)
  for (const octet of octets) {
    client.send(Buffer.from([octet]))
    await new Promise((resolve) => setImmediate(resolve))
  }
  t.match(await other.run('NOOP'), { status: 'OK' })
  t.match(await client.response(), /^a OK \[APPENDUID /)
  t.match(await client.response(), /^b OK /)
})

t.test('a literal that is announced and never comes ends with autologout', async (t) => {
  const server = await startServer(t, { idleTimeout: 200 }, store)
  for (const text of ['a APPEND INBOX {100+}\r\nx', 'a LIST "" {5+}\r\n', 'a AP']) {
    const client = await server.loggedIn()
    client.send(text)
    t.match(await client.rest(), [/^\* BYE Autologout/], text)
  }
  t.same(store.errors, [])
})
