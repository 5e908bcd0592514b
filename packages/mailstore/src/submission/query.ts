/**
 * EmailSubmission/query and queryChanges (RFC 8621 §7.3, §7.4; RFC 8620 §5.5, §5.6). A submission is forgotten some
 * weeks after it is done, so that a list of all of them is short. All that a filter or sort looks at stays as it is,
 * undoStatus excepted.
 */
import { checkCursor } from '../changes/reader.js'
import type { Fragment, Queryable } from '../db/connect.js'
import type { EmailQueryChanges, EmailQueryResult } from '../email/types.js'
import { MailstoreError } from '../errors.js'
import { isShown } from './reader.js'
import type {
  SubmissionCondition,
  SubmissionFilter,
  SubmissionQuery,
  SubmissionQueryChangesRequest,
  SubmissionSort,
} from './types.js'

interface Context {
  sql: Queryable
  accountId: number
}

const CONDITIONS: {
  [K in keyof SubmissionCondition]-?: (sql: Queryable, value: Required<SubmissionCondition>[K]) => Fragment
} = {
  identityIds: (sql, ids) => sql`identity_id = any(${ids}::bigint[])`,
  emailIds: (sql, ids) => sql`email_id = any(${ids}::bigint[])`,
  threadIds: (sql, ids) => sql`thread_id = any(${ids}::bigint[])`,
  undoStatus: (sql, status) => sql`undo_status = ${status}`,
  before: (sql, date) => sql`send_at < ${date}`,
  after: (sql, date) => sql`send_at >= ${date}`,
}

const SORTS: Record<SubmissionSort['property'], (sql: Queryable) => Fragment> = {
  emailId: (sql) => sql`email_id`,
  threadId: (sql) => sql`thread_id`,
  sentAt: (sql) => sql`send_at`,
}

export async function querySubmissions(context: Context, query: SubmissionQuery): Promise<EmailQueryResult> {
  const { sql } = context
  const { anchor, position, limit } = query
  const first = anchor
    ? sql`(select greatest(0, index + ${anchor.offset}::bigint) from listed where id = ${anchor.id})`
    : position >= 0
      ? sql`${position}::bigint`
      : sql`greatest(0, total + ${position}::bigint)`
  const rows = await sql<{ id: number | null; first: number | null; total: number }[]>`
    with listed as materialized (${list(context, query)}),
      size as (select count(*) as total from listed),
      start as (select ${first} as first from size)
    select l.id, start.first, size.total from start cross join size
    left join listed l on l.index >= start.first and l.index < start.first + ${limit}
    order by l.index`
  const { first: at, total } = rows[0]!
  if (at === null) throw new MailstoreError('anchorNotFound', 'the anchor is not among the results')
  return {
    ids: rows.flatMap(({ id }) => (id === null ? [] : [id])),
    position: at,
    total: query.calculateTotal ? total : null,
  }
}

export async function querySubmissionChanges(
  context: Context,
  query: SubmissionQueryChangesRequest,
): Promise<EmailQueryChanges> {
  const { sql, accountId } = context
  const { sinceQueryState: since } = query
  const { marks } = await checkCursor(sql, accountId, { position: since, floor: since }, 'submission')
  const isMutable = readsUndoStatus(query.filter)
  // RFC 8620 §5.6: upToId only counts where nothing that the client has can have moved.
  const upTo = isMutable ? null : (query.upToId ?? null)
  const [gone, listed] = await Promise.all([
    sql<{ id: number }[]>`
      select id from tombstone
      where account_id = ${accountId} and kind = 'submission' and modseq > ${since} and created_modseq <= ${since}
      union all
      select submission_id from submission
      where account_id = ${accountId} and ${isMutable} and ${isShown(sql)}
        and modseq > ${since} and created_modseq <= ${since}`,
    sql<{ id: number | null; index: number; total: number }[]>`
      with listed as materialized (${list(context, query)}), size as (select count(*) as total from listed)
      select l.id, l.index, size.total from size
      left join listed l on (l.created_modseq > ${since} or (${isMutable} and l.modseq > ${since}))
        and l.index <= coalesce((select index from listed where id = ${upTo}), l.index)
      order by l.index`,
  ])
  const added = listed.flatMap(({ id, index }) => (id === null ? [] : [{ id, index }]))
  if (gone.length + added.length > (query.maxChanges ?? Number.POSITIVE_INFINITY)) return { tooMany: true }
  return {
    tooMany: false,
    removed: gone.map(({ id }) => id),
    added,
    total: query.calculateTotal ? listed[0]!.total : null,
    newQueryState: marks.submission,
  }
}

/** The whole list: rows of id, index, modseq and created_modseq. */
function list({ sql, accountId }: Context, { filter, sort }: Pick<SubmissionQuery, 'filter' | 'sort'>) {
  return sql`
    select submission_id as id, modseq, created_modseq, row_number() over (order by ${orderBy(sql, sort)}) - 1 as index
    from submission where account_id = ${accountId} and ${isShown(sql)} and ${filter ? where(sql, filter) : sql`true`}`
}

function orderBy(sql: Queryable, sorts: readonly SubmissionSort[]): Fragment {
  const keys = sorts.map(({ property, isAscending }) => {
    if (!Object.hasOwn(SORTS, property)) {
      throw new MailstoreError('unsupportedSort', `cannot sort by ${property}`)
    }
    return isAscending ? sql`${SORTS[property](sql)} asc` : sql`${SORTS[property](sql)} desc`
  })
  return [...keys, sql`send_at desc`, sql`submission_id desc`].reduce((all, key) => sql`${all}, ${key}`)
}

/** Of an empty list of conditions, what RFC 8620 §5.5 makes of it; always in parentheses. */
function where(sql: Queryable, filter: SubmissionFilter): Fragment {
  const all = (parts: Fragment[]) =>
    sql`(${parts.reduce((left, part) => sql`${left} and ${part}`, sql`true`)})`
  const any = (parts: Fragment[]) =>
    sql`(${parts.reduce((left, part) => sql`${left} or ${part}`, sql`false`)})`
  if (!('operator' in filter)) return all(conditionsOf(filter).map((build) => build(sql)))
  const parts = filter.conditions.map((each) => where(sql, each))
  switch (filter.operator) {
    case 'AND':
      return all(parts)
    case 'OR':
      return any(parts)
    case 'NOT':
      return sql`not ${any(parts)}`
  }
}

function conditionsOf(condition: SubmissionCondition): ((sql: Queryable) => Fragment)[] {
  return Object.entries(condition)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => {
      if (!Object.hasOwn(CONDITIONS, name)) {
        throw new MailstoreError('unsupportedFilter', `cannot filter by ${name}`)
      }
      const build = CONDITIONS[name as keyof SubmissionCondition] as (
        sql: Queryable,
        value: unknown,
      ) => Fragment
      return (sql) => build(sql, value)
    })
}

function readsUndoStatus(filter: SubmissionFilter | null): boolean {
  if (!filter) return false
  return 'operator' in filter ? filter.conditions.some(readsUndoStatus) : filter.undoStatus !== undefined
}
