import { once } from 'node:events'
import t from 'tap'
import { type Client, PASSWORD } from './support/client.js'
import { openStore, startServer, type TestServer, type TestStore } from './support/server.js'

let store: TestStore
t.before(async () => {
  store = await openStore(t)
  await store.mailstore.directory.createAccount('bob@example.org', PASSWORD)
})

async function connected(server: TestServer, count: number): Promise<Client[]> {
  return Promise.all(Array.from({ length: count }, () => server.connect()))
}

/** Connects until it is not turned away: that a connection has ended, the server sees a moment after its client. */
async function connectedAgain(server: TestServer): Promise<Client> {
  for (;;) {
    const client = await server.connect()
    if (client.greeting.startsWith('OK ')) return client
  }
}

t.test('beyond so many connections, the next is told why it is turned away', async (t) => {
  for (const [limit, greeting] of [
    ['connections', /^BYE \[UNAVAILABLE\] /],
    ['connectionsPerAddress', /^BYE \[LIMIT\] /],
  ] as const) {
    const server = await startServer(t, { limits: { [limit]: 3 } }, store)
    const clients = await connected(server, 3)
    for (const client of clients) t.match(client.greeting, /^OK /)
    const turnedAway = await server.connect()
    t.match(turnedAway.greeting, greeting)
    t.same(await turnedAway.rest(), [], 'and closed')

    clients[0]!.close()
    t.match(await (await connectedAgain(server)).login(), { status: 'OK' }, 'a place that is left is free')
    for (const client of clients) client.close()
  }
})

t.test('a user has so many connections, whatever the others have', async (t) => {
  const server = await startServer(t, { limits: { connectionsPerUser: 2, loginFailures: 2 } }, store)
  const [first, second, third] = (await connected(server, 3)) as [Client, Client, Client]
  t.match(await first.login(), { status: 'OK' })
  t.match(await second.login('ALICE@example.org'), { status: 'OK' }, 'by whatever name')
  // RFC 5530 §3
  for (let time = 0; time < 3; time++) {
    t.match(
      await third.login(),
      { status: 'NO', text: /^\[LIMIT\] / },
      'no failed login: the password was right',
    )
  }
  const plain = Buffer.from(`\0alice@example.org\0${PASSWORD}`).toString('base64')
  t.match(await third.run(`AUTHENTICATE PLAIN ${plain}`), { status: 'NO', text: /^\[LIMIT\] / })
  t.match(await third.run('SELECT INBOX'), { status: 'BAD' }, 'nobody is logged in')

  await first.ok('SELECT INBOX')
  await first.ok('LOGOUT')
  await once(first.socket, 'close')
  t.match(await third.login(), { status: 'OK' }, 'a place that is left is free')

  const other = await server.connect()
  t.match(await other.login('bob@example.org'), { status: 'OK' })
  t.match(await (await server.connect()).login(), { status: 'NO', text: /^\[LIMIT\] / })
  second.close()
  for (;;) if ((await (await server.connect()).login()).status === 'OK') break
  t.same(server.errors, [])
})
