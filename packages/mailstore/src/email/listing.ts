/**
 * A whole mailbox, newest first: what clients ask for most. It stands in an index in that order, collapsed in another,
 * and its total in a counter, so that a page costs a page and not a mailbox.
 */
import type { Fragment } from '../db/connect.js'
import type { QueryContext } from './filter.js'
import type { EmailFilter, EmailQuery } from './types.js'

type Question = Pick<EmailQuery, 'filter' | 'sort' | 'collapseThreads'>

/** The mailbox, where the question is for all of it, newest first; else null. */
export function listedMailbox({ filter, sort }: Question): number | null {
  const isNewestFirst = sort.length === 0 || (sort[0]!.property === 'receivedAt' && !sort[0]!.isAscending)
  return isNewestFirst && sort.length <= 1 ? onlyMailbox(filter) : null
}

/** Of `{ inMailbox }`, also where it is the one condition of an AND or OR. */
function onlyMailbox(filter: EmailFilter | null): number | null {
  if (filter && 'operator' in filter) {
    const [only, ...others] = filter.conditions
    return only && others.length === 0 && filter.operator !== 'NOT' ? onlyMailbox(only) : null
  }
  const { inMailbox, ...others } = filter ?? {}
  const isOnly = Object.values(others).every((value) => value === undefined)
  return inMailbox !== undefined && isOnly ? inMailbox : null
}

/** The mailbox's rows as `p`, and their order. */
function rowsOf({ sql, accountId }: QueryContext, mailboxId: number, isCollapsed: boolean) {
  return isCollapsed
    ? {
        // The latest email of each thread is the one that this order brings first.
        rows: sql`thread_mailbox p where p.account_id = ${accountId} and p.mailbox_id = ${mailboxId}`,
        order: sql`p.latest_received_at desc, p.latest_email_id desc`,
        emailId: sql`p.latest_email_id`,
        receivedAt: sql`p.latest_received_at`,
        total: sql`total_threads`,
      }
    : {
        rows: sql`membership p where p.account_id = ${accountId} and p.mailbox_id = ${mailboxId} and p.shown`,
        order: sql`p.received_at desc, p.email_id desc`,
        emailId: sql`p.email_id`,
        receivedAt: sql`p.received_at`,
        total: sql`total_emails`,
      }
}

/** All emails of the listing with their index. */
export function listing(context: QueryContext, mailboxId: number, isCollapsed: boolean): Fragment {
  const { rows, order, emailId } = rowsOf(context, mailboxId, isCollapsed)
  return context.sql`select ${emailId} as email_id, row_number() over (order by ${order}) - 1 as index from ${rows}`
}

/**
 * One page of the listing, in rows like those of queryEmails. An anchor costs the rows before it, or nothing where it
 * is not among them.
 */
export function listingPage(context: QueryContext, mailboxId: number, query: EmailQuery): Fragment {
  const { sql, accountId } = context
  const { rows, order, emailId, receivedAt, total } = rowsOf(context, mailboxId, query.collapseThreads)
  const { anchor, position, limit } = query
  const first = anchor
    ? sql`(
        select greatest(0, ${anchor.offset}::bigint + (
          select count(*) from ${rows} and (${receivedAt}, ${emailId}) > (a.received_at, a.email_id)))
        from (select ${receivedAt} as received_at, ${emailId} as email_id from ${rows} and ${emailId} = ${anchor.id}) a)`
    : position >= 0
      ? sql`${position}::bigint`
      : sql`greatest(0, total + ${position}::bigint)`
  return sql`
    with size as materialized (
      select coalesce((select ${total} from mailbox_counter
        where account_id = ${accountId} and mailbox_id = ${mailboxId}), 0) as total
    ), start as materialized (select ${first} as first from size)
    select page.email_id, start.first, size.total from start cross join size
    left join lateral (
      select ${emailId} as email_id, row_number() over (order by ${order}) as place from ${rows}
      order by ${order} offset (select first from start) limit ${limit}) page on true
    order by page.place`
}
