// State strings: a mark of the account (DESIGN rule 8). The state of a page of /changes that is not the last
// is `position.floor` (rule 4).
import type { ChangeCursor } from '@tandem/mailstore'

export function formatState(mark: number): string {
  return String(mark)
}

export function formatCursor(cursor: ChangeCursor): string {
  return cursor.floor === cursor.position ? String(cursor.position) : `${cursor.position}.${cursor.floor}`
}

/** Null for anything that `formatState` and `formatCursor` can't have given: no changes can be told from there. */
export function parseState(text: string): ChangeCursor | null {
  const match = /^(0|[1-9]\d{0,15})(?:\.(0|[1-9]\d{0,15}))?$/.exec(text)
  if (!match) return null
  const position = Number(match[1])
  if (!Number.isSafeInteger(position)) return null
  if (match[2] === undefined) return { position, floor: position }
  const floor = Number(match[2])
  return floor < position ? { position, floor } : null
}
