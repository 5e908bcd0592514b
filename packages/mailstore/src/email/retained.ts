/**
 * Emails that were expunged and are still kept (rule 11): which they are, and how they come back. An email that comes
 * back is a revival like any other (rule 5): it keeps its id, thread and keywords, and gets a membership with a new
 * UID; settle() does the rest.
 */
import type { EmailAddress, Summary } from '@tandem/mime'
import type { Ledger } from '../account/ledger.js'
import type { Queryable } from '../db/connect.js'
import { MailstoreError } from '../errors.js'
import { requireMailbox } from '../mailbox/lookup.js'
import { appendMemberships } from '../membership/rows.js'
import { threadKeys } from '../thread/match.js'
import { SEEN } from './keywords.js'
import type { RetainedEmail, RetainedPage, RetainedQuery, UndeletedEmail } from './types.js'

interface RetainedRow {
  email_id: number
  thread_id: number
  expunged_at: Date
  /** The same instant, whole: dates of JavaScript end at milliseconds. */
  expunged_micros: number
  received_at: Date
  size: number
  subject: string | null
  from: EmailAddress[] | null
  mailbox_ids: number[]
}

/** Those that are kept, the last expunged first. */
export async function listRetained(
  sql: Queryable,
  accountId: number,
  { limit, since, after }: RetainedQuery,
): Promise<RetainedPage> {
  const rows = await sql<RetainedRow[]>`
    select s.email_id, s.thread_id, s.expunged_at, (extract(epoch from s.expunged_at) * 1000000)::bigint as expunged_micros,
      e.received_at, e.size, e.summary->>'subject' as subject, e.summary->'from' as from,
      ${lastMailboxes(sql, accountId)} as mailbox_ids
    from email_state s join email e using (account_id, email_id)
    where s.account_id = ${accountId} and s.expunged_at is not null
      ${since ? sql`and s.expunged_at >= ${since}` : sql``}
      ${
        after
          ? sql`and (s.expunged_at, s.email_id) <
              (timestamptz 'epoch' + ${after.micros} * interval '1 microsecond', ${after.id})`
          : sql``
      }
    order by s.expunged_at desc, s.email_id desc limit ${limit + 1}`
  const page = rows.slice(0, limit)
  const last = page.at(-1)
  return {
    emails: page.map(toRetained),
    next: rows.length > page.length && last ? { micros: last.expunged_micros, id: last.email_id } : null,
  }
}

function toRetained(row: RetainedRow): RetainedEmail {
  return {
    id: row.email_id,
    threadId: row.thread_id,
    expungedAt: row.expunged_at,
    receivedAt: row.received_at,
    size: row.size,
    subject: row.subject,
    from: row.from,
    mailboxIds: row.mailbox_ids,
  }
}

/** Where the email `s` was last: its tombstones are of the transaction that expunged it, and so of the same instant. */
const lastMailboxes = (sql: Queryable, accountId: number) => sql`array(
  select distinct t.mailbox_id from membership_tombstone t
  where t.account_id = ${accountId} and t.email_id = s.email_id and t.expunged_at = s.expunged_at
  order by t.mailbox_id)`

interface ExpungedRow {
  email_id: number
  thread_id: number
  flags: number
  size: number
  summary: Summary
  mailbox_ids: number[]
}

/** As EmailTransactor.undelete says. */
export async function undelete(
  ledger: Ledger,
  ids: readonly number[],
  mailboxId?: number,
): Promise<UndeletedEmail[]> {
  const { sql, accountId, row } = ledger
  if (mailboxId !== undefined) await requireMailbox(ledger, mailboxId)
  const emails = await sql<ExpungedRow[]>`
    select s.email_id, s.thread_id, s.flags, e.size, e.summary, ${lastMailboxes(sql, accountId)} as mailbox_ids
    from email_state s join email e using (account_id, email_id)
    where s.account_id = ${accountId} and s.email_id = any(${ids as number[]}::bigint[]) and s.expunged_at is not null
    order by e.received_at, s.email_id`
  if (emails.length === 0) return []
  const size = emails.reduce((sum, email) => sum + email.size, 0)
  if (row.quotaBytes !== null && row.usedBytes + size > row.quotaBytes) {
    throw new MailstoreError('overQuota', 'the account has no room for this')
  }
  const targets = mailboxId === undefined ? await formerMailboxes(ledger, emails) : null
  const into = (email: ExpungedRow) => targets?.get(email.email_id) ?? [mailboxId!]
  await sql`
    update email_state set expunged_at = null
    where account_id = ${accountId} and email_id = any(${emails.map((email) => email.email_id)}::bigint[])`
  row.usedBytes += size
  const undeleted = emails.map((email) => ({ id: email.email_id, uids: new Map<number, number>() }))
  for (const target of [...new Set(emails.flatMap(into))].sort((a, b) => a - b)) {
    const places = emails.flatMap((email, i) => (into(email).includes(target) ? [i] : []))
    const sources = places.map((i) => toSource(emails[i]!))
    const uids = await appendMemberships(ledger, target, sources)
    for (const [n, i] of places.entries()) undeleted[i]!.uids.set(target, uids[n]!)
  }
  await joinThreadsAgain(ledger, emails)
  return undeleted
}

const toSource = (email: ExpungedRow) => ({
  emailId: email.email_id,
  threadId: email.thread_id,
  deleted: false,
  seen: (email.flags & SEEN) !== 0,
  size: email.size,
})

/** Those of the mailboxes each was last in that are there; INBOX where none is. */
async function formerMailboxes(
  { sql, accountId }: Ledger,
  emails: readonly ExpungedRow[],
): Promise<Map<number, number[]>> {
  const rows = await sql<{ mailbox_id: number; role: string | null }[]>`
    select mailbox_id, role from mailbox where account_id = ${accountId} and not closing`
  const there = new Set(rows.map((row) => row.mailbox_id))
  const inbox = rows.find((row) => row.role === 'inbox')!.mailbox_id
  return new Map(
    emails.map((email) => {
      const former = email.mailbox_ids.filter((id) => there.has(id))
      return [email.email_id, former.length > 0 ? former : [inbox]]
    }),
  )
}

/** Emails that come later may join its thread once more (rule 7); the search rows hang on the bytes, and never went. */
async function joinThreadsAgain({ sql, accountId }: Ledger, emails: readonly ExpungedRow[]): Promise<void> {
  const keys = emails.flatMap((email) => threadKeys(email.summary).map((key) => ({ key, email })))
  await sql`
    insert into thread_key (account_id, key, email_id, thread_id)
    select ${accountId}, decode(d.key, 'hex'), d.email_id, d.thread_id
    from unnest(
      ${keys.map(({ key }) => key)}::text[], ${keys.map(({ email }) => email.email_id)}::bigint[],
      ${keys.map(({ email }) => email.thread_id)}::bigint[]
    ) as d (key, email_id, thread_id)`
}
