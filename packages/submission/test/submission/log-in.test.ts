// Logins that come to no verdict.
import { once } from 'node:events'
import { connect } from 'node:net'
import { LoginDeferred, type LoginOrigin, type Mailstore } from '@tandem/mailstore'
import { createScramClient } from '@tandem/mailstore/testing'
import t from 'tap'
import { openClient, plain } from '../support/client.js'
import { openTestStore, PASSWORD } from '../support/store.js'
import { createListener } from '../support/submission.js'

const { mailstore } = await openTestStore(t, [])

/** The store, with other logins. */
function storeWith(
  directory: Partial<Mailstore['directory']>,
  guard: Partial<Mailstore['guard']> = {},
): Mailstore {
  return {
    ...mailstore,
    directory: { ...mailstore.directory, ...directory },
    guard: { ...mailstore.guard, ...guard },
  }
}

t.test('a login whose client leaves is dropped, however it leaves', async (t) => {
  for (const [what, leave] of [
    ['closed', (socket) => socket.end()],
    ['reset', (socket) => socket.resetAndDestroy()],
    ['with more to come', (socket) => socket.end('NOOP\r\nNOOP\r\n')],
  ] as [string, (socket: ReturnType<typeof connect>) => void][]) {
    let tell: (origin: LoginOrigin) => void = () => {}
    const asked = new Promise<LoginOrigin>((resolve) => {
      tell = resolve
    })
    const waiting = storeWith({
      authenticate(_name, _password, origin) {
        tell(origin!)
        return new Promise((_resolve, reject) =>
          origin!.signal.addEventListener('abort', () => reject(new LoginDeferred('left', 0))),
        )
      },
    })
    const { host, port } = await createListener(t, waiting).listen()
    const socket = connect({ host, port })
    socket.on('error', () => {})
    await once(socket, 'data')
    socket.write('EHLO x.test\r\n')
    await once(socket, 'data')
    socket.write(`AUTH PLAIN ${plain('anna@home.test', PASSWORD)}\r\n`)
    const { signal, address, protocol } = await asked
    t.match({ address, protocol }, { address: '127.0.0.1', protocol: 'submission' })
    leave(socket)
    if (!signal.aborted) await once(signal, 'abort')
    t.pass(what)
  }
})

t.test(
  'a login that is put off leaves the connection open, and closes it where the address is banned',
  async (t) => {
    const putOff = () => Promise.reject(new LoginDeferred('banned', 42))
    const { first } = createScramClient({ name: 'anna@home.test', password: PASSWORD })
    for (const login of [
      `AUTH PLAIN ${plain('anna@home.test', PASSWORD)}`,
      `AUTH SCRAM-SHA-256 ${Buffer.from(first).toString('base64')}`,
    ]) {
      for (const isBanned of [false, true]) {
        let seconds: number | null = null
        const store = storeWith(
          { authenticate: putOff, scram: () => ({ first: putOff, final: putOff }) },
          { bannedFor: () => seconds },
        )
        const client = await openClient(await createListener(t, store).listen())
        t.teardown(client.destroy)
        await client.reply()
        await client.say('EHLO laptop.test')
        if (isBanned) seconds = 42
        const answer = await client.say(login)
        if (isBanned) {
          t.match(answer, /^421 4\.7\.0 too many wrong passwords from your address, try again in 42 seconds/)
          await client.closed
        } else {
          t.match(answer, /^454 4\.7\.0 /)
          t.match(await client.say('NOOP'), /^250 /)
        }
      }
    }
  },
)
