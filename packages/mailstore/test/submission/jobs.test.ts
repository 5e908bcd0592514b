import t from 'tap'
import { openFixture } from './fixture.js'

const { sql, jobs, createAccount } = await openFixture(t)
const { accountId } = await createAccount()

/** Jobs that are due so many seconds from now. */
async function addJobs(seconds: readonly number[], domains: readonly string[][] = []): Promise<void> {
  for (const [index, second] of seconds.entries()) {
    await sql`
      insert into job (job_id, due_at, account_id, kind, ref, domains)
      values (${index + 1}, now() + ${second} * interval '1 second', ${accountId}, 'submission', ${index + 1},
        ${domains[index] ?? []})`
  }
}

t.afterEach(() => sql`delete from job`)

t.test('due jobs are leased oldest first, within the limit, once', async (t) => {
  await addJobs([-1, -3, -2, 60])
  const first = await jobs.claim({ limit: 2, leaseMs: 60_000 })
  t.strictSame(first.map(({ ref }) => ref).sort(), [2, 3])
  t.not(first[0]!.lease, first[1]!.lease)
  t.strictSame(
    (await jobs.claim({ limit: 2, leaseMs: 60_000 })).map(({ ref }) => ref),
    [1],
  )
  t.strictSame(await jobs.claim({ limit: 2, leaseMs: 60_000 }), [])
})

t.test('of many who claim at once, each job has one holder', async (t) => {
  await addJobs(Array.from({ length: 40 }, (_, index) => -index))
  const claims = await Promise.all(
    Array.from({ length: 8 }, () => jobs.claim({ limit: 10, leaseMs: 60_000 })),
  )
  const refs = claims.flat().map(({ ref }) => ref)
  t.equal(new Set(refs).size, refs.length)
  // SKIP LOCKED may let a claimer go with less than there was; what is left is taken by the next.
  const rest = await jobs.claim({ limit: 40, leaseMs: 60_000 })
  t.equal(refs.length + rest.length, 40)
})

t.test('a lease that ran out is given to the next, which sees that it is not the first', async (t) => {
  await addJobs([-1])
  const [before] = await jobs.claim({ limit: 1, leaseMs: 60_000 })
  await sql`update job set lease_until = now() - interval '1 millisecond'`
  const [after] = await jobs.claim({ limit: 1, leaseMs: 60_000 })
  t.match(after, { id: before!.id, attempts: 1 })
  t.not(after!.lease, before!.lease)
})

t.test('a lease is renewed by its holder only', async (t) => {
  await addJobs([-1])
  const [first] = await jobs.claim({ limit: 1, leaseMs: 1 })
  t.equal(await jobs.renew(first!, 60_000), true)
  t.strictSame(await jobs.claim({ limit: 1, leaseMs: 1 }), [])
  await sql`update job set lease_until = now() - interval '1 millisecond'`
  const [second] = await jobs.claim({ limit: 1, leaseMs: 60_000 })
  t.equal(await jobs.renew(first!, 60_000), false)
  t.equal(await jobs.renew(second!, 60_000), true)
})

t.test('the next time is the first of due and end of lease', async (t) => {
  t.equal(await jobs.nextDue(), null)
  await addJobs([-5, 3600])
  const soon = Date.now() + 60_000
  t.ok((await jobs.nextDue())!.getTime() < Date.now(), 'overdue')
  await jobs.claim({ limit: 1, leaseMs: 30_000 })
  const lease = (await jobs.nextDue())!.getTime()
  t.ok(lease > Date.now() && lease < soon, 'when the lease ends')
  await sql`delete from job where lease is not null`
  t.ok((await jobs.nextDue())!.getTime() > soon, 'when the other is due')
})

t.test('what goes only to domains that are full is passed over, and not waited for', async (t) => {
  await addJobs([-9, -8, -7, -6, 3600], [['a'], ['a', 'b'], ['a', 'c'], [], ['c']])
  const except = ['a', 'b']
  const jobs1 = await jobs.claim({ limit: 10, leaseMs: 60_000, except })
  t.strictSame(jobs1.map(({ ref, domains }) => [ref, domains]).sort(), [
    [3, ['a', 'c']],
    [4, []],
  ])
  await sql`delete from job where lease is not null`
  t.ok((await jobs.nextDue({ except }))!.getTime() > Date.now() + 60_000)
  t.ok((await jobs.nextDue())!.getTime() < Date.now())
  const jobs2 = await jobs.claim({ limit: 1, leaseMs: 60_000 })
  t.strictSame(
    jobs2.map(({ ref }) => ref),
    [1],
    'it has kept its turn',
  )
})

t.test('ten thousand messages for a full domain do not keep a claim of another long', async (t) => {
  await sql`
    insert into job (job_id, due_at, account_id, kind, ref, domains)
    select n, now() - (20000 - n) * interval '1 second', ${accountId}, 'submission', n, '{slow.test}'
    from generate_series(1, 10000) as n`
  await sql`update job set domains = '{fast.test}' where job_id = 10000`
  const began = performance.now()
  const [job] = await jobs.claim({ limit: 4, leaseMs: 60_000, except: ['slow.test'] })
  const took = performance.now() - began
  t.comment(`${took.toFixed(1)} ms`)
  t.match(job, { ref: 10000 })
  t.ok(took < 500, 'a walk in memory, and no query for each')
})

t.test('listeners hear each job until they stop', async (t) => {
  const heard: string[] = []
  const one = () => heard.push('one')
  const stops = [jobs.onCreated(one), jobs.onCreated(one)]
  jobs.created()
  stops[0]!()
  jobs.created()
  stops[1]!()
  jobs.created()
  t.strictSame(heard, ['one', 'one', 'one'])
})
