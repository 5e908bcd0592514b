import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import t from 'tap'
import { createDoor, type Door, type DoorLimits, hangDoor } from '../../src/guard/door.js'

const LIMITS: DoorLimits = {
  connections: 100,
  connectionsPerAddress: 100,
  beforeLoginPerAddress: 100,
  loginTimeout: 3_600_000,
}
const SHARED = '127.0.0.1'
const BANNED = '127.0.1.66'

type Tap = { teardown(fn: () => unknown): void }

/** A server that greets whoever comes in; `from` connects and gives the first word, '' where there was none. */
async function openServer(t: Tap, limits: Partial<DoorLimits>) {
  const refused: string[] = []
  const guard = {
    bannedFor: (address: string) => (address === BANNED ? 7 : null),
    isShared: (address: string) => address === SHARED,
    pause: async () => {},
    turnedAway: () => void refused.push('one'),
  }
  const door: Door = createDoor(guard, { ...LIMITS, ...limits })
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.write('hello')
  })
  hangDoor(server, door, ({ why }) => (why === 'full' ? '' : why))
  server.listen(0, SHARED)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const sockets: Socket[] = []
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const from = async (localAddress: string) => {
    const socket = connect({ port, host: SHARED, localAddress })
    sockets.push(socket)
    socket.on('error', () => {})
    let said = ''
    socket.setEncoding('latin1').on('data', (text: string) => {
      said += text
    })
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    await Promise.race([once(socket, 'data'), closed])
    return { said, socket, closed, loggedIn: () => door.loggedIn(localAddress, socket.localPort!) }
  }
  return { from, refused }
}

t.test('an address has so many connections, and fewer that have not logged in', async (t) => {
  const { from, refused } = await openServer(t, { connectionsPerAddress: 4, beforeLoginPerAddress: 2 })
  const [first, second] = [await from('127.0.1.1'), await from('127.0.1.1')]
  t.equal((await from('127.0.1.1')).said, 'address')
  t.equal((await from('127.0.1.2')).said, 'hello', 'another is not touched')
  first.loggedIn()
  second.loggedIn()
  const third = await from('127.0.1.1')
  t.equal(third.said, 'hello')
  third.loggedIn()
  t.equal((await from('127.0.1.1')).said, 'hello')
  t.equal((await from('127.0.1.1')).said, 'address', 'logged in or not')
  t.equal(refused.length, 2)
  for (let n = 0; n < 4; n++) t.equal((await from(SHARED)).said, 'hello', 'one that many are behind')
  t.equal((await from(SHARED)).said, 'address')
})

t.test('whoever leaves frees a place', async (t) => {
  const { from } = await openServer(t, { beforeLoginPerAddress: 1 })
  const first = await from('127.0.1.1')
  t.equal((await from('127.0.1.1')).said, 'address')
  first.socket.destroy()
  while ((await from('127.0.1.1')).said !== 'hello');
})

t.test('one address with every place does not keep out the others', async (t) => {
  const { from } = await openServer(t, { connections: 4 })
  const idle = []
  for (let n = 0; n < 4; n++) idle.push(await from('127.0.1.1'))
  idle[0]!.loggedIn()
  t.equal((await from('127.0.1.1')).said, '', 'it gets no more itself')
  t.equal((await from('127.0.1.2')).said, 'hello')
  await idle[1]!.closed
  t.notOk(idle[0]!.socket.destroyed, 'who is logged in stays')
})

t.test('who has not logged in at the deadline is cut off', async (t) => {
  const { from } = await openServer(t, { loginTimeout: 200 })
  const first = await from('127.0.1.1')
  first.loggedIn()
  const second = await from('127.0.1.1')
  await second.closed
  t.notOk(first.socket.destroyed)
})

t.test('a banned address is told so, and nothing begins', async (t) => {
  const { from } = await openServer(t, {})
  const banned = await from(BANNED)
  t.equal(banned.said, 'banned')
  await banned.closed
})
