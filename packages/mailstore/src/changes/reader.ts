import { type AccountRow, accountRow } from '../account/marks.js'
import type { Fragment, Queryable } from '../db/connect.js'
import { MailstoreError } from '../errors.js'
import { isShown } from '../submission/reader.js'
import type { BuriedKind } from './tombstones.js'
import type { ChangeCursor, ChangeReader, Changes, MailboxChanges, Marks } from './types.js'

/** A row of email_state or thread, as far as its lives go. */
interface LifeRow {
  id: number
  modseq: number
  created_modseq: number
  born_modseq: number
  hidden_modseq: number | null
  previous_created_modseq: number | null
  visible: boolean
}

export function changeReader(sql: Queryable, accountId: number): ChangeReader {
  return {
    async email(since, maxChanges) {
      const account = await checkCursor(sql, accountId, since, 'email')
      const rows = await sql<LifeRow[]>`
        select email_id as id, modseq, created_modseq, born_modseq, hidden_modseq, previous_created_modseq,
          mailbox_ids <> '{}' as visible
        from email_state where account_id = ${accountId} and modseq > ${since.position}
        order by modseq limit ${maxChanges + 1}`
      return livesPage(rows, since, maxChanges, account, 'email')
    },

    async thread(since, maxChanges) {
      const account = await checkCursor(sql, accountId, since, 'thread')
      const rows = await sql<LifeRow[]>`
        select thread_id as id, modseq, created_modseq, born_modseq, hidden_modseq, previous_created_modseq,
          emails > 0 as visible
        from thread where account_id = ${accountId} and modseq > ${since.position}
        order by modseq limit ${maxChanges + 1}`
      return livesPage(rows, since, maxChanges, account, 'thread')
    },

    async mailbox(since, maxChanges): Promise<MailboxChanges> {
      const account = await checkCursor(sql, accountId, since, 'mailbox')
      const rows = await sql<(LifeRow & { properties_modseq: number })[]>`
        select mailbox_id as id, greatest(m.modseq, c.counts_modseq) as modseq, m.modseq as properties_modseq,
          m.created_modseq, m.created_modseq as born_modseq, null::bigint as hidden_modseq,
          null::bigint as previous_created_modseq, true as visible
        from mailbox m join mailbox_counter c using (account_id, mailbox_id)
        where account_id = ${accountId} and greatest(m.modseq, c.counts_modseq) > ${since.position}
        union all
        select mailbox_id, modseq, modseq, created_modseq, created_modseq, null, null, false
        from mailbox_tombstone where account_id = ${accountId} and modseq > ${since.position}
        order by modseq limit ${maxChanges + 1}`
      const page = livesPage(rows, since, maxChanges, account, 'mailbox')
      const updated = new Set(page.updated)
      // RFC 8621 §2.2: judged from where the client's paging began.
      const onlyCountsChanged =
        updated.size > 0 && rows.every((row) => !updated.has(row.id) || row.properties_modseq <= since.floor)
      return { ...page, onlyCountsChanged }
    },

    async identity(since, maxChanges) {
      const account = await checkCursor(sql, accountId, since, 'identity')
      const rows = await sql<LifeRow[]>`
        select identity_id as id, modseq, created_modseq, created_modseq as born_modseq, null::bigint as hidden_modseq,
          null::bigint as previous_created_modseq, true as visible
        from identity where account_id = ${accountId} and modseq > ${since.position}
        union all ${tombstones(sql, accountId, 'identity', since)}
        order by modseq limit ${maxChanges + 1}`
      return livesPage(rows, since, maxChanges, account, 'identity')
    },

    async submission(since, maxChanges) {
      const account = await checkCursor(sql, accountId, since, 'submission')
      const rows = await sql<LifeRow[]>`
        select submission_id as id, modseq, created_modseq, created_modseq as born_modseq,
          null::bigint as hidden_modseq, null::bigint as previous_created_modseq, true as visible
        from submission where account_id = ${accountId} and modseq > ${since.position} and ${isShown(sql)}
        union all ${tombstones(sql, accountId, 'submission', since)}
        order by modseq limit ${maxChanges + 1}`
      return livesPage(rows, since, maxChanges, account, 'submission')
    },

    async vanished(mailboxId, sinceModseq) {
      const { horizonModseq } = await accountRow(sql, accountId, false)
      if (sinceModseq < horizonModseq) return null
      const rows = await sql<{ uid: number }[]>`
        select uid from membership_tombstone
        where account_id = ${accountId} and mailbox_id = ${mailboxId} and modseq > ${sinceModseq}
        order by uid`
      return rows.map((row) => row.uid)
    },
  }
}

/** What of `tombstone` is a row of lives. */
function tombstones(sql: Queryable, accountId: number, kind: BuriedKind, since: ChangeCursor): Fragment {
  return sql`
    select id, modseq, created_modseq, created_modseq, null, null, false
    from tombstone where account_id = ${accountId} and kind = ${kind} and modseq > ${since.position}`
}

/**
 * Rule 10: behind the horizon, and for a state this account never had, there is no answer. The horizon counts the
 * tombstones of all types: a state that is its own type's mark has missed nothing, or a client of a quiet type would
 * begin again for ever, each time with the same state.
 */
export async function checkCursor(
  sql: Queryable,
  accountId: number,
  since: ChangeCursor,
  type: keyof Marks,
): Promise<AccountRow> {
  const account = await accountRow(sql, accountId, false)
  checkSince(account, since, { type })
  return account
}

/** The same of an account's row. `epoch`: of the viewer's rights now; what he knows from under others says nothing. */
export function checkSince(
  { modseq, horizonModseq, marks }: Pick<AccountRow, 'modseq' | 'horizonModseq' | 'marks'>,
  since: ChangeCursor,
  { type, epoch = 0 }: { type: keyof Marks; epoch?: number },
): void {
  const horizon = Math.min(horizonModseq, marks[type])
  const isStrange = since.floor > since.position || since.position > modseq || (since.epoch ?? 0) !== epoch
  if (isStrange || since.floor < horizon) {
    throw new MailstoreError('cannotCalculateChanges', 'the changes since that state are not known')
  }
}

/** One page of rows by modseq, told apart by rule 4, revivals by rule 5. */
export function livesPage(
  rows: readonly LifeRow[],
  since: ChangeCursor,
  maxChanges: number,
  account: AccountRow,
  type: keyof Marks,
): Changes {
  const began = since.began ?? account.modseq
  return cutPage(rows, since, maxChanges, account, type, (row) => judge(row, { ...since, began }))
}

/** One page of rows by modseq, each judged to be told of, or not to be (null). */
export function cutPage<R extends { id: number; modseq: number }>(
  rows: readonly R[],
  since: ChangeCursor,
  maxChanges: number,
  account: Pick<AccountRow, 'modseq' | 'marks'>,
  type: keyof Marks,
  verdict: (row: R) => 'created' | 'updated' | 'destroyed' | null,
): Changes {
  const mark = account.marks[type]
  const page = rows.slice(0, maxChanges)
  const epoch = since.epoch === undefined ? {} : { epoch: since.epoch }
  const changes: Changes = {
    created: [],
    updated: [],
    destroyed: [],
    next: { position: mark, floor: mark, ...epoch },
    hasMore: rows.length > page.length,
  }
  for (const row of page) {
    const list = verdict(row)
    if (list) changes[list].push(row.id)
  }
  if (changes.hasMore) {
    const began = since.began ?? account.modseq
    changes.next = { position: page.at(-1)!.modseq, floor: since.floor, began, ...epoch }
  }
  return changes
}

function judge(
  row: LifeRow,
  { position, floor, began }: Required<Omit<ChangeCursor, 'epoch'>>,
): 'created' | 'updated' | 'destroyed' | null {
  if (!row.visible) return row.born_modseq > position ? null : 'destroyed'
  if (row.created_modseq <= floor) return 'updated'
  const { hidden_modseq: hidden, previous_created_modseq: previous } = row
  const knewIt = hidden !== null && previous !== null && previous <= floor && floor < hidden
  if (!knewIt) return 'created'
  // Back again before the first page was read, no page told of the destroy; hidden beyond the last one, neither. In
  // between, revived after the first page, the client may have been told or not.
  if (hidden <= position && row.created_modseq > began) {
    throw new MailstoreError('cannotCalculateChanges', 'an email was hidden and revived between two pages')
  }
  return 'updated'
}
