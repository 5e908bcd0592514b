import { accountRow } from '../account/marks.js'
import { checkSince } from '../changes/reader.js'
import type { Fragment } from '../db/connect.js'
import { changedInReach, wasInReach } from '../guest/places.js'
import { type QueryContext, type SearchContext, some } from './filter.js'
import { matchingEmails, queryList } from './query.js'
import { orderBy, someSort } from './sort.js'
import type { EmailQueryChanges, EmailQueryChangesRequest } from './types.js'

/**
 * Email/queryChanges (RFC 8621 §4.5, RFC 8620 §5.6). What may have moved is taken out of the list and, where it is
 * still in it, put in again: the emails that changed; where one email's place depends on the others of its thread
 * (collapsed, or …InThreadHaveKeyword), all emails of the threads in which one changed. The rows of emails that are
 * gone still name their thread.
 */
export async function queryEmailChanges(
  context: SearchContext,
  query: EmailQueryChangesRequest,
): Promise<EmailQueryChanges> {
  const { sql, accountId, guest } = context
  const { filter, sort, sinceQueryState: since } = query
  const account = await accountRow(sql, accountId, false)
  const cursor = { position: since, floor: since, epoch: query.epoch ?? 0 }
  checkSince(account, cursor, { type: 'email', epoch: guest?.epoch ?? 0 })
  const maxChanges = query.maxChanges ?? Number.MAX_SAFE_INTEGER
  // Where it is at all can change, for a guest: email_state does not tell when an email came into his sight.
  const isMutable = !!guest || some(filter, 'isMutable') || someSort(sort, 'isMutable')
  const isByThread = query.collapseThreads || some(filter, 'isOfThread') || someSort(sort, 'isOfThread')
  const moved = movedEmails(context, { since, isMutable, isByThread })

  // RFC 8620 §5.6: upToId only counts where the order of what the client has can't have changed.
  const upTo = isMutable ? null : (query.upToId ?? null)
  const { inReach } =
    upTo === null || isByThread ? { inReach: sql`true` } : await notBeyond(context, query, moved, upTo)
  const gone = await sql<{ email_id: number }[]>`
    select s.email_id from email_state s
    where s.account_id = ${accountId} and s.email_id in (${moved})
      and ${
        guest
          ? wasInReach(sql, guest, Math.max(since, guest.epoch))
          : sql`s.born_modseq <= ${since}
      and (s.mailbox_ids <> '{}' or s.modseq > ${since})`
      } and ${inReach}
    limit ${Math.min(maxChanges, Number.MAX_SAFE_INTEGER - 1) + 1}`
  if (gone.length > maxChanges) return { tooMany: true }
  const { list } = await queryList(context, query)
  const rows = await sql<{ email_id: number | null; index: number | null; total: number }[]>`
    with listed as materialized (${list}), size as (select count(*) as total from listed)
    select l.email_id, l.index, size.total from size
    left join listed l on l.email_id in (${moved})
      and l.index <= coalesce((select index from listed where email_id = ${upTo}), l.index)
    order by l.index`
  const added = rows.flatMap(({ email_id: id, index }) =>
    id === null || index === null ? [] : [{ id, index }],
  )
  if (gone.length + added.length > maxChanges) return { tooMany: true }
  return {
    tooMany: false,
    removed: gone.map((row) => row.email_id),
    added,
    total: query.calculateTotal ? rows[0]!.total : null,
    newQueryState: account.marks.email,
  }
}

/**
 * The emails whose place may be another than at `since`. Where neither filter nor sort looks at what can change, those
 * that came into sight or went out of it; a revived one did both.
 */
function movedEmails(
  { sql, accountId, guest }: QueryContext,
  { since, isMutable, isByThread }: { since: number; isMutable: boolean; isByThread: boolean },
): Fragment {
  const came = isMutable ? sql`true` : sql`(c.mailbox_ids = '{}' or c.created_modseq > ${since})`
  const seen = guest ? changedInReach(sql, guest, Math.max(since, guest.epoch), 'c') : sql`true`
  const changed = sql`c.account_id = ${accountId} and c.modseq > ${since} and ${came} and ${seen}`
  if (!isByThread) return sql`select c.email_id from email_state c where ${changed}`
  return sql`
    select t.email_id from email_state t
    where t.account_id = ${accountId} and t.thread_id in (select c.thread_id from email_state c where ${changed})`
}

/**
 * The email `s` does not stand after `upTo` in the list: in an order that can't change, the place of one that went out
 * of sight is still known, unless its content is deleted.
 */
async function notBeyond(
  context: SearchContext,
  query: EmailQueryChangesRequest,
  moved: Fragment,
  upTo: number,
): Promise<{ inReach: Fragment }> {
  const { sql, accountId } = context
  const { from, condition } = await matchingEmails(context, query.filter)
  const inReach = sql`s.email_id not in (
    with ranked as (
      select s.email_id, s.mailbox_ids <> '{}' as visible,
        row_number() over (order by ${orderBy(context, query.sort)}) as place
      from ${from}
      where s.account_id = ${accountId} and (s.mailbox_ids <> '{}' or s.email_id in (${moved})) and ${condition}
    )
    select r.email_id from ranked r join ranked last on last.email_id = ${upTo} and last.visible
    where r.place > last.place)`
  return { inReach }
}
