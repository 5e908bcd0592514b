import { createHash } from 'node:crypto'
import t from 'tap'
import { connect } from '../../src/db/connect.js'
import { oldDeliveries } from '../../src/email/repeats.js'
import { explain } from '../support/explain.js'
import { message, openTestStore } from '../support/store.js'

t.test('what was received is a repeat for a day, by digest and address', async (t) => {
  const { account, mailboxes, mailstore, url } = await openTestStore(t)
  const sql = connect(url, { max: 1 })
  t.teardown(() => sql.end())
  const ingested = await account.ingest(message(), { nul: 'refuse' })
  const file = async (...received: [text: string, address: string][]) => {
    const filed = await account.transact((tx) =>
      tx.email.create(
        received.map(([text, address]) => ({
          message: ingested,
          mailboxIds: [mailboxes.INBOX!],
          received: { digest: createHash('sha256').update(text).digest(), address },
        })),
      ),
    )
    return filed.map((one) => one !== null)
  }
  t.strictSame(await file(['one', 'a'], ['one', 'a'], ['one', 'b'], ['two', 'a']), [true, false, true, true])
  t.strictSame(await file(['one', 'a'], ['three', 'a']), [false, true])

  await sql`update received_message set received_at = now() - interval '25 hours'`
  t.strictSame(await file(['one', 'a']), [true], 'a day later it is another one')
  t.strictSame(await file(['one', 'a']), [false])
  t.equal((await sql`select from received_message`).count, 4)
  await mailstore.housekeeping.run()
  t.equal((await sql`select from received_message`).count, 1, 'housekeeping forgets the old ones')
})

t.test('what was received is no repeat once its email is expunged for good', async (t) => {
  const { account, mailboxes, url } = await openTestStore(t)
  const sql = connect(url, { max: 1 })
  t.teardown(() => sql.end())
  const ingested = await account.ingest(message(), { nul: 'refuse' })
  const digest = createHash('sha256').update('one').digest()
  const { INBOX, Trash } = mailboxes as Record<string, number>
  const file = async () => {
    const email = { message: ingested, mailboxIds: [INBOX!], received: { digest, address: 'a' } }
    const [filed] = await account.transact((tx) => tx.email.create([email]))
    return filed?.id ?? null
  }
  const first = (await file())!
  await account.transact((tx) => tx.email.setMailboxes(new Map([[first, [Trash!]]])))
  t.equal(await file(), null, 'one in the Trash is there')
  await account.store(Trash!, [1], { mode: 'add', keywords: [], deleted: true })
  t.equal(await file(), null, 'one that is only \\Deleted is there')
  t.strictSame(await account.expunge(Trash!, [1], { onlyDeleted: true }), [1])
  const second = (await file())!
  t.ok(second, 'expunged: it is filed anew')
  t.not(second, first)
  t.equal(await file(), null, 'and known again')
  await account.transact((tx) => tx.email.destroy([second]))
  t.ok(await file(), 'destroyed')
  await sql`update received_message set email_id = null`
  t.equal(await file(), null, 'what an older program recorded is a repeat')
})

t.test(
  'a local delivery is a repeat as long as its submission may be tried, and a week at least',
  async (t) => {
    const { account, principal, mailboxes, mailstore, url } = await openTestStore(t)
    const sql = connect(url, { max: 1 })
    t.teardown(() => sql.end())
    const ingested = await account.ingest(message(), { nul: 'refuse' })
    const submit = () =>
      account.transact((tx) =>
        tx.submission.create({
          principalId: principal.id,
          digest: ingested.digest,
          mailFrom: '',
          recipients: [{ address: 'a@b.example' }],
        }),
      )
    const file = async (submissionId: number) => {
      const delivery = { submissionId, address: 'alice@example.org' }
      const [filed] = await account.transact((tx) =>
        tx.email.create([{ message: ingested, mailboxIds: [mailboxes.INBOX!], delivery }]),
      )
      if (filed) await account.transact((tx) => tx.email.destroy([filed.id]))
      return filed !== null
    }
    const [done, stuck] = [await submit(), await submit()]
    t.strictSame(
      [await file(done), await file(stuck), await file(done), await file(stuck)],
      [true, true, false, false],
      'also where its email was destroyed',
    )
    for (const job of await mailstore.jobs.claim({ limit: 10, leaseMs: 60_000 })) {
      if (job.ref === stuck) continue
      const outcomes = [{ address: 'a@b.example', state: 'delivered', reply: '250 ok' }] as const
      await account.transact((tx) => tx.submission.record(job, outcomes, new Date()))
    }
    const age = (days: number) =>
      sql`update delivery set delivered_at = now() - make_interval(days => ${days})`
    await age(6)
    await mailstore.housekeeping.run()
    t.equal(await file(done), false, 'whoever lost its lease may come late')
    await age(8)
    await mailstore.housekeeping.run()
    const left = await sql<{ id: number }[]>`select submission_id as id from delivery`
    t.strictSame([...left], [{ id: stuck }])
    t.equal(await file(stuck), false, 'set aside for however long, it files nothing when it is tried again')
  },
)

t.test('old deliveries go in steps, and the younger ones are not read', async (t) => {
  const { account, mailstore, url } = await openTestStore(t)
  const sql = connect(url, { max: 1 })
  t.teardown(() => sql.end())
  await sql`
    insert into delivery (account_id, submission_id, address, delivered_at)
    select ${account.id}, n, 'a', case when n <= 2500 then now() - interval '8 days' else now() end
    from generate_series(1, 20000) n`
  await sql`analyze delivery`
  const cost = await explain(sql, oldDeliveries(sql, account.id))
  // Of the old ones at most the entry of the index and the row.
  t.ok(cost.rowsRead <= 2 * 2500, `${cost.rowsRead} rows read`)
  await mailstore.housekeeping.run()
  t.equal((await sql`select from delivery`).count, 17_500)
})
