import type { Fragment, Queryable } from '../db/connect.js'
import { MailstoreError } from '../errors.js'
import type { Guest } from '../guest/guest.js'
import type { Reading } from '../reading/types.js'
import { containsText, hasTerm } from '../search/match.js'
import { bitOf } from './keywords.js'
import type { EmailCondition, EmailFilter } from './types.js'

/** What the SQL of a filter or sort is made with. */
export interface QueryContext {
  sql: Queryable
  accountId: number
  /** For whom, where it is not the owner: only what he may read is there. */
  guest?: Pick<Guest, 'readable' | 'epoch'> | null
}

/** What a question is answered with that may be about texts. */
export interface SearchContext extends QueryContext {
  /** For messages that are not in search yet. */
  reading: Reading
}

/** JMAP sees the email that `row` names, in a mailbox that may be read. */
export function isVisible({ sql, guest }: QueryContext, row: 's' | 'o' = 's'): Fragment {
  const places = sql(`${row}.mailbox_ids`)
  return guest ? sql`${places} && ${guest.readable as number[]}::bigint[]` : sql`${places} <> '{}'`
}

/** Whether there is anything in that mailbox, for the guest. */
export const mayRead = ({ guest }: QueryContext, mailboxId: number): boolean =>
  !guest || guest.readable.includes(mailboxId)

/** What is to be known of a condition besides its SQL. */
interface Rule<V> {
  /** A condition on `s` (email_state), `e` (email) and, where it reads text, `x` (search). */
  build(context: QueryContext, value: V): Fragment
  /** It looks at what can change in an email's life. */
  isMutable?: true
  /** It looks at the other emails of the thread. */
  isOfThread?: true
  readsText?: true
}

type Rules = { [K in keyof Required<EmailCondition>]: Rule<Required<EmailCondition>[K]> }

/** RFC 8621 §4.4.1, one row a property. */
const RULES: Rules = {
  inMailbox: {
    build: (context, id) =>
      mayRead(context, id) ? context.sql`${id}::bigint = any(s.mailbox_ids)` : context.sql`false`,
    isMutable: true,
  },
  inMailboxOtherThan: {
    build: ({ sql, guest }, ids) =>
      guest
        ? sql`s.mailbox_ids && ${guest.readable.filter((id) => !ids.includes(id))}::bigint[]`
        : sql`not s.mailbox_ids <@ ${ids}::bigint[]`,
    isMutable: true,
  },
  before: { build: ({ sql }, date) => sql`e.received_at < ${date}` },
  after: { build: ({ sql }, date) => sql`e.received_at >= ${date}` },
  minSize: { build: ({ sql }, size) => sql`e.size >= ${size}` },
  maxSize: { build: ({ sql }, size) => sql`e.size < ${size}` },
  allInThreadHaveKeyword: {
    build: (context, keyword) => allInThreadHave(context, keyword),
    isMutable: true,
    isOfThread: true,
  },
  someInThreadHaveKeyword: {
    build: (context, keyword) => someInThreadHave(context, keyword),
    isMutable: true,
    isOfThread: true,
  },
  noneInThreadHaveKeyword: {
    build: (context, keyword) => context.sql`not ${someInThreadHave(context, keyword)}`,
    isMutable: true,
    isOfThread: true,
  },
  hasKeyword: { build: (context, keyword) => hasKeyword(context, keyword), isMutable: true },
  notKeyword: {
    build: (context, keyword) => context.sql`not ${hasKeyword(context, keyword)}`,
    isMutable: true,
  },
  hasAttachment: { build: ({ sql }, has) => sql`(e.summary -> 'hasAttachment')::boolean = ${has}` },
  text: { build: ({ sql }, term) => hasTerm(sql, 'text', term), readsText: true },
  from: { build: ({ sql }, term) => hasTerm(sql, 'from', term), readsText: true },
  to: { build: ({ sql }, term) => hasTerm(sql, 'to', term), readsText: true },
  cc: { build: ({ sql }, term) => hasTerm(sql, 'cc', term), readsText: true },
  bcc: { build: ({ sql }, term) => hasTerm(sql, 'bcc', term), readsText: true },
  subject: { build: ({ sql }, term) => hasTerm(sql, 'subject', term), readsText: true },
  body: { build: ({ sql }, term) => hasTerm(sql, 'body', term), readsText: true },
  header: {
    build: ({ sql }, [name, value = '']) => containsText(sql, { field: 'header', name, value }),
    readsText: true,
  },
}

/** The condition that an email must satisfy. Errors: unsupportedFilter. */
export function where(context: QueryContext, filter: EmailFilter): Fragment {
  const { sql } = context
  if (!('operator' in filter))
    return join(
      context,
      rulesOf(filter).map(([rule, value]) => rule.build(context, value)),
      'and',
    )
  const parts = filter.conditions.map((each) => where(context, each))
  switch (filter.operator) {
    case 'AND':
      return join(context, parts, 'and')
    case 'OR':
      return join(context, parts, 'or')
    case 'NOT':
      return sql`not ${join(context, parts, 'or')}`
  }
}

/** All of them, or one of them; of none, what RFC 8620 §5.5 makes of an empty list of conditions. */
function join({ sql }: QueryContext, parts: readonly Fragment[], operator: 'and' | 'or'): Fragment {
  if (parts.length === 0) return operator === 'and' ? sql`true` : sql`false`
  return sql`(${parts.reduce((all, part) => (operator === 'and' ? sql`${all} and ${part}` : sql`${all} or ${part}`))})`
}

/** A mailbox that every email the filter lets through is in, where there is one that is easily seen. */
export function requiredMailbox(filter: EmailFilter): number | null {
  if (!('operator' in filter)) return filter.inMailbox ?? null
  if (filter.operator !== 'AND') return null
  for (const each of filter.conditions) {
    const mailboxId = requiredMailbox(each)
    if (mailboxId !== null) return mailboxId
  }
  return null
}

/** Whether any condition of the filter is of that kind. Errors: unsupportedFilter. */
export function some(filter: EmailFilter | null, kind: 'isMutable' | 'isOfThread' | 'readsText'): boolean {
  if (!filter) return false
  if ('operator' in filter) return filter.conditions.some((each) => some(each, kind))
  return rulesOf(filter).some(([rule]) => rule[kind])
}

function rulesOf(condition: EmailCondition): [Rule<unknown>, unknown][] {
  return Object.entries(condition)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => {
      if (!Object.hasOwn(RULES, name))
        throw new MailstoreError('unsupportedFilter', `cannot filter by ${name}`)
      return [RULES[name as keyof EmailCondition] as Rule<unknown>, value]
    })
}

/** The email that `row` names has the keyword. */
export function hasKeyword(
  { sql, accountId }: QueryContext,
  keyword: string,
  row: 's' | 'o' = 's',
): Fragment {
  const name = keyword.toLowerCase()
  const bit = bitOf(name)
  if (bit) return sql`(${sql(row)}.flags & ${bit}::smallint <> 0)`
  return sql`coalesce((select keyword_id from keyword k where k.account_id = ${accountId} and k.name = ${name})
    = any(${sql(row)}.keywords), false)`
}

/**
 * Of the thread's emails that JMAP sees, this one among them, at least one has the keyword. "Is true" says nothing
 * more, but keeps the planner from making joins of many such conditions: it took minutes for them.
 */
export function someInThreadHave(context: QueryContext, keyword: string): Fragment {
  return context.sql`(exists (${threadEmails(context)} and ${hasKeyword(context, keyword, 'o')}) is true)`
}

/** All of them have. */
export function allInThreadHave(context: QueryContext, keyword: string): Fragment {
  return context.sql`(exists (${threadEmails(context)} and not ${hasKeyword(context, keyword, 'o')}) is not true)`
}

function threadEmails(context: QueryContext): Fragment {
  return context.sql`
    select from email_state o
    where o.account_id = s.account_id and o.thread_id = s.thread_id and ${isVisible(context, 'o')}`
}
