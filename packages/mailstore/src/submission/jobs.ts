import type { Sql } from '../db/connect.js'
import { reaching } from '../db/errors.js'
import type { Job, Jobs } from './types.js'

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
  return {
    async claim({ limit, leaseMs }) {
      // An array and no IN: a subquery with a limit may be run again for each row that a join looks at.
      const rows = await reaching(
        () => sql<Job[]>`
        update job
        set lease = gen_random_uuid(), lease_until = now() + ${leaseMs} * interval '1 millisecond', attempts = attempts + 1
        where job_id = any (array(
          select job_id from job
          where due_at <= now() and (lease_until is null or lease_until <= now())
          order by due_at limit ${limit}
          for update skip locked))
        returning job_id as id, kind, account_id as "accountId", ref, attempts - 1 as attempts, lease`,
      )
      return [...rows]
    },

    async renew(job, leaseMs) {
      const { count } = await reaching(
        () => sql`
        update job set lease_until = now() + ${leaseMs} * interval '1 millisecond'
        where job_id = ${job.id} and lease = ${job.lease}`,
      )
      return count === 1
    },

    async nextDue() {
      // Leased jobs were due when they were leased, so both halves are short walks along job_due.
      const [row] = await reaching(
        () => sql<{ due: Date | null }[]>`
        select least(
          (select due_at from job where lease is null order by due_at limit 1),
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

    created() {
      for (const listener of listeners) listener()
    },
  }
}
