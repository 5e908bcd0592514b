import { connect } from '../../src/db/connect.js'

/**
 * Every row that contradicts another, by the name of the rule it breaks; empty is well. Counts afresh what the store
 * keeps incrementally.
 */
export async function violations(url: string): Promise<string[]> {
  const sql = connect(url, { max: 1 })
  try {
    const found: string[] = []
    for (const [rule, query] of Object.entries(RULES)) {
      const rows = await sql.unsafe(query)
      for (const row of rows) found.push(`${rule}: ${JSON.stringify(row)}`)
    }
    return found
  } finally {
    await sql.end()
  }
}

const UNREAD = 's.flags & 9 = 0'

const RULES: Record<string, string> = {
  'IMAP counters count memberships': `
    select c.mailbox_id, c.messages, c.unseen, c.deleted, c.size, n.* from mailbox_counter c
    left join lateral (
      select count(*) as messages, count(*) filter (where s.flags & 1 = 0) as unseen,
        count(*) filter (where m.deleted) as deleted, coalesce(sum(e.size), 0) as size
      from membership m join email_state s using (account_id, email_id) join email e using (account_id, email_id)
      where m.account_id = c.account_id and m.mailbox_id = c.mailbox_id) n on true
    where (c.messages, c.unseen, c.deleted, c.size) is distinct from (n.messages, n.unseen, n.deleted, n.size)`,
  'JMAP counters count visible emails': `
    select c.mailbox_id, c.total_emails, c.unread_emails, c.total_threads, n.* from mailbox_counter c
    left join lateral (
      select count(*) as emails, count(*) filter (where ${UNREAD}) as unread, count(distinct s.thread_id) as threads
      from email_state s where s.account_id = c.account_id and c.mailbox_id = any(s.mailbox_ids)) n on true
    where (c.total_emails, c.unread_emails, c.total_threads) is distinct from (n.emails, n.unread, n.threads)`,
  'unreadThreads follows the Trash rule': `
    select c.mailbox_id, c.unread_threads, n.threads from mailbox_counter c
    join mailbox b using (account_id, mailbox_id)
    left join mailbox trash on trash.account_id = c.account_id and trash.role = 'trash'
    left join lateral (
      select count(distinct h.thread_id) as threads from email_state h
      where h.account_id = c.account_id and c.mailbox_id = any(h.mailbox_ids) and exists (
        select from email_state s where s.account_id = h.account_id and s.thread_id = h.thread_id and ${UNREAD}
          and s.mailbox_ids <> '{}'
          and case when c.mailbox_id = trash.mailbox_id then trash.mailbox_id = any(s.mailbox_ids)
            else s.mailbox_ids <> array[trash.mailbox_id] end)) n on true
    where c.unread_threads is distinct from n.threads`,
  'the live membership with the lowest UID is shown': `
    select m.* from membership m
    where m.shown is distinct from (not m.deleted and not exists (
      select from membership o where o.account_id = m.account_id and o.mailbox_id = m.mailbox_id
        and o.email_id = m.email_id and not o.deleted and o.uid < m.uid))`,
  'mailbox_ids are the shown mailboxes': `
    select s.email_id, s.mailbox_ids, n.ids from email_state s
    left join lateral (
      select coalesce(array_agg(m.mailbox_id order by m.mailbox_id), '{}') as ids from membership m
      where m.account_id = s.account_id and m.email_id = s.email_id and m.shown) n on true
    where s.mailbox_ids <> n.ids`,
  'thread_mailbox counts its emails and knows the latest': `
    with n as (
      select s.account_id, s.thread_id, mailbox_id, count(*) as emails, count(*) filter (where ${UNREAD}) as unread,
        (array_agg(s.email_id order by e.received_at desc, s.email_id desc))[1] as latest_email_id
      from email_state s join email e using (account_id, email_id) cross join unnest(s.mailbox_ids) mailbox_id
      group by 1, 2, 3)
    select * from thread_mailbox t full join n using (account_id, thread_id, mailbox_id)
    where (t.emails, t.unread, t.latest_email_id) is distinct from (n.emails, n.unread, n.latest_email_id)`,
  'threads count visible emails': `
    select t.thread_id, t.emails, n.emails from thread t left join lateral (
      select count(*) as emails from email_state s
      where s.account_id = t.account_id and s.thread_id = t.thread_id and s.mailbox_ids <> '{}') n on true
    where t.emails <> n.emails`,
  'UIDs are below UIDNEXT': `
    select m.* from membership m join mailbox_counter c using (account_id, mailbox_id) where m.uid >= c.uid_next`,
  'no modseq is above its mark': `
    select m.* from membership m join mailbox_counter c using (account_id, mailbox_id)
      join account a using (account_id)
    where m.modseq > c.highest_modseq or c.highest_modseq > a.modseq or m.modseq > a.mark_membership`,
  'no email modseq is above the mark of Email': `
    select s.* from email_state s join account a using (account_id)
    where s.modseq > a.mark_email and s.mailbox_ids <> '{}'`,
  'each modseq is given once': `
    select account_id, modseq from (
      select account_id, modseq from membership union all select account_id, modseq from membership_tombstone
      union all select account_id, modseq from email_state union all select account_id, modseq from thread where modseq > 0
    ) all_rows group by 1, 2 having count(*) > 1`,
  'quota counts each email with a membership once': `
    select a.account_id, a.used_bytes, n.size from account a left join lateral (
      select coalesce(sum(e.size), 0) as size from email e where e.account_id = a.account_id
        and exists (select from membership m where m.account_id = e.account_id and m.email_id = e.email_id)) n on true
    where a.used_bytes <> n.size`,
  'a blob holds the bytes it is named by': `
    select b.blob_no from blob b left join lateral (
      select sha256(string_agg(c.bytes, ''::bytea order by c.seq)) as digest, sum(length(c.bytes)) as size
      from blob_chunk c where c.account_id = b.account_id and c.blob_no = b.blob_no) n on true
    where b.digest is not null and b.size > 0 and (b.digest, b.size) is distinct from (n.digest, n.size)`,
  'the bytes of every email can be searched, or are about to be': `
    select e.email_id from email e
    where not exists (select from search x where x.account_id = e.account_id and x.digest = e.digest)
      and not exists (select from search_pending p where p.account_id = e.account_id and p.digest = e.digest)`,
}
