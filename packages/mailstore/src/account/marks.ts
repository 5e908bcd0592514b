import type { Marks } from '../changes/types.js'
import type { Queryable } from '../db/connect.js'
import { MailstoreError } from '../errors.js'

/** The account's row: its lock, its counter, its marks. */
export interface AccountRow {
  modseq: number
  horizonModseq: number
  usedBytes: number
  quotaBytes: number | null
  lastUidValidity: number
  marks: Marks
  /** Whether there may be push subscriptions. */
  hasPush: boolean
}

interface Columns {
  modseq: number
  horizon_modseq: number
  used_bytes: number
  quota_bytes: number | null
  last_uid_validity: number
  mark_mailbox: number
  mark_mailbox_counts: number
  mark_email: number
  mark_thread: number
  mark_email_delivery: number
  mark_membership: number
  mark_submission: number
  mark_identity: number
  mark_vacation: number
  has_push: boolean
}

/**
 * Reads the account's row. `lock`: takes it FOR NO KEY UPDATE, alone in its statement, so that nothing is decided
 * from an older snapshot, and blob inserts with their foreign key pass (rule 1). Errors: accountNotFound.
 */
export async function accountRow(sql: Queryable, accountId: number, lock: boolean): Promise<AccountRow> {
  const [row] = await sql<Columns[]>`
    select modseq, horizon_modseq, used_bytes, quota_bytes, last_uid_validity, mark_mailbox, mark_mailbox_counts,
      mark_email, mark_thread, mark_email_delivery, mark_membership, mark_submission, mark_identity,
      mark_vacation, has_push
    from account where account_id = ${accountId} ${lock ? sql`for no key update` : sql``}`
  if (!row) throw new MailstoreError('accountNotFound', 'the account is gone')
  return {
    modseq: row.modseq,
    horizonModseq: row.horizon_modseq,
    usedBytes: row.used_bytes,
    quotaBytes: row.quota_bytes,
    lastUidValidity: row.last_uid_validity,
    marks: {
      mailbox: row.mark_mailbox_counts,
      mailboxProperties: row.mark_mailbox,
      email: row.mark_email,
      thread: row.mark_thread,
      emailDelivery: row.mark_email_delivery,
      membership: row.mark_membership,
      submission: row.mark_submission,
      identity: row.mark_identity,
      vacation: row.mark_vacation,
    },
    hasPush: row.has_push,
  }
}

/** Writes counter, marks and use back: the last statement of a transaction that changed something. */
export async function writeAccountRow(sql: Queryable, accountId: number, row: AccountRow): Promise<void> {
  const { marks } = row
  await sql`
    update account set modseq = ${row.modseq}, used_bytes = ${row.usedBytes},
      last_uid_validity = ${row.lastUidValidity}, mark_mailbox = ${marks.mailboxProperties},
      mark_mailbox_counts = ${marks.mailbox}, mark_email = ${marks.email}, mark_thread = ${marks.thread},
      mark_email_delivery = ${marks.emailDelivery}, mark_membership = ${marks.membership},
      mark_submission = ${marks.submission}, mark_identity = ${marks.identity}, mark_vacation = ${marks.vacation}
    where account_id = ${accountId}`
}
