import type { Fragment } from '../db/connect.js'
import { MailstoreError } from '../errors.js'
import { searchedEmails } from '../search/source.js'
import {
  isVisible,
  mayRead,
  type QueryContext,
  requiredMailbox,
  type SearchContext,
  some,
  where,
} from './filter.js'
import { listedMailbox, listing, listingPage } from './listing.js'
import { orderBy, someSort } from './sort.js'
import type { Moment, TallyCache } from './tally-cache.js'
import type { EmailFilter, EmailQuery, EmailQueryResult } from './types.js'

/** What counts emails without the database looking at them, as of the reader's snapshot. */
export interface Counting {
  tallies: TallyCache
  moment: Moment
}

/**
 * Email/query (RFC 8621 §4.4, RFC 8620 §5.5). Only visible emails are seen. `counting`: not for a guest, who does not
 * see all that it counts.
 */
export async function queryEmails(
  context: SearchContext,
  query: EmailQuery,
  counting: Counting | null = null,
): Promise<EmailQueryResult> {
  const mailboxId = listed(context, query)
  if (mailboxId === null && query.limit === 0 && !query.anchor) return countOnly(context, query, counting)
  const { page } =
    mailboxId === null ? await generalPage(context, query) : { page: listingPage(context, mailboxId, query) }
  const rows = await context.sql<{ email_id: number | null; first: number | null; total: number }[]>`${page}`
  const { first, total } = rows[0]!
  if (first === null) throw new MailstoreError('anchorNotFound', 'the anchor is not among the results')
  return {
    ids: rows.flatMap((row) => (row.email_id === null ? [] : [row.email_id])),
    position: first,
    total: query.calculateTotal ? total : null,
  }
}

/** Where no ids are wanted, nothing is sorted. */
async function countOnly(
  context: SearchContext,
  query: EmailQuery,
  counting: Counting | null,
): Promise<EmailQueryResult> {
  // What would be refused with ids is refused without.
  someSort(query.sort, 'isMutable')
  const { position, calculateTotal } = query
  const total = calculateTotal || position < 0 ? await countEmails(context, query, counting) : 0
  return {
    ids: [],
    position: position >= 0 ? position : Math.max(0, total + position),
    total: calculateTotal ? total : null,
  }
}

async function countEmails(
  context: SearchContext,
  { filter, collapseThreads }: EmailQuery,
  counting: Counting | null,
): Promise<number> {
  const total = collapseThreads ? null : await counting?.tallies.count(counting.moment, filter)
  if (typeof total === 'number') return total
  const { count } = await countStatement(context, filter, collapseThreads)
  const rows = await context.sql<{ total: number }[]>`${count}`
  return rows[0]!.total
}

async function countStatement(
  context: SearchContext,
  filter: EmailFilter | null,
  collapseThreads: boolean,
): Promise<{ count: Fragment }> {
  const { sql, accountId } = context
  const { from, condition } = await matchingEmails(context, filter)
  const counted = collapseThreads ? sql`count(distinct s.thread_id)` : sql`count(*)`
  const count = sql`
    select ${counted} as total from ${from}
    where s.account_id = ${accountId} and ${isVisible(context)} and ${condition}`
  return { count }
}

/**
 * Any question, in one statement that looks at every email the filter leaves. (A fragment in a promise would be run:
 * it has a `then`. Hence the object.)
 */
async function generalPage(context: SearchContext, query: EmailQuery): Promise<{ page: Fragment }> {
  const { sql } = context
  const { list } = await queryList(context, query)
  const page = sql`
    with listed as materialized (${list}),
      size as (select count(*) as total from listed),
      start as (select ${start(context, query)} as first from size)
    select l.email_id, start.first, size.total from start cross join size
    left join listed l on l.index >= start.first and l.index < start.first + ${query.limit}
    order by l.index`
  return { page }
}

/** RFC 8620 §5.5: a negative position counts from the end; an anchor's offset may lead before the beginning. */
function start({ sql }: QueryContext, { anchor, position }: EmailQuery): Fragment {
  if (anchor)
    return sql`(select greatest(0, index + ${anchor.offset}::bigint) from listed where email_id = ${anchor.id})`
  return position >= 0 ? sql`${position}::bigint` : sql`greatest(0, total + ${position}::bigint)`
}

/** The whole list, as rows of email_id and index. */
export async function queryList(
  context: SearchContext,
  query: Pick<EmailQuery, 'filter' | 'sort' | 'collapseThreads'>,
): Promise<{ list: Fragment }> {
  const { sql, accountId } = context
  const mailboxId = listed(context, query)
  if (mailboxId !== null) return { list: listing(context, mailboxId, query.collapseThreads) }
  const { from, condition } = await matchingEmails(context, query.filter)
  const places = sql`
    select s.email_id, s.thread_id, row_number() over (order by ${orderBy(context, query.sort)}) as place
    from ${from} where s.account_id = ${accountId} and ${isVisible(context)} and ${condition}`
  // RFC 8621 §4.4.3: of each thread the first that the sort brings stays.
  const list = query.collapseThreads
    ? sql`
      select email_id, row_number() over (order by place) - 1 as index
      from (select *, row_number() over (partition by thread_id order by place) as nth from (${places}) m) c
      where nth = 1`
    : sql`select email_id, place - 1 as index from (${places}) m`
  return { list }
}

/** A mailbox that a guest may not read has no listing: its counters would tell of it. */
function listed(context: QueryContext, query: Parameters<typeof listedMailbox>[0]): number | null {
  const mailboxId = listedMailbox(query)
  return mailboxId !== null && mayRead(context, mailboxId) ? mailboxId : null
}

/** A FROM clause with `s` (email_state) and `e` (email), and the filter's condition on it, whatever is visible. */
export async function matchingEmails(
  context: SearchContext,
  filter: EmailFilter | null,
): Promise<{ from: Fragment; condition: Fragment }> {
  const { sql, accountId, reading } = context
  const mailboxId = filter && requiredMailbox(filter)
  // Said once more by an index on memberships: in a large account, a small mailbox costs what it holds.
  const isThere = sql`exists (
    select from membership m
    where m.account_id = s.account_id and m.mailbox_id = ${mailboxId} and m.email_id = s.email_id and m.shown)`
  const filtered = filter ? where(context, filter) : sql`true`
  const condition = mailboxId === null ? filtered : sql`${isThere} and ${filtered}`
  if (some(filter, 'readsText')) return searchedEmails(sql, accountId, reading, condition)
  return { from: sql`email_state s join email e using (account_id, email_id)`, condition }
}
