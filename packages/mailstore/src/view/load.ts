import type { Queryable } from '../db/connect.js'
import { keywordNames } from '../email/keywords.js'
import { MailstoreError } from '../errors.js'
import { FLAG, type MailboxView } from './types.js'
import { buildView, type ViewRow } from './version.js'

interface Head {
  uid_validity: number
  uid_next: number
  highest_modseq: number
  horizon_modseq: number
}

/** The one cheap check that a cached view is asked with (rule 9). Errors: mailboxNotFound. */
export async function viewHead(sql: Queryable, accountId: number, mailboxId: number): Promise<Head> {
  const [head] = await sql<Head[]>`
    select m.uid_validity, c.uid_next, c.highest_modseq, a.horizon_modseq
    from mailbox_counter c join mailbox m using (account_id, mailbox_id) join account a using (account_id)
    where c.account_id = ${accountId} and c.mailbox_id = ${mailboxId}`
  if (!head) throw new MailstoreError('mailboxNotFound', 'there is no such mailbox')
  return head
}

/** Whether the version still says what the head says. */
export function isCurrent(view: MailboxView, head: Head): boolean {
  return (
    view.highestModseq === head.highest_modseq &&
    view.uidNext === head.uid_next &&
    view.uidValidity === head.uid_validity
  )
}

/**
 * A version of the view as of this snapshot: from `last` by what changed since, or whole where there is none or
 * it is behind the horizon.
 */
export async function loadView(
  sql: Queryable,
  accountId: number,
  mailboxId: number,
  last: MailboxView | null,
): Promise<MailboxView> {
  const head = await viewHead(sql, accountId, mailboxId)
  if (last && isCurrent(last, head)) return last
  const base = last && last.highestModseq >= head.horizon_modseq ? last : null
  const since = base?.highestModseq ?? 0
  const [rows, gone, names] = await Promise.all([
    sql<Columns[]>`
      select m.uid, m.email_id, s.thread_id, m.modseq, m.deleted, s.flags, s.keywords, e.size,
        extract(epoch from m.received_at)::bigint as received_at, extract(epoch from m.saved_at)::bigint as saved_at
      from membership m join email_state s using (account_id, email_id) join email e using (account_id, email_id)
      where m.account_id = ${accountId} and m.mailbox_id = ${mailboxId} and m.modseq > ${since}
      order by m.uid`,
    base
      ? sql<{ uid: number }[]>`
          select uid from membership_tombstone
          where account_id = ${accountId} and mailbox_id = ${mailboxId} and modseq > ${since}`
      : [],
    keywordNames(sql, accountId),
  ])
  const changed = rows.map(
    (row): ViewRow => ({
      uid: row.uid,
      emailId: row.email_id,
      threadId: row.thread_id,
      modseq: row.modseq,
      flags: row.flags | (row.deleted ? FLAG.deleted : 0),
      size: row.size,
      receivedAt: row.received_at,
      savedAt: row.saved_at,
      keywords: row.keywords.map((id) => names.get(id)!.spelled),
    }),
  )
  return buildView(
    {
      mailboxId,
      uidValidity: head.uid_validity,
      uidNext: head.uid_next,
      highestModseq: head.highest_modseq,
    },
    base,
    changed,
    new Set(gone.map((row) => row.uid)),
  )
}

interface Columns {
  uid: number
  email_id: number
  thread_id: number
  modseq: number
  deleted: boolean
  flags: number
  keywords: number[]
  size: number
  received_at: number
  saved_at: number
}
