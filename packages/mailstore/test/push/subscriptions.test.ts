import t from 'tap'
import { accountRow } from '../../src/account/marks.js'
import { connect } from '../../src/db/connect.js'
import { type NewPushSubscription, openMailstore, type PushClaim, type PushOwner } from '../../src/index.js'
import { markPushesDue } from '../../src/push/due.js'
import { file, openTestStore, type TestStore } from '../support/store.js'

const PHONE: NewPushSubscription = {
  deviceClientId: 'phone',
  url: 'https://push.example.com/a',
  keys: null,
  expires: null,
  types: null,
}
const LEASE = { limit: 10, leaseMs: 60_000 }

async function open(t: Parameters<typeof openTestStore>[0]) {
  const store = await openTestStore(t)
  const { principal, mailstore, url } = store
  const credentialId = Number(await mailstore.directory.credentialVersion(principal.name))
  const owner: PushOwner = { accountId: principal.accountId, principalId: principal.id, credentialId }
  const sql = connect(url, { max: 1 })
  t.teardown(() => sql.end())
  return { ...store, owner, sql, push: mailstore.push }
}

/** A subscription whose code came back; gives its id. */
async function verified(
  { mailstore: { push } }: TestStore,
  owner: PushOwner,
  more: Partial<NewPushSubscription> = {},
): Promise<number> {
  const made = await push.transact(owner, (tx) => tx.create({ ...PHONE, ...more }))
  if (!made || typeof made === 'string') throw new Error(`${made}`)
  for (const claim of await push.claim(LEASE)) await push.release(claim, null)
  await push.transact(owner, (tx) => tx.update(made.id, { isVerified: true }))
  for (const claim of await push.claim(LEASE)) await push.told(claim, claim.marks, 0)
  return made.id
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const ids = (claims: PushClaim[]) => claims.map(({ id }) => id)

t.test('a change of what is watched is due with its own COMMIT, once, until it is told', async (t) => {
  const store = await open(t)
  const { push, account, mailboxes, owner } = store
  const all = await verified(store, owner)
  const deliveries = await verified(store, owner, {
    types: { names: ['EmailDelivery'], watched: ['emailDelivery'] },
  })
  const nothing = await verified(store, owner, { types: { names: ['Todo'], watched: [] } })
  t.equal(await push.nextDue(), null)

  let rings = 0
  t.teardown(push.onDue(() => rings++))
  const { uid } = await file(account, mailboxes.INBOX!)
  t.equal(rings, 1)
  const claims = await push.claim(LEASE)
  t.strictSame(ids(claims).sort(), [all, deliveries].sort(), `not ${nothing}`)
  t.strictSame(await push.claim(LEASE), [], 'each is leased once')
  const { marks } = await account.read(async (r) => r)
  for (const claim of claims) {
    t.strictSame(claim.marks, marks)
    t.ok(claim.told.email < marks.email)
  }
  // While the one for all is on its way.
  await account.store(mailboxes.INBOX!, [uid], { mode: 'add', keywords: ['$seen'], deleted: false })
  for (const claim of claims) await push.told(claim, claim.marks, 0)
  const again = await push.claim(LEASE)
  t.strictSame(ids(again), [all], 'what came meanwhile is due; of deliveries there was none')
  await push.told(again[0]!, again[0]!.marks, 0)
  t.equal(await push.nextDue(), null)
})

t.test('a pause, a retry and a lease that ended by itself', async (t) => {
  const store = await open(t)
  const { push, account, mailboxes, owner, sql } = store
  await verified(store, owner)
  await file(account, mailboxes.INBOX!)
  const [first] = await push.claim(LEASE)
  await push.told(first!, first!.marks, 3_600_000)
  await file(account, mailboxes.INBOX!)
  t.strictSame(await push.claim(LEASE), [], 'within the pause')
  t.ok((await push.nextDue())!.getTime() > Date.now() + 3_000_000)
  await sql`update push_due set due_at = now()`
  const [second] = await push.claim(LEASE)
  await push.release(second!, 3_600_000)
  await file(account, mailboxes.INBOX!)
  t.strictSame(await push.claim(LEASE), [], 'a change does not bring the retry nearer')
  await sql`update push_due set due_at = now()`
  const [third] = await push.claim(LEASE)
  t.equal(third!.attempts, 1)
  await sql`update push_due set lease_until = now()`
  const [fourth] = await push.claim(LEASE)
  await push.told(third!, third!.marks, 0)
  t.strictSame(await push.claim(LEASE), [], 'who lost the lease has no say')
  await push.told(fourth!, fourth!.marks, 0)
  t.equal(await push.nextDue(), null)
})

t.test('a writer that is about to commit while a push is settled is seen', async (t) => {
  const store = await open(t)
  const { push, account, mailboxes, owner, sql, url } = store
  const aside = connect(url, { max: 1 })
  t.teardown(() => aside.end())
  await verified(store, owner)
  await file(account, mailboxes.INBOX!)
  const [claim] = await push.claim(LEASE)
  let settling: Promise<void> | undefined
  await sql.begin(async (tx) => {
    const { marks, modseq } = await accountRow(tx, owner.accountId, true)
    const after = { ...marks, email: modseq + 1 }
    t.equal(await markPushesDue(tx, owner.accountId, marks, after), false, 'it is leased')
    let isOver = false
    settling = push.told(claim!, claim!.marks, 0).finally(() => {
      isOver = true
    })
    for (let waits = false; !waits && !isOver; ) {
      const [row] =
        await aside`select count(*) > 0 as waits from pg_stat_activity where wait_event_type = 'Lock'`
      waits = row!.waits
    }
    await tx`update account set modseq = modseq + 1, mark_email = modseq + 1`
  })
  await settling
  const [again] = await push.claim(LEASE)
  t.ok(again && again.marks.email > again.told.email)
})

t.test('whoever reads and writes at once, no change is left untold', async (t) => {
  const store = await open(t)
  const { push, account, mailboxes, owner, url, mailstore } = store
  const other = await openMailstore({ url })
  t.teardown(() => other.close())
  await verified(store, owner)
  let isWriting = true
  const writer = (async () => {
    for (let n = 0; n < 30; n++) await file(account, mailboxes.INBOX!)
    isWriting = false
  })()
  const senders = [push, other.push].map(async (each) => {
    while (isWriting) for (const claim of await each.claim(LEASE)) await each.told(claim, claim.marks, 0)
  })
  await Promise.all([writer, ...senders])
  for (const claim of await push.claim(LEASE)) await push.told(claim, claim.marks, 0)
  const violations = []
  for await (const violation of mailstore.check()) violations.push(violation)
  t.strictSame(violations, [])
  t.equal(await push.nextDue(), null)
})

t.test('RFC 8620 §7.2: none is claimed after its end, and housekeeping takes it away', async (t) => {
  const store = await open(t)
  const { push, account, mailboxes, owner, sql, mailstore } = store
  await verified(store, owner)
  await file(account, mailboxes.INBOX!)
  await sql`update push_subscription set expires_at = now() - interval '1 second'`
  t.strictSame(await push.list(owner), [])
  t.strictSame(await push.claim(LEASE), [])
  t.strictSame([...(await sql`select from push_due`)], [], 'and it is gone')

  await verified(store, owner)
  await sql`update push_subscription set expires_at = now() - interval '1 second'`
  await sql`update push_creation set since = now() - interval '2 hours'`
  await mailstore.housekeeping.run()
  t.strictSame([...(await sql`select from push_subscription`)], [])
  t.strictSame([...(await sql`select from push_creation`)], [])
  t.match(await sql`select has_push from account`, [{ has_push: false }])
  const again = await verified(store, owner)
  await file(account, mailboxes.INBOX!)
  t.strictSame(ids(await push.claim(LEASE)), [again])
})

t.test('RFC 9749 §5: one key for all processes; with another one, the subscriptions go', async (t) => {
  const store = await open(t)
  const { push, owner, sql, url, account, mailboxes } = store
  const stores = await Promise.all([1, 2, 3].map(() => openMailstore({ url })))
  t.teardown(() => Promise.all(stores.map((each) => each.close())))
  const keys = await Promise.all([push, ...stores.map((each) => each.push)].map((each) => each.serverKey()))
  t.equal(new Set(keys.map(({ publicKey }) => hex(publicKey))).size, 1)
  t.same([keys[0]!.publicKey.length, keys[0]!.privateKey.length], [65, 32])

  await verified(store, owner)
  await file(account, mailboxes.INBOX!)
  await sql`delete from server_secret where name = 'push'`
  const later = await openMailstore({ url })
  t.teardown(() => later.close())
  t.not(hex((await later.push.serverKey()).publicKey), hex(keys[0]!.publicKey))
  t.strictSame(await later.push.claim(LEASE), [])
  t.strictSame(await push.list(owner), [])
})
