import t from 'tap'
import { MAX_HELD } from '../../src/submission/hold.js'
import type { Job } from '../../src/submission/types.js'
import { openFixture, THREAD } from './fixture.js'

const { sql, jobs, createAccount, transact, mark } = await openFixture(t)
const RECIPIENTS = [{ address: 'a@example.org' }, { address: 'b@example.org' }]

/** A submission that JMAP sees. */
async function submit() {
  const { accountId, digest } = await createAccount()
  const email = { emailId: accountId, identityId: accountId }
  const id = await transact(accountId, (tx) =>
    tx.create({ principalId: accountId, digest, email, mailFrom: 'p@example.org', recipients: RECIPIENTS }),
  )
  return {
    accountId,
    id,
    get: () => transact(accountId, (tx) => tx.get(id)),
    seen: () => transact(accountId, (tx) => tx.list([id])),
    cancel: () => transact(accountId, (tx) => tx.cancel(id)),
    destroy: () => transact(accountId, (tx) => tx.destroy([id])),
    record: (job: Job, state: 'queued' | 'relayed', reply: string, isTried = true) =>
      transact(accountId, (tx) =>
        tx.record(
          job,
          RECIPIENTS.map(({ address }) => ({ address, state, reply })),
          new Date(0),
          { isTried },
        ),
      ),
  }
}

async function claimOne(): Promise<Job> {
  const [job] = await jobs.claim({ limit: 1, leaseMs: 60_000 })
  return job!
}

t.afterEach(() => sql`delete from job`)

t.test('a submission names its email, its thread and its identity, which must be there', async (t) => {
  const { accountId, get, id } = await submit()
  const submission = await get()
  t.match(submission, {
    email: { emailId: accountId, identityId: accountId, threadId: THREAD },
    undoStatus: 'pending',
  })
  t.strictSame(await transact(accountId, (tx) => tx.ids(10)), [id])
  const { digest } = submission!
  const create = (emailId: number, identityId: number) =>
    transact(accountId, (tx) =>
      tx.create({
        principalId: 1,
        digest,
        email: { emailId, identityId },
        mailFrom: '',
        recipients: RECIPIENTS,
      }),
    )
  await t.rejects(create(1, accountId), { code: 'emailNotFound' })
  await t.rejects(create(accountId, 1), { code: 'identityNotFound' })
  await sql`update membership set deleted = true where account_id = ${accountId}`
  await t.rejects(create(accountId, accountId), { code: 'emailNotFound' }, 'JMAP does not see it')
})

t.test('what came by SMTP is sent and not shown', async (t) => {
  const { accountId, digest } = await createAccount()
  const id = await transact(accountId, (tx) =>
    tx.create({ principalId: accountId, digest, mailFrom: '', recipients: RECIPIENTS }),
  )
  const before = await mark(accountId)
  await transact(accountId, async (tx) => {
    t.match(await tx.get(id), { id, email: null })
    t.strictSame(await tx.list([id]), [])
    t.strictSame(await tx.ids(10), [])
    await t.rejects(tx.cancel(id), { code: 'submissionNotFound' })
    await t.rejects(tx.destroy([id]), { code: 'submissionNotFound' })
  })
  const job = await claimOne()
  const outcomes = [{ address: 'a@example.org', state: 'relayed', reply: '250 ok' }] as const
  await transact(accountId, (tx) => tx.record(job, outcomes, new Date(0)))
  t.equal((await mark(accountId)).mark, before.mark)
})

t.test('what nobody was sent is canceled for good', async (t) => {
  const { get, cancel, accountId } = await submit()
  await cancel()
  t.match(await get(), {
    undoStatus: 'canceled',
    recipients: [{ state: 'canceled' }, { state: 'canceled' }],
  })
  t.equal(await claimOne(), undefined, 'and nothing is left to send')
  const { mark: state } = await mark(accountId)
  await cancel()
  t.equal((await mark(accountId)).mark, state, 'twice is once')
})

t.test('once an attempt began, nothing is canceled', async (t) => {
  const { get, cancel, record } = await submit()
  const job = await claimOne()
  await t.rejects(cancel(), { code: 'cannotUnsend' })
  t.match(await get(), { undoStatus: 'pending' })
  await sql`update job set lease_until = now() - interval '1 second'`
  await t.rejects(cancel(), { code: 'cannotUnsend' }, 'whoever died may have sent it')
  const second = await claimOne()
  t.not(second.lease, job.lease)
  // This attempt reached nobody; of the one before, nobody knows.
  await record(second, 'queued', '451 no relay', false)
  await t.rejects(cancel(), { code: 'cannotUnsend' })
  await record(await claimOne(), 'queued', '451 later')
  t.match(await get(), { undoStatus: 'final' })
  await t.rejects(cancel(), { code: 'cannotUnsend' })
  await record(await claimOne(), 'relayed', '250 ok')
  await t.rejects(cancel(), { code: 'cannotUnsend' })
})

t.test('an attempt that surely reached nobody leaves it to be canceled', async (t) => {
  const { get, cancel, record } = await submit()
  for (let count = 0; count < 3; count++) await record(await claimOne(), 'queued', '451 no relay', false)
  t.match(await get(), { undoStatus: 'pending' })
  await cancel()
  t.match(await get(), { undoStatus: 'canceled', recipients: [{ reply: '451 no relay' }, {}] })
})

t.test('of a claim and a cancel at once, one has its way', async (t) => {
  for (let round = 0; round < 20; round++) {
    const { cancel, get } = await submit()
    const [canceled, claimed] = await Promise.allSettled([cancel(), claimOne()])
    const wasClaimed = claimed.status === 'fulfilled' && claimed.value !== undefined
    t.equal(canceled.status, wasClaimed ? 'rejected' : 'fulfilled')
    t.match(await get(), { undoStatus: wasClaimed ? 'pending' : 'canceled' })
    await sql`delete from job`
  }
})

t.test('a destroyed record is sent all the same, and then forgotten (RFC 8621 §7.5)', async (t) => {
  const { accountId, id, get, seen, cancel, destroy, record } = await submit()
  await destroy()
  t.strictSame(await seen(), [])
  await t.rejects(cancel(), { code: 'submissionNotFound' })
  await t.rejects(destroy(), { code: 'submissionNotFound' })
  const { mark: state } = await mark(accountId)
  const job = await claimOne()
  t.match(job, { ref: id })
  t.match(await get(), { recipients: [{ state: 'queued' }, { state: 'queued' }] })
  await record(job, 'relayed', '250 ok')
  t.equal(await get(), null)
  t.equal((await mark(accountId)).mark, state, 'JMAP sees none of it')
  const done = await submit()
  await done.record(await claimOne(), 'relayed', '250 ok')
  await done.destroy()
  t.equal(await done.get(), null)
})

t.test(
  'RFC 4865 §6: an account holds so many messages and octets, and what is released makes room',
  async (t) => {
    const { accountId, digest } = await createAccount()
    const later = () => new Date(Date.now() + 3_600_000)
    const submit = (sendAt?: Date) =>
      transact(accountId, (tx) =>
        tx.create({
          principalId: accountId,
          digest,
          mailFrom: 'p@example.org',
          recipients: RECIPIENTS,
          ...(sendAt ? { sendAt } : {}),
        }),
      )
    const sum = () => transact(accountId, (tx) => tx.held())
    await submit()
    t.strictSame(await sum(), { messages: 0, octets: 0 }, 'what goes now is not held')
    await sql`
    insert into submission (account_id, submission_id, principal_id, digest, mail_from, send_at, modseq, created_modseq)
    select ${accountId}, n, 1, ${digest}, '', now() + interval '1 day', 1, 1 from generate_series(1, ${MAX_HELD.messages - 2}) n`
    await sql`
    insert into job (job_id, due_at, account_id, kind, ref)
    select submission_id, send_at, account_id, 'submission', submission_id from submission
    where account_id = ${accountId} and submission_id < ${MAX_HELD.messages}`
    const held = await submit(later())
    // Counted within one transaction too.
    const twice = transact(accountId, async (tx) => {
      const submission = { principalId: 1, digest, mailFrom: '', recipients: RECIPIENTS, sendAt: later() }
      await tx.create(submission)
      await tx.create(submission)
    })
    await t.rejects(twice, { code: 'tooManyHeld' })
    await submit(later())
    await t.rejects(submit(later()), { code: 'tooManyHeld' })
    await submit()
    t.strictSame(await sum(), { messages: MAX_HELD.messages, octets: MAX_HELD.messages * 123 })
    await sql`update job set due_at = now() where ref = ${held}`
    await sql`update submission set send_at = now() where submission_id = ${held}`
    await submit(later())

    await sql`delete from job where ref < ${MAX_HELD.messages}`
    await sql`update blob set size = ${MAX_HELD.octets / 4} where account_id = ${accountId}`
    await submit(later())
    await submit(later())
    await t.rejects(submit(later()), { code: 'tooManyHeld' }, 'octets')
  },
)
