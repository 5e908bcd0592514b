import type { Sql } from '../db/connect.js'
import { reaching } from '../db/errors.js'
import type { Job, Jobs } from './types.js'

/** A job whose attempts broke down so often, one after the other, is set aside: due at infinity. */
const MAX_CRASHES = 5

export interface JobsDeps {
  sql: Sql
}

/** Due work, and the bell that transactors ring after a commit. */
export interface JobsWithBell extends Jobs {
  /** Tells this process's listeners that a job was made or moved. */
  created(): void
}

/**
 * A lease is a committed UPDATE: nothing stays locked while the work is done, and work whose process died is
 * taken up when its lease ends. All times are the database's, so that processes need not agree on a clock.
 */
export function createJobs({ sql }: JobsDeps): JobsWithBell {
  const listeners = new Set<() => void>()
  const created = () => {
    for (const listener of listeners) listener()
  }
  return {
    async claim({ limit, leaseMs, except = [] }) {
      // Of the row as it was: a lease that is still there ended by itself.
      const crashes = sql`crashes + (lease is not null)::integer`
      // An array and no IN: a subquery with a limit may be run again for each row that a join looks at.
      const rows = await reaching(
        () => sql<(Omit<Job, 'lease'> & { lease: string | null })[]>`
        update job
        set attempts = attempts + 1, crashes = ${crashes},
          due_at = case when ${crashes} < ${MAX_CRASHES} then due_at else 'infinity' end,
          lease = case when ${crashes} < ${MAX_CRASHES} then gen_random_uuid() end,
          lease_until = now() + ${leaseMs} * interval '1 millisecond'
        where job_id = any (array(
          select job_id from job
          where due_at <= now() and (lease_until is null or lease_until <= now()) and ${notOnlyFor(sql, except)}
          order by due_at limit ${limit}
          for update skip locked))
        returning job_id as id, kind, account_id as "accountId", ref, attempts - 1 as attempts, crashes, lease, domains`,
      )
      return rows.flatMap((row) => (row.lease === null ? [] : [{ ...row, lease: row.lease }]))
    },

    async renew(job, leaseMs) {
      const { count } = await reaching(
        () => sql`
        update job set lease_until = now() + ${leaseMs} * interval '1 millisecond'
        where job_id = ${job.id} and lease = ${job.lease}`,
      )
      return count === 1
    },

    async brokeDown(job, retryAt) {
      await reaching(
        () => sql`
        update job
        set crashes = crashes + 1, lease = null, lease_until = null,
          due_at = case when crashes + 1 < ${MAX_CRASHES} then ${retryAt}::timestamptz else 'infinity' end
        where job_id = ${job.id} and lease = ${job.lease}`,
      )
      created()
    },

    async nextDue({ except = [] } = {}) {
      // Leased jobs were due when they were leased, so both halves are short walks along job_due.
      const [row] = await reaching(
        () => sql<{ due: Date | null }[]>`
        select least(
          (select due_at from job
            where lease is null and due_at < 'infinity' and ${notOnlyFor(sql, except)} order by due_at limit 1),
          (select min(lease_until) from job where lease is not null and due_at <= now())) as due`,
      )
      return row!.due
    },

    onCreated(listener) {
      // Wrapped, so that one function given twice counts twice.
      const entry = () => listener()
      listeners.add(entry)
      return () => listeners.delete(entry)
    },

    created,
  }
}

/** Of rows of `job`: not all that it has to go to is among these domains. Where nobody knows, it is taken. */
function notOnlyFor(sql: Sql, domains: readonly string[]) {
  return sql`(domains = '{}' or not domains <@ ${domains as string[]}::text[])`
}
