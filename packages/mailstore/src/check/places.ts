// Where an email is, what it is marked with, and whether its rows are all there.
import { type Check, check, type Finding, type Found, LIMIT } from './types.js'

type EmailFound = Found<{ email_id: number }>

export const PLACES: readonly Check[] = [
  check<Finding>({
    name: 'an email has its content and its state',
    rule: 2,
    find: (sql, accountId) => sql`
      select 'email ' || email_id as at,
        case when e.email_id is null then 'no content' when s.email_id is null then 'no state'
          else 'threads ' || e.thread_id || ' and ' || s.thread_id end as found,
        'a row of each, of one thread' as expected
      from (select * from email where account_id = ${accountId}) e
      full join (select * from email_state where account_id = ${accountId}) s using (email_id)
      where e.thread_id <> s.thread_id or s.email_id is null or (e.email_id is null and s.expunged_at is null)
      limit ${LIMIT}`,
    repair: null,
  }),
  check<Finding>({
    name: 'a mailbox has its counters and hangs from the top',
    rule: 2,
    find: (sql, accountId) => sql`
      with recursive tree as (
        select mailbox_id from mailbox where account_id = ${accountId} and parent_id is null
        union select m.mailbox_id from mailbox m join tree t on t.mailbox_id = m.parent_id
        where m.account_id = ${accountId})
      select 'mailbox ' || m.mailbox_id as at,
        case when c.mailbox_id is null then 'no counters' else 'below itself' end as found,
        'counters, and a path' as expected
      from mailbox m left join mailbox_counter c using (account_id, mailbox_id) left join tree t using (mailbox_id)
      where account_id = ${accountId} and (c.mailbox_id is null or t.mailbox_id is null) limit ${LIMIT}`,
    repair: null,
  }),
  check<EmailFound>({
    name: 'the live membership with the lowest UID is shown',
    rule: 6,
    find: (sql, accountId) => sql`
      select 'mailbox ' || mailbox_id || ' uid ' || uid as at, shown::text as found, ought::text as expected, email_id
      from (
        select *, not deleted
          and row_number() over (partition by mailbox_id, email_id, deleted order by uid) = 1 as ought
        from membership where account_id = ${accountId}) m
      where shown <> ought limit ${LIMIT}`,
    async repair({ shownMayChange }, found) {
      for (const { email_id } of found) shownMayChange.add(email_id)
    },
  }),
  check<EmailFound>({
    name: 'mailbox_ids are the mailboxes where the email is shown',
    rule: 6,
    find: (sql, accountId) => sql`
      select 'email ' || email_id as at, s.mailbox_ids::text as found, coalesce(n.ids, '{}')::text as expected, email_id
      from email_state s left join (
        select email_id, array_agg(mailbox_id order by mailbox_id) as ids from membership
        where account_id = ${accountId} and shown group by email_id) n using (email_id)
      where s.account_id = ${accountId} and s.mailbox_ids <> coalesce(n.ids, '{}') limit ${LIMIT}`,
    async repair({ shownMayChange }, found) {
      for (const { email_id } of found) shownMayChange.add(email_id)
    },
  }),
  check<EmailFound>({
    name: 'an email is expunged when its last membership goes',
    rule: 11,
    find: (sql, accountId) => sql`
      select 'email ' || email_id as at, coalesce('expunged ' || s.expunged_at, 'not expunged') as found,
        case when n.email_id is null then 'expunged' else 'not expunged' end as expected, email_id
      from email_state s
      left join (select distinct email_id from membership where account_id = ${accountId}) n using (email_id)
      where s.account_id = ${accountId} and (s.expunged_at is null) = (n.email_id is null) limit ${LIMIT}`,
    async repair({ sql, accountId }, found) {
      await sql`
        update email_state set expunged_at = case when expunged_at is null then now() end
        where account_id = ${accountId} and email_id = any(${found.map((each) => each.email_id)}::bigint[])`
    },
  }),
  check<EmailFound>({
    name: 'an email has no keyword that the account has not',
    rule: 5,
    find: (sql, accountId) => sql`
      select 'email ' || email_id as at, 'keywords ' || s.keywords::text as found, 'known ones' as expected, email_id
      from email_state s
      where s.account_id = ${accountId} and s.keywords <> '{}'
        and not s.keywords <@ array(select keyword_id from keyword where account_id = ${accountId}) limit ${LIMIT}`,
    // The keyword's name is lost; that it went is told as any change of keywords is (rule 5).
    async repair(ledger, found) {
      const { sql, accountId } = ledger
      const emailIds = found.map((each) => each.email_id)
      await sql`
        update email_state set keywords = array(
          select k from unnest(keywords) k join keyword w on w.account_id = ${accountId} and w.keyword_id = k order by k)
        where account_id = ${accountId} and email_id = any(${emailIds}::bigint[])`
      const first = ledger.row.modseq
      const rows = await sql<{ mailbox_id: number; modseq: number }[]>`
        update membership m set modseq = n.modseq from (
          select mailbox_id, uid, ${first} + row_number() over (order by mailbox_id, uid) as modseq
          from membership where account_id = ${accountId} and email_id = any(${emailIds}::bigint[])) n
        where m.account_id = ${accountId} and m.mailbox_id = n.mailbox_id and m.uid = n.uid
        returning m.mailbox_id, m.modseq`
      ledger.nextModseq(rows.length)
      for (const { mailbox_id, modseq } of rows) {
        const delta = ledger.mailbox(mailbox_id)
        delta.highestModseq = Math.max(delta.highestModseq, modseq)
      }
      for (const id of emailIds) ledger.keywordsChanged.add(id)
    },
  }),
]
