import type { Summary } from '@tandem/mime'
import type { Ledger } from '../account/ledger.js'
import type { TransactionSql } from '../db/connect.js'
import { formerThreadKeys, threadKeys } from '../thread/match.js'
import { type Check, check, type Found, LIMIT } from './types.js'

/** RFC 8621 §2, unreadEmails: neither $seen (flag 1) nor $draft (flag 8). */
export const unread = (sql: TransactionSql) => sql`s.flags & 9 = 0`

type ThreadFound = Found<{ thread_id: number; moved: boolean }>

/** Counts the threads again as after a change; one whose emails were wrong gets a new modseq. */
async function recount(ledger: Ledger, found: readonly ThreadFound[]): Promise<void> {
  for (const { thread_id: threadId, moved } of found)
    ledger.created.push({ emailId: 0, threadId, wasVisible: false, isVisible: moved })
}

/** Its keys were those of the message before its account was marked to be keyed anew. */
function isFormer(keys: readonly string[], summary: Summary): boolean {
  const former = formerThreadKeys(summary)
  const wanted = former.length > 0 ? former : threadKeys(summary)
  return keys.every((key) => wanted.includes(key))
}

export const THREADS: readonly Check[] = [
  check<ThreadFound>({
    name: 'a thread counts its visible emails and the unread of them',
    rule: 2,
    find: (sql, accountId) => sql`
      with trash as (select mailbox_id from mailbox where account_id = ${accountId} and role = 'trash'), n as (
        select s.thread_id, count(*) filter (where s.mailbox_ids <> '{}') as emails,
          count(*) filter (where ${unread(sql)} and s.mailbox_ids <> '{}'
            and s.mailbox_ids <> array[(select mailbox_id from trash)]) as elsewhere,
          count(*) filter (where ${unread(sql)} and (select mailbox_id from trash) = any(s.mailbox_ids)) as in_trash
        from email_state s where s.account_id = ${accountId} group by s.thread_id)
      select 'thread ' || thread_id as at, (t.emails, t.unread_elsewhere, t.unread_in_trash)::text as found,
        (coalesce(n.emails, 0), coalesce(n.elsewhere, 0), coalesce(n.in_trash, 0))::text as expected, thread_id,
        t.emails is distinct from coalesce(n.emails, 0) as moved
      from (select * from thread where account_id = ${accountId}) t full join n using (thread_id)
      where (t.emails, t.unread_elsewhere, t.unread_in_trash)
        is distinct from (coalesce(n.emails, 0), coalesce(n.elsewhere, 0), coalesce(n.in_trash, 0))
      limit ${LIMIT}`,
    repair: recount,
  }),
  check<ThreadFound>({
    name: 'a thread counts its emails in each mailbox and knows the latest',
    rule: 2,
    find: (sql, accountId) => sql`
      with n as (
        select s.thread_id, mailbox_id, count(*) as emails, count(*) filter (where ${unread(sql)}) as unread,
          (array_agg(s.email_id order by e.received_at desc, s.email_id desc))[1] as latest_email_id,
          max(e.received_at) as latest_received_at
        from email_state s join email e using (account_id, email_id) cross join unnest(s.mailbox_ids) mailbox_id
        where s.account_id = ${accountId} group by 1, 2)
      select 'thread ' || thread_id || ' in mailbox ' || mailbox_id as at,
        (t.emails, t.unread, t.latest_email_id, t.latest_received_at)::text as found,
        (n.emails, n.unread, n.latest_email_id, n.latest_received_at)::text as expected, thread_id, false as moved
      from (select * from thread_mailbox where account_id = ${accountId}) t full join n using (thread_id, mailbox_id)
      where (t.emails, t.unread, t.latest_email_id, t.latest_received_at)
        is distinct from (n.emails, n.unread, n.latest_email_id, n.latest_received_at) limit ${LIMIT}`,
    repair: recount,
  }),
  check<Found<{ email_id: number }>>({
    name: 'thread keys are those of emails that are there, and lead to their threads',
    rule: 7,
    find: (sql, accountId) => sql`
      select distinct on (email_id) 'email ' || email_id as at, 'keys to thread ' || k.thread_id as found,
        case when s.expunged_at is null then 'to ' || e.thread_id else 'none' end as expected, email_id
      from thread_key k join email e using (account_id, email_id) join email_state s using (account_id, email_id)
      where account_id = ${accountId} and (s.expunged_at is not null or k.thread_id <> e.thread_id) limit ${LIMIT}`,
    async repair({ sql, accountId }, found) {
      const ids = found.map((each) => each.email_id)
      await sql`
        delete from thread_key k using email_state s where k.account_id = ${accountId}
          and k.email_id = any(${ids}::bigint[]) and s.account_id = ${accountId} and s.email_id = k.email_id
          and s.expunged_at is not null`
      await sql`
        update thread_key k set thread_id = e.thread_id from email e where k.account_id = ${accountId}
          and k.email_id = any(${ids}::bigint[]) and e.account_id = ${accountId} and e.email_id = k.email_id`
    },
  }),
  check<Found<{ email_id: number; thread_id: number; missing: string[]; wrong: string[] }>>({
    name: 'an email has the thread keys of its message',
    rule: 7,
    deep: true,
    async find(sql, accountId) {
      const found: Found<{ email_id: number; thread_id: number; missing: string[]; wrong: string[] }>[] = []
      const rows = sql<
        { email_id: number; thread_id: number; summary: Summary; keys: string[]; is_pending: boolean }[]
      >`
        select email_id, e.thread_id, e.summary, array(
            select encode(k.key, 'hex') from thread_key k
            where k.account_id = ${accountId} and k.email_id = e.email_id) as keys,
          coalesce(email_id > (
            select after_email_id from thread_key_pending where account_id = ${accountId}), false) as is_pending
        from email e join email_state s using (account_id, email_id)
        where account_id = ${accountId} and s.expunged_at is null order by email_id`
      for await (const page of rows.cursor(500)) {
        for (const { email_id, thread_id, summary, keys, is_pending } of page) {
          // What is not keyed anew yet may be as it was.
          if (is_pending && isFormer(keys, summary)) continue
          const wanted = threadKeys(summary)
          const missing = wanted.filter((key) => !keys.includes(key))
          const wrong = keys.filter((key) => !wanted.includes(key))
          if (missing.length + wrong.length === 0) continue
          const expected = `${missing.length} more, ${wrong.length} fewer`
          const said = { at: `email ${email_id}`, found: `${keys.length} keys`, expected }
          found.push({ ...said, email_id, thread_id, missing, wrong })
        }
        if (found.length >= LIMIT) break
      }
      return found
    },
    async repair({ sql, accountId }, found) {
      for (const { email_id, thread_id, missing, wrong } of found) {
        await sql`
          delete from thread_key where account_id = ${accountId} and email_id = ${email_id}
            and key = any(array(select decode(hex, 'hex') from unnest(${wrong}::text[]) hex))`
        await sql`
          insert into thread_key (account_id, key, email_id, thread_id)
          select ${accountId}, decode(hex, 'hex'), ${email_id}, ${thread_id} from unnest(${missing}::text[]) hex`
      }
    },
  }),
]
