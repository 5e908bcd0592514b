// Push in terms of JMAP: type names, states, event ids (RFC 8620 §7.1 and §7.3, RFC 8621 §1.5).
import type { DataType, Marks } from '@tandem/mailstore'
import { formatState } from '../objects/state.js'

/** By the names that clients ask for; in the order in which an event id holds their marks. */
const TYPES = {
  Mailbox: 'mailbox',
  Email: 'email',
  Thread: 'thread',
  EmailDelivery: 'emailDelivery',
  Identity: 'identity',
  EmailSubmission: 'submission',
  VacationResponse: 'vacation',
} as const satisfies Record<string, DataType>

export type PushType = keyof typeof TYPES
export const PUSH_TYPES = Object.keys(TYPES) as PushType[]

/** The marks of all types that are pushed. */
export type PushMarks = Record<PushType, number>

export function pushMarks(marks: Marks): PushMarks {
  return Object.fromEntries(PUSH_TYPES.map((type) => [type, marks[TYPES[type]]])) as PushMarks
}

export function dataTypes(types: Iterable<PushType>): Set<DataType> {
  return new Set([...types].map((type) => TYPES[type]))
}

/** `*`, or names between commas; names of types that there aren't are passed over. Null where there is none at all. */
export function parseTypes(text: string): Set<PushType> | null {
  if (text === '*') return new Set(PUSH_TYPES)
  const names = text.split(',').map((name) => name.trim())
  if (names.some((name) => name === '')) return null
  return new Set(names.filter((name): name is PushType => Object.hasOwn(TYPES, name)))
}

/** The whole state that the client has been told of, whatever types it listens to. */
export function formatEventId(marks: PushMarks): string {
  return PUSH_TYPES.map((type) => marks[type]).join('-')
}

/** Null where the text is no event id of this server. */
export function parseEventId(text: string): PushMarks | null {
  if (!/^\d{1,16}(?:-\d{1,16})*$/.test(text)) return null
  const numbers = text.split('-').map(Number)
  if (numbers.length !== PUSH_TYPES.length) return null
  return Object.fromEntries(PUSH_TYPES.map((type, index) => [type, numbers[index]!])) as PushMarks
}

/** By the store's names: what a client knew of these types, and what it was told. */
export function movedMarks(
  types: readonly PushType[],
  before: PushMarks,
  now: PushMarks,
): Record<string, [number, number]> {
  return Object.fromEntries(types.map((type) => [TYPES[type], [before[type], now[type]]]))
}

/** RFC 8620 §7.1. */
export function stateChange(accountId: string, types: readonly PushType[], marks: PushMarks): object {
  const changed = Object.fromEntries(types.map((type) => [type, formatState(marks[type])]))
  return { '@type': 'StateChange', changed: { [accountId]: changed } }
}

export function isPushType(name: string): name is PushType {
  return Object.hasOwn(TYPES, name)
}

/** Of the types that a client asked for, null for all, those whose data is not what it was told. */
export function movedTypes(names: readonly string[] | null, told: Marks, now: Marks): PushType[] {
  return PUSH_TYPES.filter(
    (type) => (names?.includes(type) ?? true) && told[TYPES[type]] !== now[TYPES[type]],
  )
}
