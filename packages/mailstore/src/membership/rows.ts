import type { Ledger } from '../account/ledger.js'
import { booleans } from '../db/connect.js'
import { SEEN } from '../email/keywords.js'
import { MailstoreError } from '../errors.js'

/** A membership with what the counters need of its email. */
export interface MembershipRow {
  mailboxId: number
  uid: number
  emailId: number
  threadId: number
  deleted: boolean
  shown: boolean
  seen: boolean
  /** Octets. */
  size: number
  modseq: number
  createdModseq: number
}

interface Columns {
  mailbox_id: number
  uid: number
  email_id: number
  thread_id: number
  deleted: boolean
  shown: boolean
  flags: number
  size: number
  modseq: number
  created_modseq: number
}

/** Which memberships: of one mailbox (some UIDs, or the first so many), or of some emails in all mailboxes. */
export type Selection =
  | { mailboxId: number; uids: readonly number[] }
  | { mailboxId: number; first: number }
  | { emailIds: readonly number[] }

/** Those that are there, by mailbox and ascending UID. */
export async function selectMemberships(ledger: Ledger, which: Selection): Promise<MembershipRow[]> {
  const { sql, accountId } = ledger
  const where =
    'emailIds' in which
      ? sql`m.email_id = any(${which.emailIds as number[]}::bigint[])`
      : 'uids' in which
        ? sql`m.mailbox_id = ${which.mailboxId} and m.uid = any(${which.uids as number[]}::bigint[])`
        : sql`m.mailbox_id = ${which.mailboxId}`
  const rows = await sql<Columns[]>`
    select m.mailbox_id, m.uid, m.email_id, e.thread_id, m.deleted, m.shown, s.flags, e.size, m.modseq,
      m.created_modseq
    from membership m
    join email_state s using (account_id, email_id) join email e using (account_id, email_id)
    where m.account_id = ${accountId} and ${where}
    order by m.mailbox_id, m.uid ${'first' in which ? sql`limit ${which.first}` : sql``}`
  return rows.map((row) => ({
    mailboxId: row.mailbox_id,
    uid: row.uid,
    emailId: row.email_id,
    threadId: row.thread_id,
    deleted: row.deleted,
    shown: row.shown,
    seen: (row.flags & SEEN) !== 0,
    size: row.size,
    modseq: row.modseq,
    createdModseq: row.created_modseq,
  }))
}

/** Adds one membership to, or takes it from, IMAP's counters. */
export function count(
  ledger: Ledger,
  row: Omit<MembershipRow, 'shown' | 'modseq' | 'createdModseq'>,
  sign: 1 | -1,
): void {
  const delta = ledger.mailbox(row.mailboxId)
  delta.messages += sign
  delta.size += sign * row.size
  if (!row.seen) delta.unseen += sign
  if (row.deleted) delta.deleted += sign
}

/**
 * Gives out the next `count` UIDs of a mailbox: the first of them. Errors: mailboxNotFound. RFC 9051 §2.3.1.1:
 * strictly ascending; the counter is written at the end of the transaction, under the same lock.
 */
export async function takeUids(ledger: Ledger, mailboxId: number, count: number): Promise<number> {
  const known = ledger.mailboxes.get(mailboxId)?.uidNext
  const first = known ?? (await readUidNext(ledger, [mailboxId])).get(mailboxId)
  if (first === undefined) throw new MailstoreError('mailboxNotFound', 'the mailbox is gone')
  ledger.mailbox(mailboxId).uidNext = first + count
  return first
}

/** Errors: mailboxNotFound, also where it is being destroyed. */
export async function requireOpen(ledger: Ledger, mailboxId: number): Promise<void> {
  const there = await readUidNext(ledger, [mailboxId])
  if (there.size === 0) throw new MailstoreError('mailboxNotFound', 'the mailbox is gone')
}

/** UIDNEXT of those of the mailboxes that exist and take messages in, as the rows say. */
export async function readUidNext(
  { sql, accountId }: Ledger,
  mailboxIds: readonly number[],
): Promise<Map<number, number>> {
  const rows = await sql<{ mailbox_id: number; uid_next: number }[]>`
    select mailbox_id, c.uid_next from mailbox_counter c join mailbox m using (account_id, mailbox_id)
    where account_id = ${accountId} and mailbox_id = any(${mailboxIds as number[]}::bigint[]) and not m.closing`
  return new Map(rows.map((row) => [row.mailbox_id, row.uid_next]))
}

/**
 * Appends one membership for each source, in order, to the target mailbox; the UIDs given. Flags come along,
 * \Deleted included (RFC 9051 §6.4.7).
 */
export async function appendMemberships(
  ledger: Ledger,
  target: number,
  sources: readonly Pick<MembershipRow, 'emailId' | 'threadId' | 'deleted' | 'seen' | 'size'>[],
): Promise<number[]> {
  const { sql, accountId } = ledger
  const firstUid = await takeUids(ledger, target, sources.length)
  if (sources.length === 0) return []
  const firstModseq = ledger.nextModseq(sources.length)
  const uids = sources.map((_, i) => firstUid + i)
  await sql`
    insert into membership
      (account_id, mailbox_id, uid, email_id, modseq, created_modseq, received_at, deleted)
    select ${accountId}, ${target}, d.uid, d.email_id, d.modseq, d.modseq, e.received_at, d.deleted
    from unnest(
      ${uids}::bigint[], ${sources.map((s) => s.emailId)}::bigint[],
      ${sources.map((_, i) => firstModseq + i)}::bigint[], ${booleans(sources.map((s) => s.deleted))}::boolean[]
    ) as d (uid, email_id, modseq, deleted)
    join email e on e.account_id = ${accountId} and e.email_id = d.email_id`
  for (const [i, source] of sources.entries()) {
    count(ledger, { ...source, mailboxId: target, uid: uids[i]! }, 1)
    ledger.shownMayChange.add(source.emailId)
  }
  ledger.mailbox(target).highestModseq = firstModseq + sources.length - 1
  return uids
}

/** Removes memberships and writes their tombstones, each with a modseq of its own, in the order given. */
export async function removeMemberships(ledger: Ledger, rows: readonly MembershipRow[]): Promise<void> {
  if (rows.length === 0) return
  const { sql, accountId } = ledger
  const firstModseq = ledger.nextModseq(rows.length)
  await sql`
    with gone as (
      delete from membership m using unnest(
        ${rows.map((row) => row.mailboxId)}::bigint[], ${rows.map((row) => row.uid)}::bigint[],
        ${rows.map((row) => row.threadId)}::bigint[], ${rows.map((_, i) => firstModseq + i)}::bigint[]
      ) as d (mailbox_id, uid, thread_id, modseq)
      where m.account_id = ${accountId} and m.mailbox_id = d.mailbox_id and m.uid = d.uid
      returning m.account_id, m.mailbox_id, m.uid, m.email_id, d.thread_id, d.modseq, m.created_modseq, m.deleted,
        m.flipped_modseq
    )
    insert into membership_tombstone (account_id, mailbox_id, uid, email_id, thread_id, modseq, created_modseq,
      deleted, flipped_modseq)
    select * from gone`
  for (const [i, row] of rows.entries()) {
    count(ledger, row, -1)
    ledger.shownMayChange.add(row.emailId)
    ledger.mailbox(row.mailboxId).highestModseq = firstModseq + i
  }
}
