// What waits to be sent, of all accounts, as an administrator sees it: envelopes and reasons, no message.
import type { Account } from '../account/types.js'
import type { Sql } from '../db/connect.js'
import { reaching } from '../db/errors.js'
import type { Job, Queue, QueueEntry } from './types.js'

export interface QueueDeps {
  sql: Sql
  account(id: number): Account
}

/** Jobs looked at together. */
const PAGE = 500
/** A message that is removed is settled at once; a process that dies meanwhile leaves it waiting. */
const REMOVAL_LEASE = '1 minute'

interface JobRow {
  jobId: number
  accountId: number
  ref: number
  dueAt: Date | null
  isRunning: boolean
  crashes: number
}

export function createQueue({ sql, account }: QueueDeps): Queue {
  /** Jobs of submissions, by id; `due_at` is null where it is set aside. */
  function jobs(after: number, submissionId: number | null): Promise<JobRow[]> {
    return reaching(
      () => sql<JobRow[]>`
      select job_id as "jobId", account_id as "accountId", ref, crashes, coalesce(lease_until > now(), false) as "isRunning",
        case when due_at < 'infinity' then due_at end as "dueAt"
      from job
      where kind = 'submission' and job_id > ${after} and (${submissionId}::bigint is null or ref = ${submissionId})
      order by job_id limit ${PAGE}`,
    )
  }

  /** One query for each account that has jobs among these. */
  async function* entries(rows: readonly JobRow[]): AsyncGenerator<QueueEntry & { jobId: number }> {
    for (const accountId of new Set(rows.map((row) => row.accountId))) {
      const mine = rows.filter((row) => row.accountId === accountId)
      const details = await reaching(
        () => sql<
          (Pick<QueueEntry, 'mailFrom' | 'size' | 'createdAt' | 'sendAt' | 'waiting'> & { id: number })[]
        >`
        select submission_id as id, mail_from as "mailFrom", size, created_at as "createdAt", send_at as "sendAt",
          (select coalesce(jsonb_agg(jsonb_build_object('address', address, 'attempts', attempts, 'reply', reply)
              order by address collate "C"), '[]')
            from submission_recipient r
            where r.account_id = s.account_id and r.submission_id = s.submission_id and state = 'queued') as waiting
        from submission s join blob using (account_id, digest)
        where s.account_id = ${accountId} and submission_id = any (${mine.map((row) => row.ref)}::bigint[])`,
      )
      const byId = new Map(details.map((detail) => [detail.id, detail]))
      for (const { jobId, ref, dueAt, isRunning, crashes } of mine) {
        const detail = byId.get(ref)
        // Settled since the jobs were read.
        if (detail) yield { ...detail, jobId, accountId, nextAttemptAt: dueAt, isRunning, crashes }
      }
    }
  }

  async function* list(submissionId: number | null): AsyncGenerator<QueueEntry & { jobId: number }> {
    for (let last = 0; ; ) {
      const rows = await jobs(last, submissionId)
      yield* entries(rows)
      if (rows.length < PAGE) return
      last = rows.at(-1)!.jobId
    }
  }

  async function find(id: number): Promise<(QueueEntry & { jobId: number }) | null> {
    for await (const entry of list(id)) return entry
    return null
  }

  return {
    list: () => list(null),
    get: find,

    async retry(id) {
      const due: number[] = []
      // What is held until a time that its sender chose stays held (RFC 4865 §4.2).
      for await (const entry of list(id)) {
        if (!entry.isRunning && entry.sendAt.getTime() <= Date.now()) due.push(entry.jobId)
      }
      const { count } = await reaching(
        () => sql`
        update job set due_at = now(), crashes = 0, lease = null, lease_until = null
        where job_id = any (${due}::bigint[]) and coalesce(lease_until <= now(), true)`,
      )
      return count
    },

    async remove(id, reply) {
      const entry = await find(id)
      if (!entry) return 'missing'
      // As the outbox does it: whoever has the lease, and nobody else, says what became of it.
      const [job] = await reaching(
        () => sql<Job[]>`
        update job set lease = gen_random_uuid(), lease_until = now() + ${REMOVAL_LEASE}::interval
        where job_id = ${entry.jobId} and coalesce(lease_until <= now(), true)
        returning job_id as id, kind, account_id as "accountId", ref, attempts, crashes, lease, domains`,
      )
      if (!job) return 'running'
      const outcomes = entry.waiting.map(({ address }) => ({ address, state: 'failed' as const, reply }))
      const isHeld = await account(job.accountId).transact((tx) =>
        tx.submission.record(job, outcomes, new Date()),
      )
      return isHeld ? 'removed' : 'running'
    },
  }
}
