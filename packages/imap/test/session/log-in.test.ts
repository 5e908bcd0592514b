import { once } from 'node:events'
import { connect } from 'node:net'
import { LoginDeferred, type LoginOrigin } from '@tandem/mailstore'
import t from 'tap'
import { openStore, startServer, type TestStore } from '../support/server.js'

/** A directory that never answers; `asked` resolves with where a login comes from. */
function waitingDirectory(store: TestStore): { store: TestStore; asked: Promise<LoginOrigin> } {
  let tell: (origin: LoginOrigin) => void = () => {}
  const asked = new Promise<LoginOrigin>((resolve) => {
    tell = resolve
  })
  const directory = {
    ...store.mailstore.directory,
    authenticate: (_name: string, _password: string, origin?: LoginOrigin) => {
      tell(origin!)
      return new Promise<never>((_resolve, reject) =>
        origin!.signal.addEventListener('abort', () => reject(new Error('gone'))),
      )
    },
  }
  return { store: { ...store, mailstore: { ...store.mailstore, directory } }, asked }
}

t.test('a login whose client leaves is dropped, however it leaves', async (t) => {
  const store = await openStore(t)
  for (const [what, leave] of [
    ['closed', (socket) => socket.end()],
    ['reset', (socket) => socket.resetAndDestroy()],
    ['with more to come', (socket) => socket.end('b NOOP\r\nc NOOP\r\n')],
  ] as [string, (socket: ReturnType<typeof connect>) => void][]) {
    const { store: waiting, asked } = waitingDirectory(store)
    const { port } = await startServer(t, {}, waiting)
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    await once(socket, 'data')
    socket.write('a LOGIN alice@example.org x\r\n')
    const { signal, address, protocol } = await asked
    t.match({ address, protocol }, { address: '127.0.0.1', protocol: 'imap' })
    leave(socket)
    if (!signal.aborted) await once(signal, 'abort')
    t.pass(what)
  }
})

t.test('a login that is put off closes the connection where its address is banned', async (t) => {
  const store = await openStore(t)
  const putOff = () => Promise.reject(new LoginDeferred('banned', 42))
  const { directory, guard } = store.mailstore
  let seconds: number | null = null
  const mailstore = {
    ...store.mailstore,
    directory: { ...directory, authenticate: putOff, scram: () => ({ first: putOff, final: putOff }) },
    guard: { ...guard, bannedFor: () => seconds },
  }
  const server = await startServer(t, {}, { ...store, mailstore })
  const proof = Buffer.from('n,,n=alice@example.org,r=nonce').toString('base64')
  for (const login of ['LOGIN alice@example.org x', `AUTHENTICATE SCRAM-SHA-256 ${proof}`]) {
    seconds = null
    const client = await server.connect()
    t.match(await client.run(login), { status: 'NO', text: /^\[UNAVAILABLE\] .*in 42 seconds/ })
    seconds = 42
    client.send(`a ${login}\r\n`)
    t.equal(
      await client.response(),
      '* BYE [UNAVAILABLE] Too many wrong passwords from your address; try again in 42 seconds',
    )
    t.equal(await client.response(), null)
  }
})
