import t from 'tap'
import { startServer, testCertificate } from '../support/server.js'

t.test(
  'the program at the other end is noted by what it says in ID, before or after it logs in',
  async (t) => {
    const server = await startServer(t)
    const { clients } = server.mailstore
    const seen = async () => {
      await clients.flush()
      const uses = []
      for await (const use of clients.list()) uses.push(use)
      return uses
    }
    const bad = await server.connect()
    await bad.ok('ID ("name" "Guesser")')
    await bad.run('LOGIN alice@example.org wrong')
    await bad.ok('LOGOUT')
    t.same(await seen(), [], 'who did not get in was not here')

    const before = await server.connect()
    await before.ok('ID ("name" "Early" "version" "2.1" "os" "x")')
    await before.login()
    const after = await server.loggedIn()
    await after.ok('CAPABILITY')
    t.match(await seen(), [
      { protocol: 'imap', name: 'alice@example.org', client: 'Early 2.1', credentialId: Number },
    ])
    await after.ok('ID ("vendor" "Late Inc." "name" NIL)')
    await after.ok('SELECT INBOX')
    t.same((await seen()).map((use) => use.client).sort(), ['Early 2.1', 'Late Inc.'])

    const silent = await server.loggedIn()
    await silent.ok('ID NIL')
    t.equal((await seen()).length, 2, 'it may still say')
    await silent.ok('SELECT INBOX')
    t.equal((await seen()).filter((use) => use.client === null).length, 1)
    t.same(server.errors, [])
  },
)

t.test('one that says nothing and opens no mailbox is noted when it goes', async (t) => {
  const server = await startServer(t)
  const client = await server.loggedIn()
  client.send('x LOGOUT\r\n')
  await client.rest()
  await server.listener.close()
  await server.mailstore.clients.flush()
  const names = []
  for await (const use of server.mailstore.clients.list({ protocol: 'imap' })) names.push(use.client)
  t.same(names, [null])
})

t.test('what was said before STARTTLS counts no longer: anybody may have said it', async (t) => {
  const context = await testCertificate()
  const server = await startServer(t, { tls: { getSecureContext: () => context } })
  const client = await server.connect()
  await client.ok('ID ("name" "Injected")')
  await client.ok('STARTTLS')
  await client.startTls()
  await client.login()
  await client.ok('SELECT INBOX')
  await server.mailstore.clients.flush()
  const names = []
  for await (const use of server.mailstore.clients.list({ protocol: 'imap' })) names.push(use.client)
  t.same(names, [null])
})
