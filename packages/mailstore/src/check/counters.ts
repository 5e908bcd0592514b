// What is kept incrementally, counted afresh.
import type { Ledger } from '../account/ledger.js'
import { unread } from './threads.js'
import { type Check, check, type Found, LIMIT } from './types.js'

/** The counter is written as counted; its new counts_modseq makes JMAP clients ask for the mailbox again. */
async function writeCounters(
  ledger: Ledger,
  found: readonly Found<{ mailbox_id: number; counted: Record<string, number> }>[],
): Promise<void> {
  const { sql, accountId } = ledger
  for (const { mailbox_id, counted } of found) {
    const modseq = ledger.nextModseq()
    ledger.touch('mailbox', modseq)
    await sql`
      update mailbox_counter set ${sql(counted)}, counts_modseq = ${modseq}
      where account_id = ${accountId} and mailbox_id = ${mailbox_id}`
  }
}

export const COUNTERS: readonly Check[] = [
  check<Found<{ mailbox_id: number; counted: Record<string, number> }>>({
    name: 'IMAP counters count memberships',
    rule: 2,
    find: (sql, accountId) => sql`
      with n as (
        select m.mailbox_id, count(*) as messages, count(*) filter (where s.flags & 1 = 0) as unseen,
          count(*) filter (where m.deleted) as deleted, sum(e.size)::bigint as size
        from membership m join email_state s using (account_id, email_id) join email e using (account_id, email_id)
        where m.account_id = ${accountId} group by m.mailbox_id
      ), judged as (
        select mailbox_id,
          jsonb_build_object('messages', c.messages, 'unseen', c.unseen, 'deleted', c.deleted, 'size', c.size) as kept,
          jsonb_build_object('messages', coalesce(n.messages, 0), 'unseen', coalesce(n.unseen, 0),
            'deleted', coalesce(n.deleted, 0), 'size', coalesce(n.size, 0)) as counted
        from mailbox_counter c left join n using (mailbox_id) where c.account_id = ${accountId})
      select 'mailbox ' || mailbox_id as at, kept::text as found, counted::text as expected, mailbox_id, counted
      from judged where kept <> counted limit ${LIMIT}`,
    repair: writeCounters,
  }),
  check<Found<{ mailbox_id: number; counted: Record<string, number> }>>({
    name: 'JMAP counters count visible emails, with the Trash rule',
    rule: 2,
    // RFC 8621 §2, unreadThreads: an unread email in the Trash alone counts there, and nowhere else.
    find: (sql, accountId) => sql`
      with trash as (
        select (select mailbox_id from mailbox where account_id = ${accountId} and role = 'trash') as id
      ), shown as (
        select s.thread_id, mailbox_id, ${unread(sql)} as is_unread
        from email_state s cross join unnest(s.mailbox_ids) mailbox_id where s.account_id = ${accountId}
      ), threads as (
        select s.thread_id, bool_or(${unread(sql)} and s.mailbox_ids <> array[t.id]) as elsewhere,
          bool_or(${unread(sql)} and t.id = any(s.mailbox_ids)) as in_trash
        from email_state s cross join trash t where s.account_id = ${accountId} and s.mailbox_ids <> '{}'
        group by s.thread_id
      ), n as (
        select v.mailbox_id, count(*) as emails, count(*) filter (where v.is_unread) as unread,
          count(distinct v.thread_id) as threads,
          count(distinct v.thread_id) filter (where
            case when v.mailbox_id = t.id then h.in_trash else h.elsewhere end) as unread_threads
        from shown v join threads h using (thread_id) cross join trash t group by v.mailbox_id
      ), judged as (
        select mailbox_id,
          jsonb_build_object('total_emails', c.total_emails, 'unread_emails', c.unread_emails,
            'total_threads', c.total_threads, 'unread_threads', c.unread_threads) as kept,
          jsonb_build_object('total_emails', coalesce(n.emails, 0), 'unread_emails', coalesce(n.unread, 0),
            'total_threads', coalesce(n.threads, 0), 'unread_threads', coalesce(n.unread_threads, 0)) as counted
        from mailbox_counter c left join n using (mailbox_id) where c.account_id = ${accountId})
      select 'mailbox ' || mailbox_id as at, kept::text as found, counted::text as expected, mailbox_id, counted
      from judged where kept <> counted limit ${LIMIT}`,
    repair: writeCounters,
  }),
  check<Found<{ counted: number }>>({
    name: 'the quota counts each email that is somewhere once',
    rule: 11,
    find: (sql, accountId) => sql`
      select 'account' as at, a.used_bytes::text as found, n.size::text as expected, n.size as counted
      from account a cross join lateral (
        select coalesce(sum(e.size), 0)::bigint as size from email e where e.account_id = ${accountId}
          and exists (select from membership m where m.account_id = ${accountId} and m.email_id = e.email_id)) n
      where a.account_id = ${accountId} and a.used_bytes <> n.size`,
    async repair({ row }, [found]) {
      row.usedBytes = found!.counted
    },
  }),
]
