import type { Ledger } from '../account/ledger.js'
import { type KeywordSet, keywordSet, SEEN, SEEN_OR_DRAFT } from '../email/keywords.js'
import type { KeywordChange } from '../email/types.js'

/** Which memberships also get or lose \Deleted. */
export interface DeletedChange {
  mailboxId: number
  uids: readonly number[]
  deleted: boolean
}

/** A membership that got a new modseq, and the one it had. */
export interface RaisedRow {
  mailbox_id: number
  uid: number
  email_id: number
  was: number
  modseq: number
  named: boolean
  deleted: boolean
}

/**
 * Changes the keywords of emails, and `\Deleted` of some memberships, set-wise. Rule 5: every membership of an
 * email whose keywords changed gets a new modseq and its mailbox a new mark. What would not change is not
 * written. Gives the memberships that got a new modseq. Errors: invalidKeyword, tooManyKeywords.
 */
export async function changeFlags(
  ledger: Ledger,
  emailIds: readonly number[],
  change: KeywordChange,
  deletedChange: DeletedChange | null,
): Promise<RaisedRow[]> {
  const { sql, accountId } = ledger
  const add = change.mode !== 'remove'
  const set = await keywordSet(sql, accountId, change.keywords, { add })
  const before = await changeKeywords(ledger, emailIds, change.mode, set)
  const seenDelta = new Map<number, number>()
  for (const row of before) {
    ledger.keywordsChanged.add(row.email_id)
    if (isUnread(row.flags) !== isUnread(row.now_flags)) ledger.unreadChanged.add(row.email_id)
    seenDelta.set(row.email_id, Number((row.flags & SEEN) !== 0) - Number((row.now_flags & SEEN) !== 0))
  }
  const changed = before.map((row) => row.email_id)
  const mailboxId = deletedChange?.mailboxId ?? 0
  const deleted = deletedChange?.deleted ?? false
  const uids = (deletedChange?.uids ?? []) as number[]
  if (changed.length === 0 && uids.length === 0) return []
  const base = ledger.row.modseq
  const rows = await sql<RaisedRow[]>`
    with touched as (
      select mailbox_id, uid, modseq as was, bool_or(named) as named from (
        select mailbox_id, uid, modseq, false as named from membership
        where account_id = ${accountId} and email_id = any(${changed}::bigint[])
        union all
        select mailbox_id, uid, modseq, true from membership
        where account_id = ${accountId} and mailbox_id = ${mailboxId} and uid = any(${uids}::bigint[])
          and deleted <> ${deleted}
      ) either group by mailbox_id, uid, modseq
    ), numbered as (
      select *, ${base} + row_number() over (order by mailbox_id, uid) as now from touched
    )
    update membership m set modseq = n.now,
      deleted = case when n.named then ${deleted} else m.deleted end,
      flipped_modseq = case when n.named then n.now else m.flipped_modseq end,
      shown = m.shown and not (n.named and ${deleted})
    from numbered n
    where m.account_id = ${accountId} and m.mailbox_id = n.mailbox_id and m.uid = n.uid
    returning m.mailbox_id, m.uid, m.email_id, n.was, m.modseq, n.named, m.deleted`
  ledger.nextModseq(rows.length)
  for (const row of rows) {
    const delta = ledger.mailbox(row.mailbox_id)
    delta.highestModseq = Math.max(delta.highestModseq, row.modseq)
    delta.unseen += seenDelta.get(row.email_id) ?? 0
    if (!row.named) continue
    delta.deleted += row.deleted ? 1 : -1
    ledger.shownMayChange.add(row.email_id)
  }
  return rows
}

const isUnread = (flags: number) => (flags & SEEN_OR_DRAFT) === 0

interface ChangedEmail {
  email_id: number
  flags: number
  now_flags: number
}

/** Writes keywords where they differ: the emails that changed, with their flags before and now. */
async function changeKeywords(
  { sql, accountId }: Ledger,
  emailIds: readonly number[],
  mode: KeywordChange['mode'],
  set: KeywordSet,
): Promise<ChangedEmail[]> {
  const ids = set.keywordIds
  const flags =
    mode === 'add'
      ? sql`s.flags | ${set.flags}::smallint`
      : mode === 'remove'
        ? sql`s.flags & ~${set.flags}::smallint`
        : sql`${set.flags}::smallint`
  const keywords =
    mode === 'add'
      ? sql`array(select distinct k from unnest(s.keywords || ${ids}::smallint[]) k order by k)`
      : mode === 'remove'
        ? sql`array(select k from unnest(s.keywords) k where k <> all(${ids}::smallint[]) order by k)`
        : sql`${ids}::smallint[]`
  return sql<ChangedEmail[]>`
    with wanted as (
      select s.email_id, s.flags as was_flags, (${flags})::smallint as flags, ${keywords} as keywords
      from email_state s where s.account_id = ${accountId} and s.email_id = any(${emailIds as number[]}::bigint[])
    )
    update email_state s set flags = w.flags, keywords = w.keywords from wanted w
    where s.account_id = ${accountId} and s.email_id = w.email_id
      and (s.flags, s.keywords) is distinct from (w.flags, w.keywords)
    returning s.email_id, w.was_flags as flags, w.flags as now_flags`
}
