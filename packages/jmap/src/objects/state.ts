// State strings: a mark of the account (rule 8). The state of a page of /changes that is not the last
// is `position.floor.began` (rule 4, docs/adr/0007).
import type { ChangeCursor } from '@tandem/mailstore'

export function formatState(mark: number): string {
  return String(mark)
}

export function formatCursor(cursor: ChangeCursor): string {
  const { position, floor, began } = cursor
  if (began === undefined) return formatState(position)
  return `${position}.${floor}.${began}`
}

/** Null for anything that `formatState` and `formatCursor` can't have given: no changes can be told from there. */
export function parseState(text: string): ChangeCursor | null {
  const match = /^(0|[1-9]\d{0,15})(?:\.(0|[1-9]\d{0,15})\.([1-9]\d{0,15}))?$/.exec(text)
  if (!match) return null
  const [position, floor, began] = match.slice(1).map(Number) as [number, number, number]
  if (!Number.isSafeInteger(position)) return null
  if (match[2] === undefined) return { position, floor: position }
  return floor < position && Number.isSafeInteger(began) ? { position, floor, began } : null
}
