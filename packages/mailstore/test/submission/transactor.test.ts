import t from 'tap'
import type { Job } from '../../src/submission/types.js'
import { openFixture } from './fixture.js'

const { sql, jobs, createAccount, transact, mark } = await openFixture(t)

async function claimOne(): Promise<Job> {
  const [job] = await jobs.claim({ limit: 1, leaseMs: 60_000 })
  return job!
}

async function submit(recipients: string[]) {
  const { accountId, digest } = await createAccount()
  const id = await transact(accountId, (tx) =>
    tx.create({
      principalId: accountId,
      digest,
      email: { emailId: accountId, identityId: accountId },
      mailFrom: 'anna@example.com',
      recipients: recipients.map((address) => ({ address })),
    }),
  )
  const get = () => transact(accountId, (tx) => tx.get(id))
  return { accountId, id, get }
}

t.afterEach(() => sql`delete from job`)

t.test('what is created is read again, and its job is due', async (t) => {
  const { accountId, digest } = await createAccount()
  let rung = 0
  const stop = jobs.onCreated(() => rung++)
  const before = await mark(accountId)
  const id = await transact(accountId, async (tx) => {
    const id = await tx.create({
      principalId: accountId,
      digest,
      mailFrom: 'anna@example.com',
      mailFromParameters: { BODY: '8BITMIME', X: null },
      recipients: [
        { address: 'b@example.org', parameters: { NOTIFY: 'NEVER' } },
        { address: 'a@example.org' },
        { address: 'b@example.org' },
      ],
    })
    t.equal(rung, 0, 'nobody is told before the commit')
    return id
  })
  t.equal(rung, 1)
  stop()
  const submission = await transact(accountId, (tx) => tx.get(id))
  t.match(submission, {
    id,
    principalId: accountId,
    digest,
    size: 123,
    mailFrom: 'anna@example.com',
    mailFromParameters: { BODY: '8BITMIME', X: null },
    recipients: [
      {
        address: 'b@example.org',
        parameters: { NOTIFY: 'NEVER' },
        state: 'queued',
        attempts: 0,
        reply: null,
      },
      { address: 'a@example.org', parameters: {}, state: 'queued', attempts: 0, reply: null },
    ],
  })
  t.equal(submission!.recipients.length, 2, 'a repeated recipient is one recipient')
  const after = await mark(accountId)
  t.match(after, { modseq: before.modseq + 1, mark: before.mark }, 'JMAP sees nothing of it')
  t.match(await claimOne(), { kind: 'submission', accountId, ref: id, attempts: 0, lease: /^[0-9a-f-]{36}$/ })
})

t.test('a submission needs a blob of its own account, and another account does not see it', async (t) => {
  const { accountId } = await createAccount()
  const other = await createAccount()
  const create = (digest: Buffer) =>
    transact(accountId, (tx) => tx.create({ principalId: accountId, digest, mailFrom: '', recipients: [] }))
  await t.rejects(create(other.digest), { code: 'blobNotFound' })
  t.strictSame(await claimOne(), undefined, 'and leaves no job')
  const { id } = await submit(['a@example.org'])
  t.equal(await transact(accountId, (tx) => tx.get(id)), null)
})

t.test('sendAt holds the job', async (t) => {
  const { accountId, digest } = await createAccount()
  const sendAt = new Date(Date.now() + 3_600_000)
  const recipients = [{ address: 'a@example.org' }]
  await transact(accountId, (tx) =>
    tx.create({ principalId: accountId, digest, mailFrom: '', recipients, sendAt }),
  )
  t.strictSame(await jobs.claim({ limit: 10, leaseMs: 1000 }), [])
  t.strictSame(await jobs.nextDue(), sendAt)
})

t.test('outcomes settle recipients one by one; the last one ends the job', async (t) => {
  const { accountId, get } = await submit(['a@one.test', 'b@example.org', 'c@example.org'])
  const first = await claimOne()
  t.strictSame([...first.domains].sort(), ['example.org', 'one.test'])
  const retryAt = new Date(Date.now() + 60_000)
  let rung = 0
  t.teardown(jobs.onCreated(() => rung++))
  const recorded = await transact(accountId, (tx) =>
    tx.record(
      first,
      [
        { address: 'a@one.test', state: 'delivered', reply: '250 ok' },
        { address: 'b@example.org', state: 'queued', reply: '451 later' },
        { address: 'stranger@example.org', state: 'failed', reply: '550 who?' },
      ],
      retryAt,
    ),
  )
  t.equal(recorded, true)
  t.equal(rung, 1, 'this process is told that the next time has moved')
  t.strictSame((await get())!.recipients, [
    { address: 'a@one.test', parameters: {}, state: 'delivered', attempts: 1, reply: '250 ok' },
    { address: 'b@example.org', parameters: {}, state: 'queued', attempts: 1, reply: '451 later' },
    { address: 'c@example.org', parameters: {}, state: 'queued', attempts: 0, reply: null },
  ])
  t.strictSame(await jobs.nextDue(), retryAt)
  t.strictSame(await jobs.claim({ limit: 1, leaseMs: 1000 }), [])

  await sql`update job set due_at = now()`
  const second = await claimOne()
  t.match(second, { attempts: 1, domains: ['example.org'] })
  await transact(accountId, (tx) =>
    tx.record(
      second,
      [
        { address: 'a@one.test', state: 'failed', reply: '550 too late' },
        { address: 'b@example.org', state: 'failed', reply: '550 no' },
        { address: 'c@example.org', state: 'delivered', reply: '250 ok' },
      ],
      retryAt,
    ),
  )
  t.match((await get())!.recipients, [
    { state: 'delivered', attempts: 1, reply: '250 ok' },
    { state: 'failed', attempts: 2, reply: '550 no' },
    { state: 'delivered', attempts: 1 },
  ])
  t.equal(await jobs.nextDue(), null)
  const settled =
    await sql`select 1 from submission_recipient where account_id = ${accountId} and settled_at is null`
  t.equal(settled.length, 0)
})

t.test('who lost the lease writes nothing', async (t) => {
  const { accountId, get } = await submit(['a@example.org'])
  const lost = await claimOne()
  await sql`update job set lease_until = now() - interval '1 second'`
  const held = await claimOne()
  const before = await mark(accountId)
  const outcome = (reply: string) => [{ address: 'a@example.org', state: 'delivered' as const, reply }]
  t.equal(await transact(accountId, (tx) => tx.record(lost, outcome('late'), new Date())), false)
  t.match((await get())!.recipients, [{ state: 'queued', attempts: 0, reply: null }])
  t.strictSame(await mark(accountId), before)
  t.equal(await transact(accountId, (tx) => tx.record(held, outcome('in time'), new Date())), true)
  t.match((await get())!.recipients, [{ state: 'delivered', reply: 'in time' }])
  t.equal(await transact(accountId, (tx) => tx.record(held, outcome('twice'), new Date())), false)
})

t.test('the state moves where a recipient says something new, and only there', async (t) => {
  const { accountId } = await submit(['a@example.org'])
  const wait = [{ address: 'a@example.org', state: 'queued' as const, reply: '451 later' }]
  const attempt = async (outcomes: typeof wait) => {
    const job = await claimOne()
    await transact(accountId, (tx) => tx.record(job, outcomes, new Date(0)))
    return (await mark(accountId)).mark
  }
  const start = (await mark(accountId)).mark
  t.equal(await attempt(wait), start + 1)
  t.equal(await attempt(wait), start + 1, 'the same words again')
  t.equal(await attempt([]), start + 1, 'no attempt was made')
  t.equal(await attempt([{ ...wait[0]!, reply: '452 still' }]), start + 2)
})

t.test('a job without its submission is an error, not a success', async (t) => {
  const { accountId } = await submit(['a@example.org'])
  const job = await claimOne()
  await sql`delete from submission where account_id = ${accountId}`
  await t.rejects(
    transact(accountId, (tx) => tx.record(job, [], new Date())),
    { code: 'submissionNotFound' },
  )
})
