/**
 * How many visible emails an account has of each kind: with these flags, these keywords, in these mailboxes. A count by
 * keywords and mailboxes is a sum over kinds, of which there are few, and not a walk over emails, of which there are
 * many. An email is counted once, however many memberships it has. Pure.
 */
import { bitOf } from './keywords.js'
import type { EmailCondition, EmailFilter } from './types.js'

/** The emails of one kind, as rows say it. A kind without mailboxes is of those that nobody sees. */
export interface Kind {
  flags: number
  keywords: readonly number[]
  mailbox_ids: readonly number[]
}

interface Counted extends Kind {
  count: number
}

export interface Tally {
  /** The account's email mark that it is of. */
  readonly mark: number
  /** Octets, about. */
  readonly bytes: number
  /** The emails that changed after `mark`, as they are now, and the ids of all keywords by their names. */
  apply(mark: number, changed: readonly (Kind & { email_id: number })[], names: KeywordIds): void
  /** How many match; null for a filter that asks for more than keywords and mailboxes. */
  count(filter: EmailFilter | null): number | null
}

export type KeywordIds = ReadonlyMap<string, number>

/** Measured: an entry of a Map whose key is a large number. */
const EMAIL_BYTES = 64
const KIND_BYTES = 400

/** `kinds`: each once, with the emails that are of it. */
export function createTally(
  mark: number,
  kinds: readonly (Kind & { emailIds: readonly number[] })[],
  names: KeywordIds,
): Tally {
  const counted = new Map<string, Counted>()
  const kindOf = new Map<number, Counted>()
  let now = mark
  let keywordIds = names

  function put(emailId: number, { flags, keywords, mailbox_ids }: Kind): void {
    const before = kindOf.get(emailId)
    if (before && --before.count === 0) counted.delete(keyOf(before))
    kindOf.delete(emailId)
    if (mailbox_ids.length === 0) return
    const key = keyOf({ flags, keywords, mailbox_ids })
    const kind = counted.get(key) ?? { flags, keywords, mailbox_ids, count: 0 }
    counted.set(key, kind)
    kind.count++
    kindOf.set(emailId, kind)
  }

  for (const kind of kinds) for (const id of kind.emailIds) put(id, kind)

  return {
    get mark() {
      return now
    },
    get bytes() {
      return kindOf.size * EMAIL_BYTES + counted.size * KIND_BYTES
    },
    apply(mark, changed, names) {
      for (const { email_id, ...kind } of changed) put(email_id, kind)
      now = mark
      keywordIds = names
    },
    count(filter) {
      const test = testOf(filter ?? {}, keywordIds)
      if (!test) return null
      let sum = 0
      for (const kind of counted.values()) if (test(kind)) sum += kind.count
      return sum
    },
  }
}

const keyOf = ({ flags, keywords, mailbox_ids }: Kind) => `${flags} ${keywords.join()} ${mailbox_ids.join()}`

type Test = (kind: Kind) => boolean

/** What a kind alone decides; the rest of RFC 8621 §4.4.1 is not here. */
const TESTS: {
  [K in keyof EmailCondition]?: (value: Required<EmailCondition>[K], names: KeywordIds) => Test
} = {
  inMailbox:
    (id) =>
    ({ mailbox_ids }) =>
      mailbox_ids.includes(id),
  inMailboxOtherThan:
    (ids) =>
    ({ mailbox_ids }) =>
      mailbox_ids.some((id) => !ids.includes(id)),
  hasKeyword,
  notKeyword: (keyword, names) => {
    const has = hasKeyword(keyword, names)
    return (kind) => !has(kind)
  },
}

function hasKeyword(keyword: string, names: KeywordIds): Test {
  const name = keyword.toLowerCase()
  const bit = bitOf(name)
  if (bit) return ({ flags }) => (flags & bit) !== 0
  const id = names.get(name)
  return id === undefined ? () => false : ({ keywords }) => keywords.includes(id)
}

/** Whether a kind decides the whole filter. */
export function isOfKinds(filter: EmailFilter | null): boolean {
  return testOf(filter ?? {}, new Map()) !== null
}

function testOf(filter: EmailFilter, names: KeywordIds): Test | null {
  const tests =
    'operator' in filter
      ? filter.conditions.map((each) => testOf(each, names))
      : Object.entries(filter)
          .filter(([, value]) => value !== undefined)
          .map(([name, value]) => {
            const make = Object.hasOwn(TESTS, name) ? TESTS[name as keyof EmailCondition] : undefined
            return make ? (make as (value: unknown, names: KeywordIds) => Test)(value, names) : null
          })
  if (!isWhole(tests)) return null
  switch ('operator' in filter ? filter.operator : 'AND') {
    case 'AND':
      return (kind) => tests.every((test) => test(kind))
    case 'OR':
      return (kind) => tests.some((test) => test(kind))
    case 'NOT':
      return (kind) => !tests.some((test) => test(kind))
  }
}

const isWhole = (tests: (Test | null)[]): tests is Test[] => !tests.includes(null)
