// What all types have in common of RFC 8620 §5.
import {
  type ChangeCursor,
  type Changes,
  type EmailQueryChanges,
  formatId,
  type IdKind,
  parseId,
} from '@tandem/mailstore'
import {
  anyValue,
  arrayOf,
  boolean,
  int,
  nullable,
  positiveInt,
  string,
  unsignedInt,
  withDefault,
} from '../api/arguments.js'
import type { JsonObject } from '../api/json.js'
import { type Limits, MAX_QUERY_RESULTS } from '../api/limits.js'
import { MethodError } from '../errors.js'
import { formatCursor, formatState, parseState } from '../objects/state.js'

/** §5.1 */
export const GET_ARGUMENTS = { ids: nullable(arrayOf(string)), properties: nullable(arrayOf(string)) }

/** The ids of a /get, each once; null for all. Errors: requestTooLarge. */
export function wantedIds(kind: IdKind, ids: string[] | null, limits: Limits): WantedIds | null {
  if (ids === null) return null
  if (ids.length > limits.maxObjectsInGet) throw tooManyObjects(limits)
  const wanted = new Map<number, string>()
  const never: string[] = []
  for (const text of new Set(ids)) {
    const id = parseId(kind, text)
    if (id === null) never.push(text)
    else wanted.set(id, text)
  }
  return {
    ids: [...wanted.keys()],
    notFound: (found) => {
      const there = new Set(found)
      return [...never, ...[...wanted].filter(([id]) => !there.has(id)).map(([, text]) => text)]
    },
  }
}

export interface WantedIds {
  ids: number[]
  /** What was asked for and is not among the found. */
  notFound(found: Iterable<number>): string[]
}

export function tooManyObjects(limits: Limits): MethodError {
  return new MethodError('requestTooLarge', `at most ${limits.maxObjectsInGet} objects in one call`)
}

/** The properties of a /get; `id` always. Errors: invalidArguments for one that the type has not. */
export function wantedProperties(type: string, all: readonly string[], wanted: string[] | null): Set<string> {
  for (const name of wanted ?? []) {
    if (!all.includes(name)) {
      throw new MethodError('invalidArguments', `"${name.slice(0, 100)}" is no property of a ${type}`)
    }
  }
  return new Set(['id', ...(wanted ?? all)])
}

/** §5.2 */
export const CHANGES_ARGUMENTS = { sinceState: string, maxChanges: nullable(positiveInt) }

/** Where a /changes begins, and how many changes it gives at most. Errors: cannotCalculateChanges. */
export function changesFrom(
  args: { sinceState: string; maxChanges: number | null },
  limits: Limits,
): { since: ChangeCursor; max: number } {
  const since = parseState(args.sinceState)
  if (!since) throw new MethodError('cannotCalculateChanges', 'that is no state of this server')
  // Pages fit a /get of what they name.
  return { since, max: Math.min(args.maxChanges ?? limits.maxObjectsInGet, limits.maxObjectsInGet) }
}

/** `mark`: the type's mark in the snapshot that the changes are of. */
export function renderChanges(kind: IdKind, sinceState: string, changes: Changes, mark: number): JsonObject {
  const ids = (list: number[]) => list.map((id) => formatId(kind, id))
  return {
    oldState: sinceState,
    newState: changes.hasMore ? formatCursor(changes.next) : formatState(mark),
    hasMoreChanges: changes.hasMore,
    created: ids(changes.created),
    updated: ids(changes.updated),
    destroyed: ids(changes.destroyed),
  }
}

/** §5.5 */
export const QUERY_ARGUMENTS = {
  filter: anyValue,
  sort: anyValue,
  position: withDefault(int, 0),
  anchor: nullable(string),
  anchorOffset: withDefault(int, 0),
  limit: nullable(unsignedInt),
  calculateTotal: withDefault(boolean, false),
}

/** The limit in force, and what the response says of it: only where it isn't the client's. */
export function queryLimit(limit: number | null): { limit: number; said: { limit?: number } } {
  if (limit !== null && limit <= MAX_QUERY_RESULTS) return { limit, said: {} }
  return { limit: MAX_QUERY_RESULTS, said: { limit: MAX_QUERY_RESULTS } }
}

interface QueryArguments {
  position: number
  anchor: string | null
  anchorOffset: number
  limit: number | null
  calculateTotal: boolean
}

/** The part of a list that is asked of the store. Errors: anchorNotFound for an anchor that can be no id. */
export function queryPage(
  kind: IdKind,
  { position, anchor, anchorOffset, limit, calculateTotal }: QueryArguments,
) {
  const page = { position, limit: queryLimit(limit).limit, calculateTotal }
  if (anchor === null) return page
  const id = parseId(kind, anchor)
  if (id === null) throw new MethodError('anchorNotFound', 'the anchor is not among the results')
  return { ...page, anchor: { id, offset: anchorOffset } }
}

/** `mark`: that of the snapshot which the ids are of. */
export function renderQuery(
  kind: IdKind,
  { limit, calculateTotal }: QueryArguments,
  { ids, position, total }: { ids: readonly number[]; position: number; total: number | null },
  mark: number,
): JsonObject {
  return {
    queryState: formatState(mark),
    canCalculateChanges: true,
    position,
    ids: ids.map((id) => formatId(kind, id)),
    ...(calculateTotal ? { total } : {}),
    ...queryLimit(limit).said,
  }
}

/** §5.6 */
export const QUERY_CHANGES_ARGUMENTS = {
  filter: anyValue,
  sort: anyValue,
  sinceQueryState: string,
  maxChanges: nullable(positiveInt),
  upToId: nullable(string),
  calculateTotal: withDefault(boolean, false),
}

/** The mark behind a sinceQueryState. Errors: cannotCalculateChanges. */
export function sinceMark(sinceQueryState: string): number {
  const since = parseState(sinceQueryState)
  // Only /changes gives states in the middle of a page.
  if (!since || since.position !== since.floor) {
    throw new MethodError('cannotCalculateChanges', 'that is no query state of this server')
  }
  return since.position
}

export function tooManyChanges(): MethodError {
  return new MethodError('tooManyChanges', 'there are more changes than maxChanges')
}

/** Errors: tooManyChanges. */
export function renderQueryChanges(
  kind: IdKind,
  { sinceQueryState, calculateTotal }: { sinceQueryState: string; calculateTotal: boolean },
  changes: EmailQueryChanges,
): JsonObject {
  if (changes.tooMany) throw tooManyChanges()
  return {
    oldQueryState: sinceQueryState,
    newQueryState: formatState(changes.newQueryState),
    ...(calculateTotal ? { total: changes.total } : {}),
    removed: changes.removed.map((id) => formatId(kind, id)),
    added: changes.added.map(({ id, index }) => ({ id: formatId(kind, id), index })),
  }
}

export const optionalBoolean = withDefault(boolean, false)
