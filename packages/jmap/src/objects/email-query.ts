// Filters and sorts of Email/query: RFC 8621 §4.4.
import {
  type EmailCondition,
  type EmailFilter,
  type EmailSort,
  parseId,
  type TextTerm,
} from '@tandem/mailstore'
import type { JsonObject } from '../api/json.js'
import { MethodError } from '../errors.js'
import { parseUTCDate } from './dates.js'
import { type Filter, readConditions, readFilter, readSort } from './query.js'

/** What the store can sort by; advertised as emailQuerySortOptions. */
export const EMAIL_SORT_OPTIONS = [
  'receivedAt',
  'sentAt',
  'size',
  'from',
  'to',
  'subject',
  'hasKeyword',
  'allInThreadHaveKeyword',
  'someInThreadHaveKeyword',
] as const satisfies EmailSort['property'][]

/** One statement holds them all. */
const MAX_TERMS = 2_000
/** UTF-16 units of one text to look for. */
const MAX_TEXT = 4_000

/** RFC 8621 §4.4.1: no email matches, every email does. */
const NEVER: EmailFilter = { operator: 'OR', conditions: [] }
const ALWAYS: EmailFilter = {}

/** A reader of each condition's value: null where it has the wrong type. */
const CONDITIONS: Record<string, (value: unknown) => EmailFilter | null> = {
  inMailbox: (value) => {
    if (typeof value !== 'string') return null
    const id = parseId('mailbox', value)
    return id === null ? NEVER : { inMailbox: id }
  },
  inMailboxOtherThan: (value) => {
    if (!isStrings(value)) return null
    return { inMailboxOtherThan: value.map((text) => parseId('mailbox', text)).filter((id) => id !== null) }
  },
  before: (value) => ofDate(value, (before) => ({ before })),
  after: (value) => ofDate(value, (after) => ({ after })),
  minSize: (value) => ofSize(value, (minSize) => ({ minSize })),
  maxSize: (value) => ofSize(value, (maxSize) => ({ maxSize })),
  // No email has a keyword that can't be one.
  hasKeyword: (value) => ofString(value, (hasKeyword) => (isStorable(hasKeyword) ? { hasKeyword } : NEVER)),
  notKeyword: (value) => ofString(value, (notKeyword) => (isStorable(notKeyword) ? { notKeyword } : ALWAYS)),
  allInThreadHaveKeyword: (value) =>
    ofString(value, (keyword) => (isStorable(keyword) ? { allInThreadHaveKeyword: keyword } : NEVER)),
  someInThreadHaveKeyword: (value) =>
    ofString(value, (keyword) => (isStorable(keyword) ? { someInThreadHaveKeyword: keyword } : NEVER)),
  noneInThreadHaveKeyword: (value) =>
    ofString(value, (keyword) => (isStorable(keyword) ? { noneInThreadHaveKeyword: keyword } : ALWAYS)),
  hasAttachment: (value) => (typeof value === 'boolean' ? { hasAttachment: value } : null),
  from: (value) => ofText(value, (from) => ({ from })),
  to: (value) => ofText(value, (to) => ({ to })),
  cc: (value) => ofText(value, (cc) => ({ cc })),
  bcc: (value) => ofText(value, (bcc) => ({ bcc })),
  subject: (value) => ofText(value, (subject) => ({ subject })),
  text: (value) => ofText(value, (text) => ({ text })),
  body: (value) => ofText(value, (body) => ({ body })),
  header: (value) => {
    if (!isStrings(value) || value.length < 1 || value.length > 2) return null
    if (!value.every(isStorable)) return NEVER
    checkLength(value.join(''))
    return { header: value as [string] | [string, string] }
  },
}

/** Errors: invalidArguments; unsupportedFilter for an unknown condition, or too large a filter. */
export function readEmailFilter(value: unknown): EmailFilter | null {
  const filter = readFilter<EmailCondition>(value, readCondition)
  if (filter && countTerms(filter) > MAX_TERMS) {
    throw new MethodError('unsupportedFilter', `a filter has at most ${MAX_TERMS} conditions and words`)
  }
  return filter
}

function countTerms(filter: EmailFilter): number {
  if (!('operator' in filter)) return 1
  return filter.conditions.reduce((sum, each) => sum + countTerms(each), 1)
}

function readCondition(condition: JsonObject): Filter<EmailCondition> {
  const conditions = readConditions(condition, CONDITIONS)
  return conditions.length === 1 ? conditions[0]! : { operator: 'AND', conditions }
}

/** Errors: invalidArguments, unsupportedSort. */
export function readEmailSort(value: unknown): EmailSort[] {
  return readSort(value, EMAIL_SORT_OPTIONS, ['from', 'to', 'subject']).map((comparator) => {
    const property = comparator.property as EmailSort['property']
    const { isAscending, keyword, collation } = comparator
    if (!property.endsWith('Keyword')) return { property, isAscending, ...(collation ? { collation } : {}) }
    if (keyword === undefined || !isStorable(keyword)) {
      throw new MethodError('invalidArguments', `a sort by ${property} needs a "keyword"`)
    }
    return { property, isAscending, keyword }
  })
}

/**
 * The tokens and phrases of a search text, all of which must match (RFC 8621 §4.4.1): white space separates
 * tokens; quotes of one kind hold a phrase, in which a backslash makes quotes and backslashes plain.
 */
export function searchTerms(text: string): TextTerm[] {
  const pattern = /(["'])((?:\\.|(?!\1)[^\\])*)\1(?!\S)|\S+/gsu
  return [...text.matchAll(pattern)]
    .map(([token, , quoted]) =>
      quoted === undefined ? token : { phrase: quoted.replace(/\\(["'\\])/g, '$1') },
    )
    .filter((term) => typeof term === 'string' || term.phrase !== '')
}

function ofText(value: unknown, condition: (term: TextTerm) => EmailCondition): EmailFilter | null {
  if (typeof value !== 'string') return null
  if (!isStorable(value)) return NEVER
  checkLength(value)
  const conditions = searchTerms(value).map(condition)
  return conditions.length === 1 ? conditions[0]! : { operator: 'AND', conditions }
}

function checkLength(text: string): void {
  if (text.length > MAX_TEXT) throw new MethodError('unsupportedFilter', 'the text to look for is too long')
}

function ofString(value: unknown, condition: (text: string) => EmailFilter): EmailFilter | null {
  return typeof value === 'string' ? condition(value) : null
}

function ofDate(value: unknown, condition: (date: Date) => EmailCondition): EmailFilter | null {
  const date = parseUTCDate(value)
  return date && condition(date)
}

function ofSize(value: unknown, condition: (size: number) => EmailCondition): EmailFilter | null {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? condition(value as number) : null
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

/** Text in Postgres holds no NUL. */
function isStorable(text: string): boolean {
  return !text.includes('\0')
}
