/**
 * What every write transaction ends with. The commands before it changed memberships and keywords and noted in
 * the ledger what they touched; here, once and set-wise, follow: which membership of an email is shown, the
 * email's mailboxes and modseq, threads, both kinds of counters, the account's marks.
 */
import type { Marks } from '../changes/types.js'
import { markPushesDue } from '../push/due.js'
import { settleThreads } from '../thread/settle.js'
import type { EmailChange, Ledger } from './ledger.js'
import { writeAccountRow } from './marks.js'

/**
 * Brings all that is derived in line; gives the marks as they are after the commit. `countEmails` false: JMAP's
 * counters stay, because what the differences would be taken from was wrong (a repair, which counts afresh).
 */
export async function settle(ledger: Ledger, { countEmails = true } = {}): Promise<Marks> {
  const usedBefore = ledger.row.usedBytes
  await settleShown(ledger)
  const changes = [...ledger.created, ...(await settleEmails(ledger))]
  await settleThreads(ledger, changes)
  if (!countEmails) {
    const none = { totalEmails: 0, unreadEmails: 0, totalThreads: 0, unreadThreads: 0 }
    for (const delta of ledger.mailboxes.values()) Object.assign(delta, none)
  }
  await settleCounters(ledger)
  // The state after this transaction is the one at its end, not in its midst: a guest's changes ask where each email was.
  if (ledger.row.marks.email !== ledger.before.email) ledger.touch('email', ledger.row.modseq)
  // A command that changes nothing writes nothing (rule 4).
  const changed =
    ledger.row.modseq !== ledger.modseqBefore ||
    ledger.row.usedBytes !== usedBefore ||
    (Object.keys(ledger.before) as (keyof Marks)[]).some(
      (mark) => ledger.row.marks[mark] !== ledger.before[mark],
    )
  if (!changed) return ledger.row.marks
  const [pushesDue] = await Promise.all([
    ledger.row.hasPush && markPushesDue(ledger.sql, ledger.accountId, ledger.before, ledger.row.marks),
    writeAccountRow(ledger.sql, ledger.accountId, ledger.row),
  ])
  ledger.pushesDue = pushesDue
  return ledger.row.marks
}

/** Rule 6: of an email's live memberships in one mailbox, the one with the lowest UID is shown. */
async function settleShown({ sql, accountId, shownMayChange }: Ledger): Promise<void> {
  if (shownMayChange.size === 0) return
  const emails = [...shownMayChange]
  const judged = sql`
    select mailbox_id, uid, shown,
      not deleted and row_number() over (partition by mailbox_id, email_id, deleted order by uid) = 1 as is_lowest
    from membership where account_id = ${accountId} and email_id = any(${emails}::bigint[])`
  // Two statements: a unique index says that only one is shown, and it is checked row by row.
  for (const shown of [false, true]) {
    await sql`
      update membership m set shown = ${shown} from (${judged}) j
      where j.is_lowest = ${shown} and j.shown <> ${shown}
        and m.account_id = ${accountId} and m.mailbox_id = j.mailbox_id and m.uid = j.uid`
  }
}

interface SettledEmail {
  email_id: number
  thread_id: number
  was_visible: boolean
  is_visible: boolean
  moved: boolean
}

/**
 * Gives the emails whose threads must be counted again: their mailboxes changed, or whether they are unread.
 * Rule 6: email.modseq moves only when keywords or the set of shown mailboxes do. Rule 5: hiding keeps when it
 * was, revival gives a new created_modseq and keeps the previous one.
 */
async function settleEmails(ledger: Ledger): Promise<EmailChange[]> {
  const { sql, accountId, shownMayChange, keywordsChanged } = ledger
  if (shownMayChange.size === 0 && keywordsChanged.size === 0) return []
  const emails = [...new Set([...shownMayChange, ...keywordsChanged])]
  const base = ledger.row.modseq
  const settled = await sql<SettledEmail[]>`
    with looked as (
      -- A look-up per email, by index: a join of two lists may be planned as a loop over both.
      select s.email_id, s.mailbox_ids as was, array(
          select m.mailbox_id from membership m
          where m.account_id = ${accountId} and m.email_id = s.email_id and m.shown order by m.mailbox_id
        ) as now_ids
      from email_state s where s.account_id = ${accountId} and s.email_id = any(${emails}::bigint[])
    ), moved as (
      select *, ${base} + row_number() over (order by email_id) as modseq from looked
      where was <> now_ids or (was <> '{}' and email_id = any(${[...keywordsChanged]}::bigint[]))
    )
    update email_state s set
      mailbox_ids = m.now_ids,
      modseq = m.modseq,
      hidden_modseq = case when m.now_ids = '{}' then m.modseq else s.hidden_modseq end,
      previous_created_modseq = case when m.was = '{}' and s.hidden_modseq is not null
        then s.created_modseq else s.previous_created_modseq end,
      created_modseq = case when m.was = '{}' then m.modseq else s.created_modseq end,
      born_modseq = case when m.was = '{}' and s.hidden_modseq is null then m.modseq else s.born_modseq end
    from moved m
    where s.account_id = ${accountId} and s.email_id = m.email_id
    returning s.email_id, s.thread_id, m.was <> '{}' as was_visible, m.now_ids <> '{}' as is_visible,
      m.was <> m.now_ids as moved`
  if (settled.length > 0) {
    ledger.nextModseq(settled.length)
    ledger.touch('email', ledger.row.modseq)
  }
  await settleExpunged(ledger)
  const counts = settled.filter((row) => row.moved || ledger.unreadChanged.has(row.email_id))
  return counts.map((row) => ({
    emailId: row.email_id,
    threadId: row.thread_id,
    wasVisible: row.was_visible,
    isVisible: row.is_visible,
  }))
}

/** Rule 11: an email without memberships counts in no quota and joins no thread; content stays for the reaper. */
async function settleExpunged(ledger: Ledger): Promise<void> {
  const { sql, accountId, shownMayChange } = ledger
  if (shownMayChange.size === 0) return
  const [row] = await sql<{ size: number | null }[]>`
    with gone as (
      update email_state s set expunged_at = now()
      where s.account_id = ${accountId} and s.email_id = any(${[...shownMayChange]}::bigint[])
        and s.expunged_at is null
        and not exists (select from membership m where m.account_id = ${accountId} and m.email_id = s.email_id)
      returning s.email_id
    ), keys as (
      delete from thread_key k using gone where k.account_id = ${accountId} and k.email_id = gone.email_id
    )
    select sum(e.size)::bigint as size from gone join email e on e.account_id = ${accountId} and e.email_id = gone.email_id`
  ledger.row.usedBytes -= row?.size ?? 0
}

/** Writes what the ledger holds for each mailbox; JMAP's counters get a modseq of their own where they moved. */
async function settleCounters(ledger: Ledger): Promise<void> {
  const { sql, accountId } = ledger
  const touched = [...ledger.mailboxes].filter(([, delta]) => Object.values(delta).some((value) => value))
  if (touched.length === 0) return
  const countsModseqs = touched.map(([, d]) => {
    const moved = d.totalEmails || d.unreadEmails || d.totalThreads || d.unreadThreads
    if (!moved) return 0
    const modseq = ledger.nextModseq()
    ledger.touch('mailbox', modseq)
    return modseq
  })
  for (const [, delta] of touched) ledger.touch('membership', delta.highestModseq)
  const column = (pick: (d: (typeof touched)[number][1]) => number | null) => touched.map(([, d]) => pick(d))
  await sql`
    update mailbox_counter c set
      messages = c.messages + d.messages, unseen = c.unseen + d.unseen, deleted = c.deleted + d.deleted,
      size = c.size + d.size, highest_modseq = greatest(c.highest_modseq, d.highest_modseq),
      uid_next = coalesce(d.uid_next, c.uid_next), total_emails = c.total_emails + d.total_emails,
      unread_emails = c.unread_emails + d.unread_emails, total_threads = c.total_threads + d.total_threads,
      unread_threads = c.unread_threads + d.unread_threads, counts_modseq = greatest(c.counts_modseq, d.counts_modseq)
    from unnest(
      ${touched.map(([id]) => id)}::bigint[], ${column((d) => d.messages)}::bigint[],
      ${column((d) => d.unseen)}::bigint[], ${column((d) => d.deleted)}::bigint[],
      ${column((d) => d.size)}::bigint[], ${column((d) => d.highestModseq)}::bigint[],
      ${column((d) => d.uidNext)}::bigint[], ${column((d) => d.totalEmails)}::bigint[],
      ${column((d) => d.unreadEmails)}::bigint[], ${column((d) => d.totalThreads)}::bigint[],
      ${column((d) => d.unreadThreads)}::bigint[], ${countsModseqs}::bigint[]
    ) as d (mailbox_id, messages, unseen, deleted, size, highest_modseq, uid_next, total_emails, unread_emails,
      total_threads, unread_threads, counts_modseq)
    where c.account_id = ${accountId} and c.mailbox_id = d.mailbox_id`
}
