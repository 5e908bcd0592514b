// RFC 8620 §2: maxConcurrentRequests is of the server, however many workers it has.
import { once } from 'node:events'
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http'
import path from 'node:path'
import { openMailstore } from '@tandem/mailstore'
import { createTestDatabase } from '@tandem/mailstore/testing'
import t from 'tap'
import { serve, splitAddress } from '../tandem.js'

const PASSWORD = 'correct horse'
const BODY = '{"using":["urn:ietf:params:jmap:core"],"methodCalls":[["Core/echo",{},"c"]]}'
const MAX = 8

t.test('eight requests at a time over two workers, whichever has them', async (t) => {
  const { url } = await createTestDatabase(t)
  const mailstore = await openMailstore({ url, poolSize: 2 })
  await mailstore.directory.createAccount('carol@example.org', PASSWORD)
  await mailstore.close()
  const args = ['--services', 'jmap', '--http-port', '0', '--workers', '2']
  const env = { DATABASE_URL: url, TANDEM_DATA: path.join(t.testdir({}), 'data') }
  const server = await serve(t, args, { env })

  /** A request on a connection of its own that has sent all but the last octet. */
  function begin(): { sent: ClientRequest; status: Promise<number | undefined> } {
    const sent = request({
      ...splitAddress(server.addresses.http),
      agent: new Agent(),
      method: 'POST',
      path: '/jmap/api',
      auth: `carol@example.org:${PASSWORD}`,
      headers: { 'content-type': 'application/json', 'content-length': BODY.length },
    })
    t.teardown(() => sent.destroy())
    const answer = once(sent, 'response').then(
      ([response]) => (response as IncomingMessage).resume().statusCode,
    )
    sent.write(BODY.slice(0, -1))
    // What a killed worker had breaks off.
    return { sent, status: answer.catch(() => undefined) }
  }
  const whole = () => {
    const { sent, status } = begin()
    sent.end(BODY.slice(-1))
    return status
  }

  const held = Array.from({ length: MAX + 1 }, begin)
  const [status, extra] = await Promise.race(held.map(async (each) => [await each.status, each] as const))
  t.equal(status, 429, 'of nine that are open, one is refused')
  held.splice(held.indexOf(extra), 1)
  for (let i = 0; i < 4; i++) t.equal(await whole(), 429, 'on either worker')

  held[0]!.sent.end(BODY.slice(-1))
  t.equal(await held.shift()!.status, 200)
  for (let i = 0; i < 4; i++) t.equal(await whole(), 200, 'a place that is free is there for either worker')

  const { pid } = await server.logged('listening')
  process.kill(pid as number, 'SIGKILL')
  await server.logged('worker is back')
  const gone = await Promise.race([
    Promise.all(held.map((each) => each.status)),
    ...held.map((each) => each.status),
  ])
  t.equal(gone, undefined, 'some of them were with it')
  const two = [begin(), begin()]
  for (const { sent } of two) sent.end(BODY.slice(-1))
  t.strictSame(await Promise.all(two.map((each) => each.status)), [200, 200], 'and their places are back')
  for (const { sent } of held) sent.destroy()
  server.kill('SIGTERM')
  t.equal(await server.ended, 0)
})
