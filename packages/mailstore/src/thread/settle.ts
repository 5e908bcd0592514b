import type { EmailChange, Ledger } from '../account/ledger.js'
import type { Queryable } from '../db/connect.js'

interface ThreadRow {
  thread_id: number
  /** The account's Trash; the same in every row. */
  trash: number | null
  emails: number | null
  unread_elsewhere: number | null
  unread_in_trash: number | null
  now_emails: number
  now_unread_elsewhere: number
  now_unread_in_trash: number
}

interface ThreadMailboxRow {
  thread_id: number
  mailbox_id: number
  emails: number
  unread: number
  now_emails: number
  now_unread: number
}

/**
 * Recounts the threads that a transaction touched, and adds the difference to the mailboxes' JMAP counters. Costs
 * the emails of those threads, whatever the mailbox holds.
 */
export async function settleThreads(ledger: Ledger, changes: readonly EmailChange[]): Promise<void> {
  const threads = await touchedThreads(ledger, changes)
  if (threads.length === 0) return
  const { sql, accountId } = ledger
  const [threadRows, mailboxRows] = await Promise.all([
    sql<ThreadRow[]>`
      select id as thread_id, trash.trash_id as trash, t.emails, t.unread_elsewhere, t.unread_in_trash, n.*
      from unnest(${threads}::bigint[]) id
      cross join (
        select (select mailbox_id from mailbox where account_id = ${accountId} and role = 'trash') as trash_id) trash
      left join thread t on t.account_id = ${accountId} and t.thread_id = id
      cross join lateral (
        select count(*) as now_emails,
          count(*) filter (where ${isUnread(sql)} and s.mailbox_ids <> array[trash.trash_id]) as now_unread_elsewhere,
          count(*) filter (where ${isUnread(sql)} and trash.trash_id = any(s.mailbox_ids)) as now_unread_in_trash
        from email_state s
        where s.account_id = ${accountId} and s.thread_id = id and s.mailbox_ids <> '{}') n`,
    sql<ThreadMailboxRow[]>`
      with now_is as (
        select s.thread_id, mailbox_id, count(*) as emails, count(*) filter (where ${isUnread(sql)}) as unread,
          max(e.received_at) as latest_received_at,
          (array_agg(s.email_id order by e.received_at desc, s.email_id desc))[1] as latest_email_id
        from email_state s join email e using (account_id, email_id) cross join unnest(s.mailbox_ids) mailbox_id
        where s.account_id = ${accountId} and s.thread_id = any(${threads}::bigint[])
        group by s.thread_id, mailbox_id
      ), was as (
        select * from thread_mailbox
        where account_id = ${accountId} and thread_id = any(${threads}::bigint[])
      ), both_are as materialized (
        select thread_id, mailbox_id, coalesce(was.emails, 0) as emails, coalesce(was.unread, 0) as unread,
          coalesce(n.emails, 0) as now_emails, coalesce(n.unread, 0) as now_unread
        from was full join now_is n using (thread_id, mailbox_id)
      ), gone as (
        delete from thread_mailbox t using both_are b
        where b.now_emails = 0 and t.account_id = ${accountId}
          and t.thread_id = b.thread_id and t.mailbox_id = b.mailbox_id
      ), written as (
        insert into thread_mailbox as t
          (account_id, thread_id, mailbox_id, emails, unread, latest_received_at, latest_email_id)
        select ${accountId}, thread_id, mailbox_id, emails, unread, latest_received_at, latest_email_id from now_is
        on conflict (account_id, thread_id, mailbox_id) do update set emails = excluded.emails,
          unread = excluded.unread, latest_received_at = excluded.latest_received_at,
          latest_email_id = excluded.latest_email_id
        where (t.emails, t.unread, t.latest_email_id, t.latest_received_at) is distinct from
          (excluded.emails, excluded.unread, excluded.latest_email_id, excluded.latest_received_at)
      )
      select * from both_are`,
  ])
  const { trash } = threadRows[0]!
  const trashBefore = ledger.trashBefore === undefined ? trash : ledger.trashBefore
  countMailboxes(ledger, threadRows, mailboxRows, trashBefore, trash)
  await writeThreads(ledger, threadRows, changes)
}

/** RFC 8621 §2, unreadEmails: neither $seen (flag 1) nor $draft (flag 8). */
const isUnread = (sql: Queryable) => sql`s.flags & 9 = 0`

/** The threads of the changed emails; every thread where the Trash moved. */
async function touchedThreads(ledger: Ledger, changes: readonly EmailChange[]): Promise<number[]> {
  const { sql, accountId } = ledger
  if (ledger.trashBefore !== undefined) {
    const rows = await sql<{ thread_id: number }[]>`
      select thread_id from thread where account_id = ${accountId}
      union select unnest(${changes.map((c) => c.threadId)}::bigint[])`
    return rows.map((row) => row.thread_id)
  }
  return [...new Set(changes.map((change) => change.threadId))]
}

/** RFC 8621 §2: a thread is unread in a mailbox by its emails elsewhere too, but the Trash is a world of its own. */
function countMailboxes(
  ledger: Ledger,
  threads: readonly ThreadRow[],
  rows: readonly ThreadMailboxRow[],
  trashBefore: number | null,
  trash: number | null,
): void {
  const byId = new Map(threads.map((thread) => [thread.thread_id, thread]))
  for (const row of rows) {
    const thread = byId.get(row.thread_id)!
    const was = row.mailbox_id === trashBefore ? thread.unread_in_trash : thread.unread_elsewhere
    const now = row.mailbox_id === trash ? thread.now_unread_in_trash : thread.now_unread_elsewhere
    const delta = ledger.mailbox(row.mailbox_id)
    delta.totalEmails += row.now_emails - row.emails
    delta.unreadEmails += row.now_unread - row.unread
    delta.totalThreads += Number(row.now_emails > 0) - Number(row.emails > 0)
    delta.unreadThreads += Number(row.now_emails > 0 && now > 0) - Number(row.emails > 0 && (was ?? 0) > 0)
  }
}

/** A Thread object changes when its emailIds do: an email that came into sight or went out of it. */
async function writeThreads(
  ledger: Ledger,
  threads: readonly ThreadRow[],
  changes: readonly EmailChange[],
): Promise<void> {
  const { sql, accountId } = ledger
  const moved = new Set(changes.filter((c) => c.wasVisible !== c.isVisible).map((c) => c.threadId))
  const rows = threads.map((thread) => {
    // A new one whose email nobody sees is born too: which thread a message joins goes by that (rule 7).
    const changed = moved.has(thread.thread_id)
    const modseq = changed || thread.emails === null ? ledger.nextModseq() : 0
    if (changed) ledger.touch('thread', modseq)
    return { ...thread, modseq }
  })
  await sql`
    insert into thread as t (account_id, thread_id, emails, unread_elsewhere, unread_in_trash, modseq,
      created_modseq, born_modseq)
    select ${accountId}, d.thread_id, d.emails, d.unread_elsewhere, d.unread_in_trash, d.modseq, d.modseq, d.modseq
    from unnest(
      ${rows.map((row) => row.thread_id)}::bigint[], ${rows.map((row) => row.now_emails)}::bigint[],
      ${rows.map((row) => row.now_unread_elsewhere)}::bigint[], ${rows.map((row) => row.now_unread_in_trash)}::bigint[],
      ${rows.map((row) => row.modseq)}::bigint[]
    ) as d (thread_id, emails, unread_elsewhere, unread_in_trash, modseq)
    on conflict (account_id, thread_id) do update set
      emails = excluded.emails,
      unread_elsewhere = excluded.unread_elsewhere,
      unread_in_trash = excluded.unread_in_trash,
      modseq = greatest(t.modseq, excluded.modseq),
      hidden_modseq = case when t.emails > 0 and excluded.emails = 0 then excluded.modseq else t.hidden_modseq end,
      previous_created_modseq = case when t.emails = 0 and excluded.emails > 0 and t.hidden_modseq is not null
        then t.created_modseq else t.previous_created_modseq end,
      born_modseq = case when t.emails = 0 and excluded.emails > 0 and t.hidden_modseq is null
        then excluded.modseq else t.born_modseq end,
      created_modseq = case when t.emails = 0 and excluded.emails > 0 then excluded.modseq else t.created_modseq end`
}
