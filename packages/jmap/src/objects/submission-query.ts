// Filters and sorts of EmailSubmission/query: RFC 8621 §7.3.
import {
  type IdKind,
  parseId,
  type SubmissionCondition,
  type SubmissionFilter,
  type SubmissionSort,
  type UndoStatus,
} from '@tandem/mailstore'
import type { JsonObject } from '../api/json.js'
import { parseUTCDate } from './dates.js'
import { readConditions, readFilter, readSort } from './query.js'

const SORTS = ['emailId', 'threadId', 'sentAt'] as const satisfies SubmissionSort['property'][]

/** A reader of each condition's value: null where it has the wrong type. */
const CONDITIONS: Record<string, (value: unknown) => SubmissionFilter | null> = {
  identityIds: (value) => ofIds('identity', value, (identityIds) => ({ identityIds })),
  emailIds: (value) => ofIds('email', value, (emailIds) => ({ emailIds })),
  threadIds: (value) => ofIds('thread', value, (threadIds) => ({ threadIds })),
  undoStatus: (value) => {
    if (typeof value !== 'string') return null
    return isUndoStatus(value) ? { undoStatus: value } : { operator: 'OR', conditions: [] }
  },
  before: (value) => ofDate(value, (before) => ({ before })),
  after: (value) => ofDate(value, (after) => ({ after })),
}

/** Errors: invalidArguments; unsupportedFilter for an unknown condition, or too large a filter. */
export function readSubmissionFilter(value: unknown): SubmissionFilter | null {
  return readFilter<SubmissionCondition>(value, readCondition)
}

function readCondition(condition: JsonObject): SubmissionFilter {
  const conditions = readConditions(condition, CONDITIONS)
  return conditions.length === 1 ? conditions[0]! : { operator: 'AND', conditions }
}

/** Errors: invalidArguments, unsupportedSort. */
export function readSubmissionSort(value: unknown): SubmissionSort[] {
  return readSort(value, SORTS, []).map(({ property, isAscending }) => ({
    property: property as SubmissionSort['property'],
    isAscending,
  }))
}

/** Ids that cannot be any match nothing. */
function ofIds(
  kind: IdKind,
  value: unknown,
  condition: (ids: number[]) => SubmissionCondition,
): SubmissionFilter | null {
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) return null
  return condition(value.map((text) => parseId(kind, text)).filter((id) => id !== null))
}

function ofDate(value: unknown, condition: (date: Date) => SubmissionCondition): SubmissionFilter | null {
  const date = parseUTCDate(value)
  return date && condition(date)
}

function isUndoStatus(value: string): value is UndoStatus {
  return value === 'pending' || value === 'final' || value === 'canceled'
}
