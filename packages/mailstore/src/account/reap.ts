/**
 * What housekeeping takes away from one account (rules 10 and 11), under its lock: content of emails that were
 * expunged a retention time ago, tombstones beyond their time, uploads that nothing came to hold, bytes that nothing
 * names, records of what was sent. Forgetting tombstones raises the horizon, behind which no changes are calculated.
 */
import type { TransactionSql } from '../db/connect.js'
import { forgetDeliveries, RECEIVED_HOURS } from '../email/repeats.js'
import { markTypesDue } from '../push/due.js'
import { reapPushes } from '../push/subscriptions.js'
import { isShown } from '../submission/reader.js'
import { REPLY_DAYS } from '../vacation/reader.js'

export interface Retention {
  /** How long an expunged email can be brought back. */
  emailDays: number
  /** How long a client may be away and still resynchronise by changes; at least 30 (rule 10). */
  tombstoneDays: number
  /** How long uploaded bytes wait to be used (RFC 8620 §6.1: at least an hour). */
  blobDays: number
  /**
   * How long the record of a message that was sent, or canceled, is kept. RFC 8621 §7 lets a server destroy it at any
   * time; with it go the bytes that were sent, which an email may hold no more. A month is what mail logs are asked for.
   */
  submissionDays: number
}

export const DEFAULT_RETENTION: Retention = {
  emailDays: 7,
  tombstoneDays: 30,
  blobDays: 1,
  submissionDays: 30,
}

/** While the disk is full: what was deleted goes nearly at once. RFC 8620 §6.1 keeps uploads for an hour. */
export const FULL_RETENTION: Pick<Retention, 'emailDays' | 'blobDays'> = {
  emailDays: 1 / (24 * 60),
  blobDays: 1 / 24,
}

/** Seconds. */
const DAY = 24 * 60 * 60

/** Rows of one kind that one transaction deletes at most, so that writers of the account wait briefly. */
const BATCH = 1_000

export interface Reaped {
  emails: number
  tombstones: number
  blobs: number
  submissions: number
  /** True where a batch was full, so that there may be more. */
  hasMore: boolean
}

/** One batch. `sql` is a transaction that holds the account's lock. */
export async function reapBatch(sql: TransactionSql, accountId: number, keep: Retention): Promise<Reaped> {
  const emails = await sql`
    delete from email where (account_id, email_id) in (
      select account_id, email_id from email_state
      where account_id = ${accountId} and expunged_at < now() - make_interval(secs => ${keep.emailDays * DAY})
        and exists (select from email e where e.account_id = ${accountId} and e.email_id = email_state.email_id)
      limit ${BATCH})`
  const forgotten = await forgetTombstones(sql, accountId, keep.tombstoneDays)
  await sql`
    delete from upload
    where account_id = ${accountId} and uploaded_at < now() - make_interval(secs => ${keep.blobDays * DAY})`
  const submissions = await reapSubmissions(sql, accountId, keep.submissionDays)
  if (submissions > 0) await markTypesDue(sql, accountId, ['submission'])
  await sql`
    delete from vacation_reply
    where account_id = ${accountId} and replied_at <= now() - make_interval(days => ${REPLY_DAYS})`
  await reapPushes(sql, accountId)
  await sql`
    delete from received_message
    where account_id = ${accountId} and received_at < now() - make_interval(hours => ${RECEIVED_HOURS})`
  const hasMoreDeliveries = await forgetDeliveries(sql, accountId)
  const blobs = await sql`
    delete from blob where account_id = ${accountId} and blob_no in (
      select blob_no from blob b
      where b.account_id = ${accountId} and b.touched_at < now() - make_interval(secs => ${keep.blobDays * DAY})
        and not exists (select from email e where e.account_id = ${accountId} and e.digest = b.digest)
        and not exists (select from upload u where u.account_id = ${accountId} and u.digest = b.digest)
        and not exists (select from submission s where s.account_id = ${accountId} and s.digest = b.digest)
      limit ${BATCH})`
  return {
    emails: emails.count,
    tombstones: forgotten,
    blobs: blobs.count,
    submissions,
    hasMore: hasMoreDeliveries || Math.max(emails.count, blobs.count, forgotten, submissions) >= BATCH,
  }
}

/** Deletes what was sent long ago, which clients are told as "destroyed"; how many. */
async function reapSubmissions(sql: TransactionSql, accountId: number, days: number): Promise<number> {
  const [row] = await sql<{ reaped: number }[]>`
    with gone as (
      delete from submission where (account_id, submission_id) in (
        select account_id, submission_id from submission
        where account_id = ${accountId} and finished_at < now() - make_interval(days => ${days})
        order by finished_at limit ${BATCH})
      returning submission_id as id, created_modseq, ${isShown(sql)} as is_shown
    ), told as (
      insert into tombstone (account_id, kind, id, created_modseq, modseq)
      select a.account_id, 'submission', id, created_modseq, a.modseq + row_number() over (order by id)
      from gone join account a on a.account_id = ${accountId} where is_shown
      returning modseq
    ), raised as (
      update account set modseq = (select max(modseq) from told), mark_submission = (select max(modseq) from told)
      where account_id = ${accountId} and exists (select from told)
    )
    select count(*) as reaped from gone`
  return row!.reaped
}

/** Deletes tombstones beyond their time and raises the horizon to the last of them; how many. */
async function forgetTombstones(sql: TransactionSql, accountId: number, days: number): Promise<number> {
  const [row] = await sql<{ forgotten: number }[]>`
    with memberships as (
      delete from membership_tombstone where (account_id, mailbox_id, uid) in (
        select account_id, mailbox_id, uid from membership_tombstone
        where account_id = ${accountId} and expunged_at < now() - make_interval(days => ${days})
        order by modseq limit ${BATCH})
      returning modseq
    ), mailboxes as (
      delete from mailbox_tombstone
      where account_id = ${accountId} and destroyed_at < now() - make_interval(days => ${days})
      returning modseq
    ), emails as (
      delete from email_state s where account_id = ${accountId} and email_id in (
        select email_id from email_state e
        where account_id = ${accountId} and expunged_at < now() - make_interval(days => ${days})
          and not exists (select from email c where c.account_id = ${accountId} and c.email_id = e.email_id)
        order by modseq limit ${BATCH})
      returning modseq
    ), threads as (
      delete from thread t where account_id = ${accountId} and emails = 0
        and not exists (select from email_state s where s.account_id = ${accountId} and s.thread_id = t.thread_id)
      returning modseq
    ), others as (
      delete from tombstone
      where account_id = ${accountId} and destroyed_at < now() - make_interval(days => ${days})
      returning modseq
    ), gone as (
      select modseq from memberships union all select modseq from mailboxes
      union all select modseq from emails union all select modseq from threads union all select modseq from others
    ), raised as (
      update account set horizon_modseq = greatest(horizon_modseq, (select max(modseq) from gone))
      where account_id = ${accountId} and exists (select from gone)
    )
    select count(*) as forgotten from gone`
  return row!.forgotten
}
