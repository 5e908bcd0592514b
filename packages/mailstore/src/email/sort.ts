import type { Fragment } from '../db/connect.js'
import { MailstoreError } from '../errors.js'
import { collationKey } from './collation.js'
import { allInThreadHave, hasKeyword, type QueryContext, someInThreadHave } from './filter.js'
import type { EmailSort } from './types.js'

interface Rule {
  /** What is compared, of `s` (email_state) and `e` (email). */
  key(context: QueryContext, sort: Pick<EmailSort, 'keyword' | 'collation'>): Fragment
  isMutable?: true
  isOfThread?: true
}

/** RFC 8621 §4.4.2, one row a property. */
const RULES: Record<EmailSort['property'], Rule> = {
  receivedAt: { key: ({ sql }) => sql`e.received_at` },
  sentAt: { key: ({ sql }) => sql`coalesce(e.sent_at, e.received_at)` },
  size: { key: ({ sql }) => sql`e.size` },
  from: { key: (context, sort) => collated(context, firstAddress(context, 'from'), sort) },
  to: { key: (context, sort) => collated(context, firstAddress(context, 'to'), sort) },
  subject: { key: (context, sort) => collated(context, context.sql`e.base_subject`, sort) },
  hasKeyword: { key: byKeyword(hasKeyword), isMutable: true },
  allInThreadHaveKeyword: { key: byKeyword(allInThreadHave), isMutable: true, isOfThread: true },
  someInThreadHaveKeyword: { key: byKeyword(someInThreadHave), isMutable: true, isOfThread: true },
}

/** ORDER BY's list. Ties are broken by newest first, then by id, so that pages fit together. Errors: unsupportedSort. */
export function orderBy(context: QueryContext, sorts: readonly EmailSort[]): Fragment {
  const { sql } = context
  const keys = sorts.map((sort) => {
    const key = ruleOf(sort).key(context, sort)
    return sort.isAscending ? sql`${key} asc` : sql`${key} desc`
  })
  return [...keys, sql`e.received_at desc`, sql`s.email_id desc`].reduce((all, key) => sql`${all}, ${key}`)
}

/** Whether any comparator is of that kind. Errors: unsupportedSort. */
export function someSort(sorts: readonly EmailSort[], kind: 'isMutable' | 'isOfThread'): boolean {
  return sorts.some((sort) => ruleOf(sort)[kind])
}

function ruleOf({ property }: EmailSort): Rule {
  if (!Object.hasOwn(RULES, property))
    throw new MailstoreError('unsupportedSort', `cannot sort by ${property}`)
  return RULES[property]
}

function byKeyword(condition: (context: QueryContext, keyword: string) => Fragment): Rule['key'] {
  return (context, { keyword = '' }) => condition(context, keyword)
}

function collated(
  { sql }: QueryContext,
  text: Fragment,
  { collation = 'i;unicode-casemap' }: Pick<EmailSort, 'collation'>,
): Fragment {
  return collationKey(sql, text, collation)
}

/** RFC 8621 §4.4.2: the name of the first address, or else the address. */
function firstAddress({ sql }: QueryContext, field: 'from' | 'to'): Fragment {
  const [name, email] = [`{${field},0,name}`, `{${field},0,email}`]
  return sql`coalesce(nullif(e.summary #>> ${name}, ''), e.summary #>> ${email}, '')`
}
