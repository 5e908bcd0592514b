import t from 'tap'
import { connect } from '../../src/db/connect.js'
import { openMailstore } from '../../src/index.js'
import { violations } from '../support/invariants.js'
import { file, mailboxIds, openTestStore } from '../support/store.js'

t.test(
  'expunged content goes after its retention, tombstones after theirs, and the horizon says so',
  async (t) => {
    const { mailstore, account, mailboxes, url } = await openTestStore(t)
    const sql = connect(url, { max: 1 })
    t.teardown(() => sql.end())
    const inbox = mailboxes.INBOX!
    const kept = await file(account, inbox, { subject: 'kept' })
    const gone = await file(account, inbox, { subject: 'gone' })
    const before = await account.read(async (r) => r.marks)
    await account.expunge(inbox, [gone.uid], { onlyDeleted: false })
    const view = await account.view(inbox)

    t.same(
      await mailstore.housekeeping.run(),
      { emails: 0, tombstones: 0, blobs: 0, submissions: 0 },
      'nothing is old yet',
    )
    t.equal((await account.read((r) => r.email.get([gone.id]))).length, 1, 'and so it can be brought back')

    const age = (days: number) =>
      Promise.all([
        sql`update email_state set expunged_at = expunged_at - make_interval(days => ${days})`,
        sql`update membership_tombstone set expunged_at = expunged_at - make_interval(days => ${days})`,
        sql`update blob set touched_at = touched_at - make_interval(days => ${days})`,
      ])
    await age(8)
    t.same(await mailstore.housekeeping.run(), { emails: 1, tombstones: 0, blobs: 1, submissions: 0 })
    t.equal((await account.read((r) => r.email.get([gone.id]))).length, 0)
    const since = { position: before.email, floor: before.email }
    t.same(
      (await account.read((r) => r.changes.email(since, 10))).destroyed,
      [gone.id],
      'its tombstone stays',
    )

    await age(23)
    const { tombstones } = (await mailstore.housekeeping.run())!
    t.ok(tombstones > 0)
    await t.rejects(
      account.read((r) => r.changes.email(since, 10)),
      { code: 'cannotCalculateChanges' },
      'never a guess',
    )
    t.same([...(await account.view(inbox)).uids], [...view.uids])
    const [email] = await account.read((r) => r.email.get([kept.id]))
    t.ok(await account.blobs.open(email!.digest), 'what is held stays')
    t.same(await violations(url), [])
  },
)

t.test(
  'uploads that nothing came to hold are deleted after a day, those of a submission are not',
  async (t) => {
    const { mailstore, account, principal, url } = await openTestStore(t)
    const sql = connect(url, { max: 1 })
    t.teardown(() => sql.end())
    const upload = async (text: string) => {
      const { digest } = await account.blobs.put(Buffer.from(text))
      await account.uploads.add(principal.id, digest, 'message/rfc822')
      return digest
    }
    const [loose, queued] = [await upload('loose'), await upload('queued')]
    await account.transact((tx) =>
      tx.submission.create({
        principalId: principal.id,
        digest: queued,
        mailFrom: '',
        recipients: [{ address: 'a@b.example' }],
      }),
    )
    await sql`update upload set uploaded_at = now() - interval '25 hours'`
    await sql`update blob set touched_at = now() - interval '25 hours'`
    t.match(await mailstore.housekeeping.run(), { blobs: 1 })
    t.equal(await account.blobs.open(loose), null)
    t.ok(await account.blobs.open(queued))
  },
)

t.test('who knows all of a type begins no more again because tombstones of another went', async (t) => {
  const { mailstore, account, mailboxes, url } = await openTestStore(t)
  const sql = connect(url, { max: 1 })
  t.teardown(() => sql.end())
  const inbox = mailboxes.INBOX!
  const { uid } = await file(account, inbox)
  const copied = await account.transact((tx) => tx.membership.copy(inbox, [uid], inbox))
  // JMAP shows no change of either: the email stays where it is.
  await account.expunge(inbox, copied.to, { onlyDeleted: false })
  await sql`update membership_tombstone set expunged_at = now() - interval '31 days'`
  t.match(await mailstore.housekeeping.run(), { tombstones: 1 })
  await account.read(async (r) => {
    for (const type of ['email', 'thread', 'mailbox'] as const) {
      const now = { position: r.marks[type], floor: r.marks[type] }
      t.match(await r.changes[type](now, 10), { created: [], updated: [], destroyed: [], next: now }, type)
      const before = { position: now.position - 1, floor: now.floor - 1 }
      await t.rejects(r.changes[type](before, 10), { code: 'cannotCalculateChanges' }, `${type} before that`)
    }
  })
})

t.test('the record of what was sent goes after a month, and clients are told', async (t) => {
  const { mailstore, account, mailboxes, principal, url } = await openTestStore(t)
  const sql = connect(url, { max: 1 })
  t.teardown(() => sql.end())
  const email = await file(account, mailboxes.INBOX!)
  const [sent] = await account.read((r) => r.email.get([email.id]))
  const create = (isShown: boolean) =>
    account.transact(async (tx) => {
      const identityId = (await tx.identity.list())[0]!.id
      return tx.submission.create({
        principalId: principal.id,
        digest: sent!.digest,
        ...(isShown ? { email: { emailId: email.id, identityId } } : {}),
        mailFrom: '',
        recipients: [{ address: 'a@b.example' }],
      })
    })
  const [old, bySmtp, young, queued] = [
    await create(true),
    await create(false),
    await create(true),
    await create(true),
  ]
  for (const job of await mailstore.jobs.claim({ limit: 10, leaseMs: 60_000 })) {
    if (job.ref === queued) continue
    const outcomes = [{ address: 'a@b.example', state: 'relayed', reply: '250 ok' }] as const
    await account.transact((tx) => tx.submission.record(job, outcomes, new Date()))
  }
  await sql`
    update submission set finished_at = finished_at - interval '31 days'
    where submission_id in (${old}, ${bySmtp})`
  const mark = await account.read(async (r) => r.marks.submission)
  t.match(await mailstore.housekeeping.run(), { submissions: 2 })
  const since = { position: mark, floor: mark }
  t.match(await account.read((r) => r.changes.submission(since, 10)), {
    created: [],
    updated: [],
    destroyed: [old],
  })
  t.same(await account.read((r) => r.submission.ids(10)), [queued, young])
  t.same(await violations(url), [])

  await sql`update tombstone set destroyed_at = destroyed_at - interval '31 days'`
  t.match(await mailstore.housekeeping.run(), { tombstones: 1 })
  await t.rejects(
    account.read((r) => r.changes.submission(since, 10)),
    { code: 'cannotCalculateChanges' },
  )
})

t.test('what goes wrong in one account is logged with it, and the others are kept house for', async (t) => {
  const { mailstore, account, url } = await openTestStore(t)
  const sql = connect(url, { max: 1 })
  t.teardown(() => sql.end())
  const logged: object[] = []
  const note = () => {}
  const log = { debug: note, info: note, warn: note, error: (fields: object) => void logged.push(fields) }
  const other = await openMailstore({ url, log })
  t.teardown(() => other.close())
  const second = await mailstore.directory.createAccount('bob@example.org', 'correct horse')
  const third = await mailstore.directory.createAccount('carl@example.org', 'correct horse')
  const accounts = [account, mailstore.account(second.accountId), mailstore.account(third.accountId)]
  const half: number[] = []
  for (const each of accounts) {
    const { uid } = await file(each, (await mailboxIds(each)).INBOX!)
    await each.expunge((await mailboxIds(each)).INBOX!, [uid], { onlyDeleted: false })
    half.push(
      await each.transact(async (tx) => (await tx.mailbox.create({ name: 'half', parentId: null })).id),
    )
  }
  await sql`update email_state set expunged_at = now() - interval '8 days'`
  await sql`update mailbox set closing = true where mailbox_id = any(${half}::bigint[])`
  // Broken rows, as far as this program is concerned, in two of three.
  await sql`create function no() returns trigger language plpgsql as $$ begin raise 'broken'; end $$`
  const [first, , last] = accounts.map(({ id }) => id)
  await sql.unsafe(
    `create trigger no before delete on email for each row when (old.account_id = ${first}) execute function no()`,
  )
  await sql.unsafe(
    `create trigger no before delete on mailbox for each row when (old.account_id = ${last}) execute function no()`,
  )

  t.match(await other.housekeeping.run(), { emails: 2 })
  t.match(logged, [
    { accountId: last, err: /broken/ },
    { accountId: first, err: /broken/ },
  ])
  t.equal(logged.length, 2)
  const left = await sql<{ account_id: number }[]>`select account_id from mailbox where closing`
  t.strictSame([...left], [{ account_id: last }])
})
