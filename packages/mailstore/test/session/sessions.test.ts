import t from 'tap'
import { connect } from '../../src/db/connect.js'
import { openMailstore, type Principal, type SessionEnd } from '../../src/index.js'
import { openTestStore } from '../support/store.js'

const PASSWORD = 'correct horse'
const { mailstore, url } = await openTestStore(t)
const { directory } = mailstore
const other = await openMailstore({ url })
t.teardown(() => other.close())
const sql = connect(url, { max: 1 })
t.teardown(() => sql.end())

/** One account with an alias; logs in by either name, and opens a session on each of two processes. */
async function open(account: string, name = account) {
  await directory.createAccount(account, PASSWORD)
  await directory.addAlias(`alias.${account}`, account)
  const principal = (await directory.authenticate(name, PASSWORD))!
  return { principal, ends: [mailstore, other].map((store) => ending(store, principal)) }
}

function ending({ sessions }: typeof mailstore, principal: Principal): Promise<SessionEnd> {
  return new Promise((resolve) => sessions.begin(principal, resolve))
}

const CHANGES: [
  what: string,
  login: 'name' | 'alias',
  change: (name: string) => Promise<void>,
  why: SessionEnd,
][] = [
  ['a new password', 'name', (name) => directory.setPassword(name, 'battery staple'), 'expired'],
  [
    'a new password, to one who came by an alias',
    'alias',
    (name) => directory.setPassword(name, 'battery staple'),
    'expired',
  ],
  ['the account is deleted', 'name', (name) => directory.deleteAccount(name), 'expired'],
  [
    'the alias that was logged in with is gone',
    'alias',
    (name) => directory.removeAlias(`alias.${name}`),
    'expired',
  ],
  ['an administrator ends them', 'name', (name) => directory.endSessions(name), 'kicked'],
  [
    'an administrator ends them, and names an alias',
    'name',
    (name) => directory.endSessions(`alias.${name}`),
    'kicked',
  ],
]

for (const [number, [what, login, change, why]] of CHANGES.entries()) {
  t.test(`${what}: sessions of every process end`, async (t) => {
    const account = `a${number}@session.test`
    const { ends } = await open(account, login === 'alias' ? `alias.${account}` : account)
    await change(account)
    t.strictSame(await Promise.all(ends), [why, why])
  })
}

t.test(
  'others go on: of another account, by another name, begun after the change, or over already',
  async (t) => {
    const { principal } = await open('stays@session.test')
    const { ends } = await open('goes@session.test')
    const ended: string[] = []
    mailstore.sessions.begin(principal, () => ended.push('by its own name'))
    const byAlias = (await directory.authenticate('alias.stays@session.test', PASSWORD))!
    mailstore.sessions.begin(byAlias, () => ended.push('over already'))()
    await directory.endSessions('goes@session.test')
    await Promise.all(ends)
    await directory.removeAlias('alias.stays@session.test')
    const again = (await directory.authenticate('goes@session.test', PASSWORD))!
    const next = ending(mailstore, again)
    mailstore.sessions.begin(principal, () => ended.push('by its own name, later'))
    // What comes after in the same queue: whatever would have ended has ended by then.
    await directory.endSessions('goes@session.test')
    t.equal(await next, 'kicked')
    t.strictSame(ended, [])
  },
)

t.test('a login that was judged before the change and begins after it ends at once', async (t) => {
  const { principal } = await open('race@session.test')
  await directory.setPassword('race@session.test', 'battery staple')
  t.equal(await ending(other, principal), 'expired')
})

t.test('a notice that is lost is made good: whoever listens again looks at all of them', async (t) => {
  const { ends } = await open('lost@session.test')
  // As a change whose notice nobody hears.
  await sql`update credential set generation = generation + 1 where account_id = (
    select account_id from login where name = 'lost@session.test')`
  await sql`
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and query like 'listen%'`
  t.strictSame(await Promise.all(ends), ['kicked', 'kicked'])
})

t.test('thousands of sessions of an account that is kicked cost a statement for each thousand', async (t) => {
  const { principal } = await open('many@session.test')
  const ends = Array.from({ length: 2_500 }, () => ending(mailstore, principal))
  await directory.endSessions('many@session.test')
  t.strictSame(new Set(await Promise.all(ends)), new Set(['kicked']))
})

t.test('remembered passwords and tickets do not outlive it', async (t) => {
  const { principal } = await open('ticket@session.test', 'alias.ticket@session.test')
  const version = () => directory.credentialVersion('ticket@session.test')
  const before = (await version())!
  const ticket = (await mailstore.tickets.issue(principal, before, 60))!
  t.match(await mailstore.tickets.open(ticket), {
    principal: { login: { name: 'alias.ticket@session.test' } },
  })
  await directory.endSessions('ticket@session.test')
  t.not(await version(), before)
  t.equal(await mailstore.tickets.open(ticket), null, 'kicked')
  t.equal(await mailstore.tickets.issue(principal, before, 60), null, 'by a login of before')

  const next = (await mailstore.tickets.issue(principal, (await version())!, 60))!
  t.ok(await mailstore.tickets.open(next))
  await directory.removeAlias('alias.ticket@session.test')
  t.equal(await mailstore.tickets.open(next), null, 'the alias that its owner logged in with is gone')
})

t.test('a name that is nobody’s cannot be kicked', async (t) => {
  await t.rejects(directory.endSessions('nobody@session.test'), { code: 'loginNotFound' })
})
