// Filters and sorts: RFC 8620 §5.5.
import { COLLATIONS, type Collation } from '@tandem/mailstore'
import { isObject, type JsonObject } from '../api/json.js'
import { MethodError } from '../errors.js'

export type Filter<C> = { operator: 'AND' | 'OR' | 'NOT'; conditions: Filter<C>[] } | C

/** Beyond it a filter is refused: it would be a statement that the database can't plan. */
const MAX_CONDITIONS = 500
/** Of operators in each other; the same is true of what nests deeper. */
const MAX_DEPTH = 30

/** Errors: invalidArguments for what is no filter, unsupportedFilter for too large a one. */
export function readFilter<C>(
  value: unknown,
  readCondition: (condition: JsonObject) => Filter<C>,
): Filter<C> | null {
  if (value === undefined || value === null) return null
  let count = 0
  const read = (node: unknown, depth: number): Filter<C> => {
    if (!isObject(node)) throw new MethodError('invalidArguments', 'a filter must be an object')
    if (++count > MAX_CONDITIONS) {
      throw new MethodError('unsupportedFilter', `a filter has at most ${MAX_CONDITIONS} conditions`)
    }
    if (!Object.hasOwn(node, 'operator')) return readCondition(node)
    if (depth > MAX_DEPTH) {
      throw new MethodError(
        'unsupportedFilter',
        `a filter nests at most ${MAX_DEPTH} operators in each other`,
      )
    }
    const { operator, conditions, ...rest } = node
    if (operator !== 'AND' && operator !== 'OR' && operator !== 'NOT') {
      throw new MethodError('invalidArguments', '"operator" must be AND, OR or NOT')
    }
    if (!Array.isArray(conditions) || Object.keys(rest).length > 0) {
      throw new MethodError('invalidArguments', 'a filter with an operator has "conditions" and no more')
    }
    return { operator, conditions: conditions.map((each) => read(each, depth + 1)) }
  }
  return read(value, 1)
}

/**
 * What each condition of a FilterCondition is read as, by the type's table; its readers give null for a value of the
 * wrong type. Errors: unsupportedFilter, invalidArguments.
 */
export function readConditions<T>(
  condition: JsonObject,
  table: Readonly<Record<string, (value: unknown) => T | null>>,
): T[] {
  return Object.entries(condition).map(([name, value]) => {
    const read = Object.hasOwn(table, name) ? table[name]! : null
    if (!read) throw new MethodError('unsupportedFilter', `cannot filter by "${name.slice(0, 100)}"`)
    const result = read(value)
    if (!result) throw new MethodError('invalidArguments', `the filter's "${name}" has the wrong type`)
    return result
  })
}

export interface Comparator {
  property: string
  isAscending: boolean
  /** For hasKeyword (RFC 8621 §4.4.2). */
  keyword?: string
  /** Of a string; else the server's own choice. */
  collation?: Collation
}

const MAX_COMPARATORS = 20

/**
 * `strings`: those of the supported properties that are compared as strings, and by a collation. Errors: invalidArguments, unsupportedSort.
 */
export function readSort(
  value: unknown,
  supported: readonly string[],
  strings: readonly string[],
): Comparator[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw new MethodError('invalidArguments', '"sort" must be an array')
  if (value.length > MAX_COMPARATORS) {
    throw new MethodError('unsupportedSort', `a sort has at most ${MAX_COMPARATORS} comparators`)
  }
  return value.map((item) => {
    if (!isObject(item)) throw new MethodError('invalidArguments', 'a comparator must be an object')
    const { property, isAscending = true, collation, keyword } = item
    const isCollation = collation === undefined || collation === null || typeof collation === 'string'
    const isKeyword = keyword === undefined || typeof keyword === 'string'
    if (typeof property !== 'string' || typeof isAscending !== 'boolean' || !isCollation || !isKeyword) {
      throw new MethodError('invalidArguments', 'a comparator has a property, isAscending and a collation')
    }
    if (!supported.includes(property)) {
      throw new MethodError('unsupportedSort', `cannot sort by "${property.slice(0, 100)}"`)
    }
    // What isn't a string is compared without one (RFC 8620 §5.5).
    const chosen =
      typeof collation === 'string' && strings.includes(property) ? readCollation(collation) : null
    return {
      property,
      isAscending,
      ...(keyword === undefined ? {} : { keyword }),
      ...(chosen === null ? {} : { collation: chosen }),
    }
  })
}

/** Errors: unsupportedSort. */
function readCollation(name: string): Collation {
  const collation = COLLATIONS.find((each) => each === name)
  if (collation) return collation
  throw new MethodError('unsupportedSort', `the collation "${name.slice(0, 100)}" is not supported`)
}

/** The window of a list that position, or anchor and anchorOffset, ask for. Errors: anchorNotFound. */
export function windowOf<T>(
  all: readonly T[],
  query: { position: number; anchor: T | null; anchorOffset: number; limit: number },
): { position: number; items: T[] } {
  let position = query.position
  if (query.anchor !== null) {
    const index = all.indexOf(query.anchor)
    if (index < 0) throw new MethodError('anchorNotFound', 'the anchor is not among the results')
    position = Math.max(0, index + query.anchorOffset)
  } else if (position < 0) position = Math.max(0, all.length + position)
  return { position, items: all.slice(position, position + query.limit) }
}
