import t from 'tap'
import { connect } from '../../src/db/connect.js'
import { openMailstore, restored } from '../../src/index.js'
import { createTestDatabase, type Test } from '../../src/testing.js'
import { violations } from '../support/invariants.js'
import { file, mailboxIds, openTestStore } from '../support/store.js'

async function open(t: Test, url: string) {
  const mailstore = await openMailstore({ url })
  t.teardown(() => mailstore.close())
  const { accountId } = (await mailstore.directory.resolve('alice@example.org'))!
  const account = mailstore.account(accountId)
  return { mailstore, account, mailboxes: await mailboxIds(account) }
}

/** A store with some mail, and a backup of it. */
async function backedUp(t: Test) {
  const store = await openTestStore(t)
  await store.account.transact((tx) => tx.mailbox.create({ parentId: null, name: 'Lists' }))
  const kept = await file(store.account, store.mailboxes.INBOX!, { subject: 'kept' })
  await store.mailstore.close()
  const copy = async () => (await createTestDatabase(t, { copyOf: store.url })).url
  return { live: store.url, copy, kept }
}

const validities = (store: Awaited<ReturnType<typeof open>>) =>
  store.account.read(async (r) =>
    (await r.mailbox.list()).map(({ id, uidValidity }) => ({ id, uidValidity })),
  )

t.test('what is given after a restore was never given before it', async (t) => {
  const { live, copy, kept } = await backedUp(t)
  const backup = await copy()
  const lost = await open(t, live)
  const { id: lostId } = await file(lost.account, lost.mailboxes.INBOX!, { subject: 'lost' })
  for (let i = 0; i < 20; i++) await file(lost.account, lost.mailboxes.INBOX!, { subject: `${i}` })
  const known = await lost.account.read(async (r) => r.marks)
  const before = await validities(lost)

  t.strictSame(await restored({ url: backup }), { accounts: 1, mailboxes: 7, queued: 0 })
  t.strictSame(await violations(backup), [])
  const now = await open(t, backup)
  const after = await validities(now)
  t.strictSame(
    after.map(({ id }) => id),
    before.map(({ id }) => id),
    'ids stay',
  )
  for (const [i, { uidValidity }] of after.entries()) t.ok(uidValidity > before[i]!.uidValidity)
  t.equal(new Set(after.map(({ uidValidity }) => uidValidity)).size, 7, 'each has its own')

  const marks = await now.account.read(async (r) => r.marks)
  for (const [type, mark] of Object.entries(marks)) t.ok(mark > known[type as keyof typeof known], type)
  for (const position of [kept.uid, known.email, known.email - 3]) {
    await t.rejects(
      now.account.read((r) => r.changes.email({ position, floor: position }, 10)),
      { code: 'cannotCalculateChanges' },
    )
  }
  const { id } = await file(now.account, now.mailboxes.INBOX!, { subject: 'new' })
  t.ok(id > lostId + 1_000, 'beyond the block of ids that the others took from')
  const created = await now.account.read((r) =>
    r.changes.email({ position: marks.email, floor: marks.email }, 10),
  )
  t.match(created, { created: [id], updated: [], destroyed: [] }, 'from then on changes are told')
  await now.mailstore.close()
  t.strictSame(await violations(backup), [])
})

t.test('the same backup restored twice gives nothing that the first restore gave', async (t) => {
  const { copy } = await backedUp(t)
  const given = []
  for (const now of [new Date('2027-03-01T00:00:00Z'), new Date('2027-03-01T00:01:00Z')]) {
    const url = await copy()
    await restored({ url, now })
    const store = await open(t, url)
    const filed = []
    for (let i = 0; i < 5; i++) filed.push((await file(store.account, store.mailboxes.INBOX!)).id)
    const { email } = await store.account.read(async (r) => r.marks)
    given.push({ ids: filed, email, validities: await validities(store) })
    await store.mailstore.close()
  }
  const [first, second] = given as [(typeof given)[0], (typeof given)[0]]
  t.ok(Math.min(...second.ids) > Math.max(...first.ids))
  t.ok(second.email > first.email + 5)
  const highest = Math.max(...first.validities.map(({ uidValidity }) => uidValidity))
  for (const { uidValidity } of second.validities) t.ok(uidValidity > highest)
})

t.test('nothing is done while somebody uses the database', async (t) => {
  const store = await openTestStore(t)
  const before = await store.account.read(async (r) => r.marks)
  t.equal(await restored({ url: store.url }), null)
  t.strictSame(await store.account.read(async (r) => r.marks), before)
  await store.mailstore.close()

  const url = `${store.url}${store.url.includes('?') ? '&' : '?'}application_name=mail`
  const named = await open(t, url)
  t.equal(await restored({ url }), null, 'also where the URL names its connections otherwise')
  await named.mailstore.close()
  t.match(await restored({ url }), { accounts: 1 })
})

t.test('who is told by push is told to look', async (t) => {
  const { mailstore, principal, url } = await openTestStore(t)
  const credentialId = Number(await mailstore.directory.credentialVersion(principal.name))
  const owner = { accountId: principal.accountId, principalId: principal.id, credentialId }
  const subscription = {
    deviceClientId: 'phone',
    url: 'https://push.example.com/a',
    keys: null,
    expires: null,
    types: null,
  }
  const made = await mailstore.push.transact(owner, (tx) => tx.create(subscription))
  if (!made || typeof made === 'string') throw new Error(`${made}`)
  const LEASE = { limit: 10, leaseMs: 60_000 }
  for (const claim of await mailstore.push.claim(LEASE)) await mailstore.push.release(claim, null)
  await mailstore.push.transact(owner, (tx) => tx.update(made.id, { isVerified: true }))
  for (const claim of await mailstore.push.claim(LEASE)) await mailstore.push.told(claim, claim.marks, 0)
  t.equal(await mailstore.push.nextDue(), null)
  await mailstore.close()
  await restored({ url })
  t.strictSame(await violations(url), [])
  const sql = connect(url, { max: 1 })
  t.teardown(() => sql.end())
  const [due] = await sql<{ count: number }[]>`select count(*) from push_due where due_at <= now()`
  t.equal(due!.count, 1)
})
