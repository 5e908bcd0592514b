import type { ReadingRoom } from '@tandem/mime'
import type { Sql, TransactionSql } from '../db/connect.js'
import { reaching } from '../db/errors.js'
import { MailstoreError } from '../errors.js'
import { readingOf } from '../reading/reading.js'
import { fillPending } from '../search/fill.js'
import { rekeyBatch } from '../thread/rekey.js'
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
    /** Also lets Postgres use the room anew that was left. */
    vacuum?: boolean
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
  room: ReadingRoom,
  reapGuard: () => Promise<void>,
  log: Logger,
): Housekeeping {
  return {
    run({ retention = {}, stopped = () => false, vacuum = false } = {}) {
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
          await rekeyAll(sql, queue, alone, isOver)
          const reaped = await reapAll({ sql, queue, room }, keep, alone, isOver)
          if (vacuum && !isOver()) await sql`vacuum (skip_locked) blob_chunk, blob, email, search, membership`
          return reaped
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

/** What an upgrade left to do. */
async function rekeyAll(sql: Sql, queue: WorkQueue, alone: Alone, stopped: () => boolean): Promise<void> {
  const pending = await sql<{ account_id: number }[]>`
    select account_id from thread_key_pending order by account_id`
  for (const { account_id: accountId } of pending) {
    await alone(accountId, async () => {
      for (let more = true; more && !stopped(); ) {
        more = (await queue.run(accountId, () => locked(sql, accountId, rekeyBatch))) ?? false
      }
    })
  }
}

async function reapAll(
  { sql, queue, room }: { sql: Sql; queue: WorkQueue; room: ReadingRoom },
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
        for (let more = true; more && !stopped(); )
          more = await fillPending(sql, accountId, readingOf(room, accountId))
      })
      await alone(accountId, async () => {
        for (let more = true; more && !stopped(); ) {
          const reaped = await queue.run(accountId, () =>
            locked(sql, accountId, (tx) => reapBatch(tx, accountId, keep)),
          )
          for (const kind of Object.keys(sum) as (keyof typeof sum)[]) sum[kind] += reaped?.[kind] ?? 0
          more = reaped?.hasMore ?? false
        }
      })
      if (stopped()) return sum
    }
  }
}

/** Null where the account was deleted meanwhile. */
async function locked<T>(
  sql: Sql,
  accountId: number,
  work: (tx: TransactionSql, accountId: number) => Promise<T>,
): Promise<T | null> {
  return sql.begin(async (tx) => {
    const [there] = await tx`select from account where account_id = ${accountId} for no key update`
    return there ? work(tx, accountId) : null
  }) as Promise<T | null>
}
