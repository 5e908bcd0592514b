// UIDs, modseqs and marks: what clients remember. They are only ever raised.
import type { Ledger } from '../account/ledger.js'
import type { BuriedKind } from '../changes/tombstones.js'
import type { Marks } from '../changes/types.js'
import type { TransactionSql } from '../db/connect.js'
import { appendMemberships, removeMemberships, selectMemberships } from '../membership/rows.js'
import { isShown } from '../submission/reader.js'
import { type Check, check, type Finding, type Found, LIMIT } from './types.js'

/** Every modseq that a row was given when it last changed, with the mark it moved (null: none). */
const given = (sql: TransactionSql, accountId: number) => sql`
  select 'membership' as kind, mailbox_id as id, uid, modseq, 'membership' as mark
  from membership where account_id = ${accountId}
  union all select 'membership_tombstone', mailbox_id, uid, modseq, 'membership'
  from membership_tombstone where account_id = ${accountId}
  union all select 'email_state', email_id, 0, modseq,
    case when mailbox_ids <> '{}' or hidden_modseq is not null then 'email' end
  from email_state where account_id = ${accountId}
  union all select 'thread', thread_id, 0, modseq,
    case when emails > 0 or hidden_modseq is not null then 'thread' end
  from thread where account_id = ${accountId}
  union all select 'mailbox', mailbox_id, 0, modseq, 'mailboxProperties'
  from mailbox where account_id = ${accountId}
  union all select 'mailbox_tombstone', mailbox_id, 0, modseq, 'mailboxProperties'
  from mailbox_tombstone where account_id = ${accountId}
  -- A new mailbox has one modseq for itself and its counters.
  union all select 'mailbox_counter', c.mailbox_id, 0, c.counts_modseq, 'mailbox'
  from mailbox_counter c join mailbox m using (account_id, mailbox_id)
  where account_id = ${accountId} and c.counts_modseq <> m.created_modseq
  union all select 'submission', submission_id, 0, modseq, case when ${isShown(sql)} then 'submission' end
  from submission where account_id = ${accountId}
  union all select 'identity', identity_id, 0, modseq, 'identity' from identity where account_id = ${accountId}
  union all select kind || '_tombstone', id, 0, modseq, kind from tombstone where account_id = ${accountId}
  union all select 'vacation', 0, 0, modseq, 'vacation' from vacation where account_id = ${accountId}
  union all select 'share', principal_id, 0, epoch, null from share where account_id = ${accountId}`

/** How a row gets a new modseq, by table. What is gone says so once more, which does no harm. */
const RENEW: Record<string, (ledger: Ledger, id: number, uid: number, modseq: number) => Promise<unknown>> = {
  membership: ({ sql, accountId }, id, uid, modseq) => sql`
    update membership set modseq = ${modseq} where account_id = ${accountId} and mailbox_id = ${id} and uid = ${uid}`,
  membership_tombstone: ({ sql, accountId }, id, uid, modseq) => sql`
    update membership_tombstone set modseq = ${modseq}
    where account_id = ${accountId} and mailbox_id = ${id} and uid = ${uid}`,
  email_state: ({ sql, accountId }, id, _uid, modseq) => sql`
    update email_state set modseq = ${modseq},
      hidden_modseq = case when mailbox_ids = '{}' and hidden_modseq is not null then ${modseq} else hidden_modseq end
    where account_id = ${accountId} and email_id = ${id}`,
  thread: ({ sql, accountId }, id, _uid, modseq) => sql`
    update thread set modseq = ${modseq},
      hidden_modseq = case when emails = 0 and hidden_modseq is not null then ${modseq} else hidden_modseq end
    where account_id = ${accountId} and thread_id = ${id}`,
  mailbox: ({ sql, accountId }, id, _uid, modseq) => sql`
    update mailbox set modseq = ${modseq} where account_id = ${accountId} and mailbox_id = ${id}`,
  mailbox_tombstone: ({ sql, accountId }, id, _uid, modseq) => sql`
    update mailbox_tombstone set modseq = ${modseq} where account_id = ${accountId} and mailbox_id = ${id}`,
  mailbox_counter: ({ sql, accountId }, id, _uid, modseq) => sql`
    update mailbox_counter set counts_modseq = ${modseq} where account_id = ${accountId} and mailbox_id = ${id}`,
  submission: ({ sql, accountId }, id, _uid, modseq) => sql`
    update submission set modseq = ${modseq} where account_id = ${accountId} and submission_id = ${id}`,
  identity: ({ sql, accountId }, id, _uid, modseq) => sql`
    update identity set modseq = ${modseq} where account_id = ${accountId} and identity_id = ${id}`,
  identity_tombstone: (ledger, id, _uid, modseq) => renewTombstone(ledger, 'identity', id, modseq),
  submission_tombstone: (ledger, id, _uid, modseq) => renewTombstone(ledger, 'submission', id, modseq),
  vacation: ({ sql, accountId }, _id, _uid, modseq) => sql`
    update vacation set modseq = ${modseq} where account_id = ${accountId}`,
  share: ({ sql, accountId }, id, _uid, modseq) => sql`
    update share set epoch = ${modseq} where principal_id = ${id} and account_id = ${accountId}`,
}

const renewTombstone = ({ sql, accountId }: Ledger, kind: BuriedKind, id: number, modseq: number) => sql`
  update tombstone set modseq = ${modseq} where account_id = ${accountId} and kind = ${kind} and id = ${id}`

type Given = Found<{ kind: string; id: number; uid: number; mark: keyof Marks | null }>

export const NUMBERS: readonly Check[] = [
  check<Found<{ highest: number }>>({
    name: 'no modseq is above the counter of the account',
    rule: 1,
    find: (sql, accountId) => sql`
      select 'account' as at, a.modseq::text as found, 'at least ' || n.highest as expected, n.highest
      from account a cross join lateral (
        select max(modseq) as highest from (
          select modseq from (${given(sql, accountId)}) g
          union all select highest_modseq from mailbox_counter where account_id = ${accountId}
          union all select horizon_modseq from account where account_id = ${accountId}) all_of_it) n
      where a.account_id = ${accountId} and n.highest > a.modseq`,
    async repair({ row }, [found]) {
      row.modseq = Math.max(row.modseq, found!.highest)
    },
  }),
  check<Found<{ mark: keyof Marks; highest: number }>>({
    name: 'no modseq is above the mark of its type',
    rule: 8,
    find: (sql, accountId) => sql`
      with highest as (
        select mark, max(modseq) as highest from (
          select mark, modseq from (${given(sql, accountId)}) g where mark is not null
          -- What changes a mailbox's properties changes the mailbox.
          union all select 'mailbox', modseq from (${given(sql, accountId)}) g where mark = 'mailboxProperties'
        ) each group by mark)
      select 'mark ' || h.mark as at, n.is_now::text as found, 'at least ' || h.highest as expected, h.mark, h.highest
      from account a
      cross join lateral (values ('mailboxProperties', a.mark_mailbox), ('mailbox', a.mark_mailbox_counts),
        ('email', a.mark_email), ('thread', a.mark_thread), ('membership', a.mark_membership),
        ('submission', a.mark_submission), ('identity', a.mark_identity), ('vacation', a.mark_vacation)
      ) as n (mark, is_now)
      join highest h on h.mark = n.mark
      where a.account_id = ${accountId} and h.highest > n.is_now`,
    async repair(ledger, found) {
      for (const { mark, highest } of found) ledger.touch(mark, highest)
    },
  }),
  check<Found<{ mailbox_id: number; highest: number }>>({
    name: 'HIGHESTMODSEQ is not below a message or tombstone of its mailbox',
    rule: 8,
    find: (sql, accountId) => sql`
      select 'mailbox ' || mailbox_id as at, c.highest_modseq::text as found, 'at least ' || n.highest as expected,
        mailbox_id, n.highest
      from mailbox_counter c join (
        select mailbox_id, max(modseq) as highest from (${given(sql, accountId)}) g, lateral (select id as mailbox_id) i
        where mark = 'membership' group by mailbox_id) n using (mailbox_id)
      where c.account_id = ${accountId} and n.highest > c.highest_modseq limit ${LIMIT}`,
    async repair(ledger, found) {
      for (const { mailbox_id, highest } of found) ledger.mailbox(mailbox_id).highestModseq = highest
    },
  }),
  check<Given>({
    name: 'each modseq is given once',
    rule: 4,
    find: (sql, accountId) => sql`
      select kind || ' ' || id || case when uid > 0 then ' uid ' || uid else '' end as at,
        'modseq ' || modseq || ', as ' || other as found, 'one of its own' as expected, kind, id, uid, mark
      from (
        select *, lag(kind || ' ' || id) over (partition by modseq order by kind, id, uid) as other
        from (${given(sql, accountId)}) g) numbered
      where other is not null limit ${LIMIT}`,
    async repair(ledger, found) {
      for (const { kind, id, uid, mark } of found) {
        const modseq = ledger.nextModseq()
        await RENEW[kind]!(ledger, id, uid, modseq)
        if (mark === 'membership') ledger.mailbox(id).highestModseq = modseq
        if (mark) ledger.touch(mark, modseq)
        if (mark === 'mailboxProperties') ledger.touch('mailbox', modseq)
      }
    },
  }),
  check<Finding>({
    name: 'a row is born, created and changed in this order',
    rule: 4,
    find: (sql, accountId) => sql`
      select kind || ' ' || id as at, concat_ws(', ', 'born ' || born_modseq, 'created ' || created_modseq,
        'hidden ' || hidden_modseq, 'changed ' || modseq) as found, 'ascending' as expected
      from (
        select 'email' as kind, email_id as id, born_modseq, created_modseq, hidden_modseq, modseq,
          mailbox_ids <> '{}' as visible
        from email_state where account_id = ${accountId}
        union all select 'thread', thread_id, born_modseq, created_modseq, hidden_modseq, modseq, emails > 0
        from thread where account_id = ${accountId}
        -- Between the two, \\Deleted last changed.
        union all select 'membership in ' || mailbox_id || ' uid', uid, created_modseq,
          coalesce(flipped_modseq, created_modseq), null, modseq, true
        from membership where account_id = ${accountId}
        union all select 'tombstone in ' || mailbox_id || ' uid', uid, created_modseq,
          coalesce(flipped_modseq, created_modseq), null, modseq, true
        from membership_tombstone where account_id = ${accountId}
        union all select 'mailbox', mailbox_id, created_modseq, created_modseq, null, modseq, true
        from mailbox where account_id = ${accountId}
        union all select 'identity', identity_id, created_modseq, created_modseq, null, modseq, true
        from identity where account_id = ${accountId}
        union all select 'submission', submission_id, created_modseq, created_modseq, null, modseq, true
        from submission where account_id = ${accountId}
        union all select 'tombstone of ' || kind, id, created_modseq, created_modseq, null, modseq, true
        from tombstone where account_id = ${accountId}
      ) lives
      where born_modseq > created_modseq or created_modseq > modseq
        or case when visible then hidden_modseq >= created_modseq else hidden_modseq <> modseq end
      limit ${LIMIT}`,
    // What clients were told by these numbers is not known any more.
    repair: null,
  }),
  check<Found<{ mailbox_id: number; above: number }>>({
    name: 'UIDs are below UIDNEXT',
    rule: 1,
    find: (sql, accountId) => sql`
      select 'mailbox ' || mailbox_id as at, 'UIDNEXT ' || c.uid_next as found, 'at least ' || n.above as expected,
        mailbox_id, n.above
      from mailbox_counter c join (
        select mailbox_id, max(uid) + 1 as above from (
          select mailbox_id, uid from membership where account_id = ${accountId}
          union all select mailbox_id, uid from membership_tombstone where account_id = ${accountId}) uids
        group by mailbox_id) n using (mailbox_id)
      where c.account_id = ${accountId} and c.uid_next < n.above limit ${LIMIT}`,
    async repair(ledger, found) {
      for (const { mailbox_id, above } of found) ledger.mailbox(mailbox_id).uidNext = above
    },
  }),
  check<Finding>({
    name: 'UIDs ascend in the order of filing',
    rule: 1,
    find: (sql, accountId) => sql`
      select 'mailbox ' || mailbox_id || ' uid ' || uid as at, 'filed at ' || created_modseq as found,
        'after ' || before as expected
      from (
        select *, lag(created_modseq) over (partition by mailbox_id order by uid) as before from (
          select mailbox_id, uid, created_modseq from membership where account_id = ${accountId}
          union all select mailbox_id, uid, created_modseq from membership_tombstone where account_id = ${accountId}
        ) uids) ordered
      where before >= created_modseq limit ${LIMIT}`,
    // The UIDs are what clients have.
    repair: null,
  }),
  check<Found<{ mailbox_id: number; uid: number }>>({
    name: 'a UID that is gone is not there again',
    rule: 2,
    find: (sql, accountId) => sql`
      select 'mailbox ' || mailbox_id || ' uid ' || uid as at, 'a message and a tombstone' as found,
        'one of them' as expected, mailbox_id, uid
      from membership join membership_tombstone using (account_id, mailbox_id, uid)
      where account_id = ${accountId} limit ${LIMIT}`,
    // Clients were told that it vanished, so the message comes back under a new UID.
    async repair(ledger, found) {
      const { sql, accountId } = ledger
      for (const { mailbox_id: mailboxId, uid } of found) {
        const rows = await selectMemberships(ledger, { mailboxId, uids: [uid] })
        await sql`
          delete from membership_tombstone
          where account_id = ${accountId} and mailbox_id = ${mailboxId} and uid = ${uid}`
        await appendMemberships(ledger, mailboxId, rows)
        await removeMemberships(ledger, rows)
      }
    },
  }),
  check<Finding>({
    name: 'a UID that is gone has a tombstone until the horizon',
    rule: 10,
    // UIDs and created_modseqs ascend together: above a UID given behind the horizon, no tombstone was forgotten.
    find: (sql, accountId) => sql`
      with uids as (
        select mailbox_id, uid, created_modseq from membership where account_id = ${accountId}
        union all select mailbox_id, uid, created_modseq from membership_tombstone where account_id = ${accountId}
      ), known as (
        select mailbox_id, uid from uids, account a
        where a.account_id = ${accountId} and created_modseq > a.horizon_modseq
        union all select mailbox_id, uid_next from mailbox_counter where account_id = ${accountId}
        union all select mailbox_id, 0 from mailbox_counter c join account a using (account_id)
        where account_id = ${accountId} and a.horizon_modseq = 0
      ), gaps as (
        select mailbox_id, uid, lag(uid) over (partition by mailbox_id order by uid) as before from known)
      select 'mailbox ' || mailbox_id || ' uid ' || before + 1 as at, uid - before - 1 || ' neither there nor gone' as found,
        'a tombstone each' as expected
      from gaps where uid > before + 1 limit ${LIMIT}`,
    // Rule 10: what is not known any more is declared forgotten, and clients compare what is there.
    async repair({ sql, accountId, row }) {
      await sql`
        update account set horizon_modseq = greatest(horizon_modseq, ${row.modseq}) where account_id = ${accountId}`
    },
  }),
  check<Found<{ highest: number }>>({
    name: 'no UIDVALIDITY is above the last one given',
    rule: 7,
    find: (sql, accountId) => sql`
      select 'account' as at, a.last_uid_validity::text as found, 'at least ' || max(m.uid_validity) as expected,
        max(m.uid_validity) as highest
      from account a join mailbox m using (account_id) where account_id = ${accountId}
      group by a.last_uid_validity having max(m.uid_validity) > a.last_uid_validity`,
    async repair({ row }, [found]) {
      row.lastUidValidity = Math.max(row.lastUidValidity, found!.highest)
    },
  }),
]
