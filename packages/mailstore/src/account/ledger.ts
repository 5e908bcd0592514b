import type { Marks } from '../changes/types.js'
import type { TransactionSql } from '../db/connect.js'
import type { IdAllocator } from '../db/id-allocator.js'
import type { AccountRow } from './marks.js'

/** Rule 2: messages that one transaction of a long command takes; between two, other writers have their turn. */
export const CHUNK = 1_000

/** What a transaction adds to one mailbox's counters; written once, by settle. */
export interface MailboxDelta {
  messages: number
  unseen: number
  deleted: number
  size: number
  /** The highest membership modseq given in it, 0 for none. */
  highestModseq: number
  /** Set once UIDs were given out. */
  uidNext: number | null
  totalEmails: number
  unreadEmails: number
  totalThreads: number
  unreadThreads: number
}

/** An email whose set of shown mailboxes, or whose being unread, this transaction changed. */
export interface EmailChange {
  emailId: number
  threadId: number
  wasVisible: boolean
  isVisible: boolean
}

/**
 * One write transaction's running account: what it touched, so that settle() can bring shown memberships,
 * emails, threads, counters and marks in line, once, whatever the commands were.
 */
export interface Ledger {
  readonly accountId: number
  /** Throws once the transaction is over. */
  readonly sql: TransactionSql
  readonly ids: IdAllocator
  readonly before: Marks
  /** The counter before anything was given out. */
  readonly modseqBefore: number
  /** As it will be written; modseq is the last one given out. */
  readonly row: AccountRow
  /** Gives `count` modseqs, the first of which is returned (rule 4: each changed row its own). */
  nextModseq(count?: number): number
  /** Raises a mark. */
  touch(mark: keyof Marks, modseq: number): void
  mailbox(id: number): MailboxDelta
  readonly mailboxes: ReadonlyMap<number, MailboxDelta>
  /** Emails that lost or won a live membership. */
  readonly shownMayChange: Set<number>
  readonly keywordsChanged: Set<number>
  /** Of those, the ones whose $seen or $draft changed: their threads' counters may. */
  readonly unreadChanged: Set<number>
  readonly created: EmailChange[]
  /** The Trash before this transaction, once its role moved; undefined while it didn't. */
  trashBefore: number | null | undefined
  readonly effects: ((after: Marks) => void)[]
  /** Set by settle: whether a push subscription became due. */
  pushesDue: boolean
  close(): void
}

export function createLedger(
  accountId: number,
  sql: TransactionSql,
  ids: IdAllocator,
  row: AccountRow,
): Ledger {
  let open = true
  const before = { ...row.marks }
  const mailboxes = new Map<number, MailboxDelta>()
  return {
    accountId,
    ids,
    before,
    modseqBefore: row.modseq,
    row,
    get sql() {
      if (!open) throw new Error('the transaction is over')
      return sql
    },
    nextModseq(count = 1) {
      const first = row.modseq + 1
      row.modseq += count
      return first
    },
    touch(mark, modseq) {
      if (row.marks[mark] < modseq) row.marks[mark] = modseq
    },
    mailbox(id) {
      let delta = mailboxes.get(id)
      if (!delta) {
        delta = {
          messages: 0,
          unseen: 0,
          deleted: 0,
          size: 0,
          highestModseq: 0,
          uidNext: null,
          totalEmails: 0,
          unreadEmails: 0,
          totalThreads: 0,
          unreadThreads: 0,
        }
        mailboxes.set(id, delta)
      }
      return delta
    },
    mailboxes,
    shownMayChange: new Set(),
    keywordsChanged: new Set(),
    unreadChanged: new Set(),
    created: [],
    trashBefore: undefined,
    effects: [],
    pushesDue: false,
    close() {
      open = false
    },
  }
}
