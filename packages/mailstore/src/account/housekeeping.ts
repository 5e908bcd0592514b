import type { Sql } from '../db/connect.js'
import { reaching } from '../db/errors.js'
import { MailstoreError } from '../errors.js'
import { fillPending } from '../search/fill.js'
import type { Logger } from '../types.js'
import { DEFAULT_RETENTION, type Reaped, type Retention, reapBatch } from './reap.js'
import type { WorkQueue } from './work-queue.js'

/** What every mailstore has to do now and then. */
export interface Housekeeping {
  /**
   * Destroys what was left half destroyed, and takes away what is kept no longer, account by account in short
   * transactions (rules 2, 10 and 11); the sum of it.
   * What goes wrong in one account is logged, and the next has its turn. Null where another process is at it.
   * `stopped`: asked between two transactions.
   */
  run(options?: {
    retention?: Partial<Retention>
    stopped?: () => boolean
  }): Promise<Omit<Reaped, 'hasMore'> | null>
}

/** Any constant: it keeps processes from reaping the same accounts at once. */
const LOCK = 7_463_103

/** Accounts fetched at a time. */
const PAGE = 1_000

/** The next step of a destroy, in a transaction of its own: MailboxTransactor.continueDestroy. */
type ContinueDestroy = (accountId: number, mailboxId: number) => Promise<boolean>

/** Does one thing in one account; its failure is that account's alone. */
type Alone = (accountId: number, work: () => Promise<void>) => Promise<void>

export function createHousekeeping(
  sql: Sql,
  queue: WorkQueue,
  continueDestroy: ContinueDestroy,
  reapGuard: () => Promise<void>,
  log: Logger,
): Housekeeping {
  return {
    run({ retention = {}, stopped = () => false } = {}) {
      const keep = { ...DEFAULT_RETENTION, ...retention }
      let isHeld = true
      // A transaction of its own that does nothing but hold the lock: with its connection, the lock is lost.
      const hold = () =>
        sql.begin(async (tx) => {
          const [row] = await tx<{ mine: boolean }[]>`select pg_try_advisory_xact_lock(${LOCK}) as mine`
          if (!row!.mine) return null
          const isOver = () => !isHeld || stopped()
          const alone: Alone = (accountId, work) =>
            work().catch(async (err: unknown) => {
              // Where the lock's connection is gone too, it is nothing of this account's.
              await tx`select`
              log.error({ err, accountId }, 'housekeeping of an account failed')
            })
          await reapGuard()
          await destroyClosed(sql, continueDestroy, alone, isOver)
          return reapAll(sql, queue, keep, alone, isOver)
        })
      return reaching(hold, 'manySteps').finally(() => {
        isHeld = false
      })
    },
  }
}

/** What a process began and did not live to finish; where one is still at it, both take steps. */
async function destroyClosed(
  sql: Sql,
  continueDestroy: ContinueDestroy,
  alone: Alone,
  stopped: () => boolean,
): Promise<void> {
  const closed = await sql<{ account_id: number; mailbox_id: number }[]>`
    select account_id, mailbox_id from mailbox where closing order by account_id, mailbox_id`
  for (const row of closed) {
    await alone(row.account_id, async () => {
      for (let isGone = false; !isGone && !stopped(); ) {
        isGone = await continueDestroy(row.account_id, row.mailbox_id).catch((error: unknown) => {
          // With its account, the mailbox is gone too.
          if (error instanceof MailstoreError && error.code === 'accountNotFound') return true
          throw error
        })
      }
    })
  }
}

async function reapAll(
  sql: Sql,
  queue: WorkQueue,
  keep: Retention,
  alone: Alone,
  stopped: () => boolean,
): Promise<Omit<Reaped, 'hasMore'>> {
  const sum = { emails: 0, tombstones: 0, blobs: 0, submissions: 0 }
  for (let last = 0; ; ) {
    const accounts = await sql<{ account_id: number }[]>`
      select account_id from account where account_id > ${last} order by account_id limit ${PAGE}`
    if (accounts.length === 0) return sum
    for (const { account_id: accountId } of accounts) {
      last = accountId
      await alone(accountId, async () => {
        for (let more = true; more && !stopped(); ) more = await fillPending(sql, accountId)
      })
      await alone(accountId, async () => {
        for (let more = true; more && !stopped(); ) {
          const reaped = await queue.run(accountId, () => reapOnce(sql, accountId, keep))
          for (const kind of Object.keys(sum) as (keyof typeof sum)[]) sum[kind] += reaped?.[kind] ?? 0
          more = reaped?.hasMore ?? false
        }
      })
      if (stopped()) return sum
    }
  }
}

/** Null where the account was deleted meanwhile. */
async function reapOnce(sql: Sql, accountId: number, keep: Retention): Promise<Reaped | null> {
  return sql.begin(async (tx) => {
    const [there] = await tx`select from account where account_id = ${accountId} for no key update`
    if (!there) return null
    return reapBatch(tx, accountId, keep)
  }) as Promise<Reaped | null>
}
