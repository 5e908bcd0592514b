// Filters and sorts of Mailbox/query: RFC 8621 §2.3. All mailboxes of an account fit in memory.

import { type Collation, formatId, type Mailbox } from '@tandem/mailstore'
import { normalForm } from '@tandem/mime'
import type { JsonObject } from '../api/json.js'
import { compareBy } from './collation.js'
import { type Comparator, type Filter, readConditions, readFilter, readSort } from './query.js'

type Test = (mailbox: Mailbox) => boolean

const fold = (text: string) => normalForm(text, 'NFKC').toLowerCase()

/** Once for all the conditions of a filter. */
const foldedNames = new WeakMap<Mailbox, string>()

function foldedName(mailbox: Mailbox): string {
  const folded = foldedNames.get(mailbox) ?? fold(mailbox.name)
  foldedNames.set(mailbox, folded)
  return folded
}

/** A reader of each condition's value: null where it has the wrong type. */
const CONDITIONS: Record<string, (value: unknown) => Test | null> = {
  parentId: (value) => {
    if (value === null) return (mailbox) => mailbox.parentId === null
    if (typeof value !== 'string') return null
    return ({ parentId }) => parentId !== null && formatId('mailbox', parentId) === value
  },
  name: (value) => {
    if (typeof value !== 'string') return null
    const wanted = fold(value)
    return (mailbox) => foldedName(mailbox).includes(wanted)
  },
  role: (value) => (value === null || typeof value === 'string' ? ({ role }) => role === value : null),
  hasAnyRole: (value) => (typeof value === 'boolean' ? ({ role }) => (role !== null) === value : null),
  isSubscribed: (value) => (typeof value === 'boolean' ? ({ isSubscribed }) => isSubscribed === value : null),
}

/** Errors: invalidArguments, unsupportedFilter. */
export function readMailboxFilter(value: unknown): Test {
  const filter = readFilter<Test>(value, readCondition)
  return filter === null ? () => true : testOf(filter)
}

function readCondition(condition: JsonObject): Test {
  const tests = readConditions(condition, CONDITIONS)
  return (mailbox) => tests.every((test) => test(mailbox))
}

function testOf(filter: Filter<Test>): Test {
  if (typeof filter === 'function') return filter
  const tests = filter.conditions.map(testOf)
  switch (filter.operator) {
    case 'AND':
      return (mailbox) => tests.every((test) => test(mailbox))
    case 'OR':
      return (mailbox) => tests.some((test) => test(mailbox))
    case 'NOT':
      return (mailbox) => !tests.some((test) => test(mailbox))
  }
}

/** Where no collation is chosen: Unicode-aware and blind to case (RFC 8620 §5.5). */
const collator = new Intl.Collator('und', { sensitivity: 'accent' })

const COMPARE: Record<string, (a: Mailbox, b: Mailbox, collation?: Collation) => number> = {
  sortOrder: (a, b) => a.sortOrder - b.sortOrder,
  name: (a, b, collation) =>
    collation ? compareBy(collation, a.name, b.name) : collator.compare(a.name, b.name),
}

export function readMailboxSort(value: unknown): Comparator[] {
  return readSort(value, Object.keys(COMPARE), ['name'])
}

/** `mailboxes` in the store's order, which is kept where the comparators find no difference. */
export function sortMailboxes(
  mailboxes: readonly Mailbox[],
  sort: readonly Comparator[],
  asTree: boolean,
): Mailbox[] {
  const compare = (a: Mailbox, b: Mailbox): number => {
    for (const { property, isAscending, collation } of sort) {
      const order = COMPARE[property]!(a, b, collation)
      if (order !== 0) return isAscending ? order : -order
    }
    return 0
  }
  if (!asTree) return [...mailboxes].sort(compare)
  const children = new Map<number | null, Mailbox[]>()
  for (const mailbox of mailboxes) {
    const siblings = children.get(mailbox.parentId)
    if (siblings) siblings.push(mailbox)
    else children.set(mailbox.parentId, [mailbox])
  }
  const walk = (parentId: number | null): Mailbox[] =>
    [...(children.get(parentId) ?? [])].sort(compare).flatMap((mailbox) => [mailbox, ...walk(mailbox.id)])
  return walk(null)
}

/** `asTree`: only those all of whose ancestors match too. */
export function filterMailboxes(mailboxes: readonly Mailbox[], test: Test, asTree: boolean): Mailbox[] {
  const matching = new Set(mailboxes.filter(test).map(({ id }) => id))
  const byId = new Map(mailboxes.map((mailbox) => [mailbox.id, mailbox]))
  const withAncestors = (mailbox: Mailbox | undefined): boolean =>
    mailbox === undefined ||
    (matching.has(mailbox.id) && (mailbox.parentId === null || withAncestors(byId.get(mailbox.parentId))))
  return mailboxes.filter((mailbox) => (asTree ? withAncestors(mailbox) : matching.has(mailbox.id)))
}

export interface MailboxQuery {
  test: Test
  sort: Comparator[]
  sortAsTree: boolean
  filterAsTree: boolean
}

/** Errors: invalidArguments, unsupportedFilter, unsupportedSort. */
export function readMailboxQuery(args: {
  filter: unknown
  sort: unknown
  sortAsTree: boolean
  filterAsTree: boolean
}): MailboxQuery {
  const { sortAsTree, filterAsTree } = args
  return { test: readMailboxFilter(args.filter), sort: readMailboxSort(args.sort), sortAsTree, filterAsTree }
}

/** All are sorted, then those that match are kept: a tree is one also where a parent is left out. */
export function queryMailboxes(mailboxes: readonly Mailbox[], query: MailboxQuery): Mailbox[] {
  const found = new Set(filterMailboxes(mailboxes, query.test, query.filterAsTree))
  return sortMailboxes(mailboxes, query.sort, query.sortAsTree).filter((mailbox) => found.has(mailbox))
}
