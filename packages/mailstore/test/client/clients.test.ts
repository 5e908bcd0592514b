import t from 'tap'
import { createClients } from '../../src/client/clients.js'
import { connect } from '../../src/db/connect.js'
import { type Clients, type ClientUse, openMailstore } from '../../src/index.js'
import { openTestStore } from '../support/store.js'

const SILENT = { debug() {}, info() {}, warn() {}, error() {} }
const START = Date.UTC(2026, 10, 20)

async function all(clients: Clients, filter?: Parameters<Clients['list']>[0]): Promise<ClientUse[]> {
  const uses: ClientUse[] = []
  for await (const use of clients.list(filter)) uses.push(use)
  return uses
}

t.test('who uses what is written once, and again when it is seen ten minutes later', async (t) => {
  const { principal, url } = await openTestStore(t)
  const sql = connect(url, { max: 2 })
  t.teardown(() => sql.end())
  let now = START
  const clients = createClients(sql, SILENT, { now: () => now })
  const who = { accountId: principal.accountId, principalId: principal.id, protocol: 'imap' as const }
  const seenAt = async (minute: number) => {
    now = START + minute * 60_000
    clients.saw({ ...who, client: 'Mail\r\n 1.0', credentialId: 7 })
    await clients.flush()
    const [use] = await all(clients)
    return (use!.lastSeen.getTime() - START) / 60_000
  }
  t.equal(await seenAt(0), 0)
  t.equal(await seenAt(9), 0, 'not written again')
  t.equal(await seenAt(11), 11)
  t.match(await all(clients), [
    {
      ...who,
      name: 'alice@example.org',
      client: 'Mail 1.0',
      credentialId: 7,
      firstSeen: new Date(START),
    },
  ])
  clients.saw({ ...who, protocol: 'jmap', client: null })
  await clients.flush()
  t.match(await all(clients, { protocol: 'jmap' }), [{ client: null, credentialId: null }])
  t.equal((await all(clients, { since: new Date(now + 1) })).length, 0)
  t.equal((await all(clients, { accountId: 1 })).length, 0)
  await clients.close()
})

t.test('of a principal the 50 last seen are kept, cut to 200 characters', async (t) => {
  const { principal, url } = await openTestStore(t)
  const sql = connect(url, { max: 2 })
  t.teardown(() => sql.end())
  let now = START
  const clients = createClients(sql, SILENT, { now: () => now, maxHeld: 60 })
  const who = { accountId: principal.accountId, principalId: principal.id, protocol: 'jmap' as const }
  for (let i = 0; i < 61; i++) {
    now++
    clients.saw({ ...who, client: `${i} ${'\u{1f600}'.repeat(300)}` })
  }
  await clients.flush()
  const uses = await all(clients)
  const numbers = uses.map((use) => Number.parseInt(use.client!, 10)).sort((a, b) => a - b)
  t.strictSame(
    numbers,
    Array.from({ length: 50 }, (_, i) => i + 10),
    'the 61st found no room',
  )
  t.ok(uses.every((use) => [...use.client!].length === 200))
  await clients.close()
})

t.test(
  'what cannot be written now is written later; accounts that are gone do not keep the others',
  async (t) => {
    const { mailstore, principal, url } = await openTestStore(t)
    const gone = await mailstore.directory.createAccount('bob@example.org', 'correct horse')
    await mailstore.directory.deleteAccount('bob@example.org')
    const away = connect('postgres://127.0.0.1:1/none', { max: 1, connectTimeout: 1 })
    const here = connect(url, { max: 2 })
    t.teardown(() => Promise.all([away.end({ timeout: 0 }), here.end()]))
    let sql = away
    const clients = createClients(((...args: Parameters<typeof here>) => sql(...args)) as typeof here, SILENT)
    for (const { accountId, id: principalId } of [gone, principal]) {
      clients.saw({ accountId, principalId, protocol: 'submission', client: null })
    }
    await t.rejects(clients.flush(), { code: 'unavailable' })
    sql = here
    await clients.flush()
    t.match(await all(clients), [{ name: 'alice@example.org', protocol: 'submission' }])
    await clients.close()
  },
)

t.test('two processes write the same programs at once, and closing a store writes what it saw', async (t) => {
  const { mailstore, principal, url } = await openTestStore(t)
  const other = await openMailstore({ url })
  const who = { accountId: principal.accountId, principalId: principal.id, protocol: 'imap' as const }
  for (let i = 0; i < 40; i++) {
    mailstore.clients.saw({ ...who, client: `${i}` })
    other.clients.saw({ ...who, client: `${39 - i}` })
  }
  await Promise.all([mailstore.clients.flush(), other.close()])
  t.equal((await all(mailstore.clients)).length, 40)
  await mailstore.directory.deleteAccount('alice@example.org')
  t.equal((await all(mailstore.clients)).length, 0, 'they go with the account')
})
