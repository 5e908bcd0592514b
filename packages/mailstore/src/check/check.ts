/**
 * Proves that an account's rows agree with each other, and mends what can be mended. An account is looked at in one
 * snapshot, so that a live server causes no false alarm; repairs run under its lock, a transaction for each check,
 * in the order of CHECKS: first the numbers, then where emails are, then what is counted from that.
 */
import { snapshot } from '../account/account.js'
import { createLedger } from '../account/ledger.js'
import { accountRow, writeAccountRow } from '../account/marks.js'
import { settle } from '../account/settle.js'
import type { WorkQueue } from '../account/work-queue.js'
import type { Announcer } from '../changes/announcer.js'
import type { Sql, TransactionSql } from '../db/connect.js'
import { reaching } from '../db/errors.js'
import type { IdAllocator } from '../db/id-allocator.js'
import { MailstoreError } from '../errors.js'
import { CONTENT } from './content.js'
import { COUNTERS } from './counters.js'
import { NUMBERS } from './numbers.js'
import { PLACES } from './places.js'
import { PUSH } from './push.js'
import { SENDING } from './sending.js'
import { SHARING } from './sharing.js'
import { THREADS } from './threads.js'
import { type Check, type CheckOptions, LIMIT, type Violation } from './types.js'

export const CHECKS: readonly Check[] = [
  ...NUMBERS,
  ...PLACES,
  ...THREADS,
  ...COUNTERS,
  ...CONTENT,
  ...SENDING,
  ...SHARING,
  ...PUSH,
]

/** What a repair needs. */
export interface RepairDeps {
  queue: WorkQueue
  ids: IdAllocator
  announcer: Announcer
}

/** Without `deps` nothing can be repaired. */
export async function* checkAccounts(
  sql: Sql,
  deps: RepairDeps | null,
  { accountId, deep = false, repair = false, onProgress }: CheckOptions = {},
): AsyncGenerator<Violation> {
  const accounts = accountId === undefined ? await accountIds(sql) : [accountId]
  const checks = CHECKS.filter((check) => deep || !check.deep)
  for (const [i, id] of accounts.entries()) {
    const found = await look(sql, id, checks)
    if (repair && deps && found.length > 0) yield* repairAll(sql, deps, id, checks, found)
    else yield* found
    onProgress?.({ checked: i + 1, accounts: accounts.length })
  }
}

async function accountIds(sql: Sql): Promise<number[]> {
  const rows = await reaching(
    () => sql<{ account_id: number }[]>`select account_id from account order by account_id`,
  )
  return rows.map((row) => row.account_id)
}

function look(sql: Sql, accountId: number, checks: readonly Check[]): Promise<Violation[]> {
  return snapshot(sql, async (tx) => {
    // In flight together; those that read with a cursor take turns.
    const shallow = checks.filter((check) => !check.deep).map((check) => violationsOf(tx, accountId, check))
    const found = (await Promise.all(shallow)).flat()
    for (const check of checks) if (check.deep) found.push(...(await violationsOf(tx, accountId, check)))
    return found
  })
}

async function violationsOf(sql: TransactionSql, accountId: number, check: Check): Promise<Violation[]> {
  const { name, rule } = check
  const findings = await check.find(sql, accountId)
  return findings.map(({ at, found, expected }) => ({
    accountId,
    rule,
    name,
    at,
    found,
    expected,
    repaired: null,
  }))
}

/** Repairs, looks again, and tells of each violation whether it is gone. */
async function* repairAll(
  sql: Sql,
  deps: RepairDeps,
  accountId: number,
  checks: readonly Check[],
  found: readonly Violation[],
): AsyncGenerator<Violation> {
  for (const check of checks) {
    // A full page may not have been all; each round mends what it found.
    for (let count = LIMIT, rounds = 0; count >= LIMIT && rounds < 1_000; rounds++) {
      count = await deps.queue.run(accountId, () => repairOnce(sql, deps, accountId, check))
    }
  }
  const key = ({ name, at }: Violation) => `${name} ${at}`
  const left = new Map((await look(sql, accountId, checks)).map((each) => [key(each), each]))
  for (const violation of found) {
    yield { ...violation, repaired: !left.has(key(violation)) }
    left.delete(key(violation))
  }
  for (const violation of left.values()) yield { ...violation, repaired: false }
}

/** How many were found under the lock. */
async function repairOnce(sql: Sql, deps: RepairDeps, accountId: number, check: Check): Promise<number> {
  const { repair } = check
  if (!repair) return 0
  try {
    const { count, before, after } = await reaching(() =>
      sql.begin(async (tx) => {
        const ledger = createLedger(accountId, tx, deps.ids, await accountRow(tx, accountId, true))
        const found = await check.find(tx, accountId)
        if (found.length === 0) return { count: 0, before: ledger.before, after: ledger.before }
        await repair(ledger, found as readonly never[])
        await settle(ledger, { countEmails: false })
        await writeAccountRow(tx, accountId, ledger.row)
        ledger.close()
        return { count: found.length, before: ledger.before, after: ledger.row.marks }
      }),
    )
    deps.announcer.announce(accountId, before, after)
    return count
  } catch (error) {
    if (error instanceof MailstoreError && error.code === 'accountNotFound') return 0
    throw error
  }
}
