import type { Fragment, Queryable } from '../db/connect.js'
import { MailstoreError } from '../errors.js'
import { SYSTEM_KEYWORDS } from './keywords.js'
import type { EmailCondition, EmailFilter, EmailQuery, EmailQueryResult, EmailSort } from './types.js'

/**
 * Email/query in one statement (RFC 8621 §4.4, RFC 8620 §5.5). Only visible emails are seen. Ties are broken by
 * newest first, then by id, so that pages fit together.
 */
export async function queryEmails(
  sql: Queryable,
  accountId: number,
  query: EmailQuery,
): Promise<EmailQueryResult> {
  const order = orderBy(sql, accountId, query.sort)
  const filter = query.filter ? where(sql, accountId, query.filter) : sql`true`
  const matching = sql`
    select s.email_id, s.thread_id, row_number() over (order by ${order}) as place
    from email_state s join email e using (account_id, email_id)
    where s.account_id = ${accountId} and s.mailbox_ids <> '{}' and ${filter}`
  // RFC 8621 §4.4.3: of each thread the first that the sort brings stays.
  const listed = query.collapseThreads
    ? sql`
      select email_id, row_number() over (order by place) - 1 as index
      from (select *, row_number() over (partition by thread_id order by place) as nth from (${matching}) m) c
      where nth = 1`
    : sql`select email_id, place - 1 as index from (${matching}) m`
  const rows = await sql<{ email_id: number | null; first: number | null; total: number }[]>`
    with listed as materialized (${listed}),
      size as (select count(*) as total from listed),
      start as (select ${start(sql, query)} as first from size)
    select l.email_id, start.first, size.total from start cross join size
    left join listed l on l.index >= start.first and l.index < start.first + ${query.limit}
    order by l.index`
  const { first, total } = rows[0]!
  if (first === null) throw new MailstoreError('anchorNotFound', 'the anchor is not among the results')
  return {
    ids: rows.flatMap((row) => (row.email_id === null ? [] : [row.email_id])),
    position: first,
    total: query.calculateTotal ? total : null,
  }
}

/** RFC 8620 §5.5: a negative position counts from the end; an anchor's offset may lead before the beginning. */
function start(sql: Queryable, { anchor, position }: EmailQuery): Fragment {
  if (anchor)
    return sql`(select greatest(0, index + ${anchor.offset}::bigint) from listed where email_id = ${anchor.id})`
  return position >= 0 ? sql`${position}::bigint` : sql`greatest(0, total + ${position}::bigint)`
}

function orderBy(sql: Queryable, accountId: number, sorts: readonly EmailSort[]): Fragment {
  const keys = sorts.map((sort) => {
    const key = sortKey(sql, accountId, sort)
    return sort.isAscending ? sql`${key} asc` : sql`${key} desc`
  })
  return [...keys, sql`e.received_at desc`, sql`s.email_id desc`].reduce((all, key) => sql`${all}, ${key}`)
}

function sortKey(sql: Queryable, accountId: number, sort: EmailSort): Fragment {
  switch (sort.property) {
    case 'receivedAt':
      return sql`e.received_at`
    case 'sentAt':
      return sql`coalesce(e.sent_at, e.received_at)`
    case 'size':
      return sql`e.size`
    // RFC 8621 §4.4.2: the name of the first address, or else the address.
    case 'from':
      return sql`lower(coalesce(nullif(e.summary #>> '{from,0,name}', ''), e.summary #>> '{from,0,email}', ''))`
    case 'to':
      return sql`lower(coalesce(nullif(e.summary #>> '{to,0,name}', ''), e.summary #>> '{to,0,email}', ''))`
    case 'subject':
      return sql`lower(e.base_subject)`
    case 'hasKeyword':
      return hasKeyword(sql, accountId, sort.keyword ?? '')
    default:
      throw new MailstoreError('unsupportedSort', `cannot sort by ${sort.property satisfies never}`)
  }
}

function where(sql: Queryable, accountId: number, filter: EmailFilter): Fragment {
  if (!('operator' in filter)) return condition(sql, accountId, filter)
  const parts = filter.conditions.map((each) => where(sql, accountId, each))
  if (parts.length === 0) return filter.operator === 'OR' ? sql`false` : sql`true`
  switch (filter.operator) {
    case 'AND':
      return sql`(${parts.reduce((all, part) => sql`${all} and ${part}`)})`
    case 'OR':
      return sql`(${parts.reduce((all, part) => sql`${all} or ${part}`)})`
    case 'NOT':
      return sql`not (${parts.reduce((all, part) => sql`${all} or ${part}`)})`
  }
}

type Condition = {
  [K in keyof Required<EmailCondition>]: (
    sql: Queryable,
    value: Required<EmailCondition>[K],
    accountId: number,
  ) => Fragment
}

/** RFC 8621 §4.4.1, one row a property. */
const CONDITIONS: Condition = {
  inMailbox: (sql, id) => sql`${id}::bigint = any(s.mailbox_ids)`,
  inMailboxOtherThan: (sql, ids) => sql`not s.mailbox_ids <@ ${ids}::bigint[]`,
  before: (sql, date) => sql`e.received_at < ${date}`,
  after: (sql, date) => sql`e.received_at >= ${date}`,
  minSize: (sql, size) => sql`e.size >= ${size}`,
  maxSize: (sql, size) => sql`e.size < ${size}`,
  hasKeyword: (sql, keyword, accountId) => hasKeyword(sql, accountId, keyword),
  notKeyword: (sql, keyword, accountId) => sql`not ${hasKeyword(sql, accountId, keyword)}`,
  hasAttachment: (sql, has) => sql`(e.summary -> 'hasAttachment')::boolean = ${has}`,
  from: (sql, text) => addressHas(sql, sql`e.summary -> 'from'`, text),
  to: (sql, text) => addressHas(sql, sql`e.summary -> 'to'`, text),
  cc: (sql, text) => addressHas(sql, sql`e.summary -> 'cc'`, text),
  bcc: (sql, text) => addressHas(sql, sql`e.summary -> 'bcc'`, text),
  subject: (sql, text) => sql`coalesce(e.summary ->> 'subject', '') ilike ${like(text)}`,
}

function condition(sql: Queryable, accountId: number, filter: EmailCondition): Fragment {
  const parts = Object.entries(filter)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => {
      const build = CONDITIONS[name as keyof EmailCondition] as
        | ((sql: Queryable, value: unknown, accountId: number) => Fragment)
        | undefined
      if (!build) throw new MailstoreError('unsupportedFilter', `cannot filter by ${name}`)
      return build(sql, value, accountId)
    })
  return parts.length === 0 ? sql`true` : parts.reduce((all, part) => sql`${all} and ${part}`)
}

function hasKeyword(sql: Queryable, accountId: number, keyword: string): Fragment {
  const name = keyword.toLowerCase()
  const bit = SYSTEM_KEYWORDS[name as keyof typeof SYSTEM_KEYWORDS]
  if (bit) return sql`(s.flags & ${bit}::smallint <> 0)`
  return sql`coalesce((select keyword_id from keyword k where k.account_id = ${accountId} and k.name = ${name})
    = any(s.keywords), false)`
}

/** The name or the address of one of them holds the text, in any case (rulings: both are matched). */
function addressHas(sql: Queryable, addresses: Fragment, text: string): Fragment {
  return sql`exists (
    select from jsonb_array_elements(case jsonb_typeof(${addresses}) when 'array' then ${addresses} else '[]' end) a
    where a ->> 'name' ilike ${like(text)} or a ->> 'email' ilike ${like(text)})`
}

const like = (text: string) => `%${text.replace(/[\\%_]/g, '\\$&')}%`
