import type { Ledger } from '../account/ledger.js'
import type { TransactionSql } from '../db/connect.js'

/** A row that contradicts another. */
export interface Violation {
  accountId: number
  /** The rule of docs/consistency.md that is broken, 1 to 11. */
  rule: number
  /** What ought to hold, in a few words: the name of the check. */
  name: string
  /** Which row: `mailbox 12 uid 3`, by the numbers that the database has. */
  at: string
  found: string
  expected: string
  /** Null where nothing was to be repaired; false where it could not be, without telling clients what is not so. */
  repaired: boolean | null
}

export interface CheckOptions {
  /** One account; all of them where it is left out. */
  accountId?: number
  /** Reads and hashes all bytes, and parses the thread keys out of every summary again. */
  deep?: boolean
  /** Mends what can be mended; otherwise nothing is written. */
  repair?: boolean
  /** After each account. */
  onProgress?(progress: { checked: number; accounts: number }): void
}

/** What a check found; all of it is text made by the query. */
export interface Finding {
  at: string
  found: string
  expected: string
}

/** A finding with the ids that its repair needs. */
export type Found<Ids = object> = Finding & Ids

/**
 * One thing that ought to hold. `find` gives at most LIMIT rows that contradict it, within one snapshot; `repair`
 * mends those, under the account's lock, and `settle` follows. Null where no repair would be honest.
 */
export interface Check {
  name: string
  rule: number
  deep?: true
  find(sql: TransactionSql, accountId: number): Promise<readonly Finding[]>
  repair: ((ledger: Ledger, found: readonly never[]) => Promise<void>) | null
}

/** Lets a check say what its own findings carry, and keeps `find` and `repair` in agreement. */
export function check<F extends Finding>(of: {
  name: string
  rule: number
  deep?: true
  find(sql: TransactionSql, accountId: number): Promise<readonly F[]>
  repair: ((ledger: Ledger, found: readonly F[]) => Promise<void>) | null
}): Check {
  return of as unknown as Check
}

/** Findings of one check that are held at a time. */
export const LIMIT = 1_000
