// What an unknownMethod says beside its type: what would help.
import { MethodError } from '../errors.js'
import type { Method } from '../methods/table.js'

/** Edits that a name may be away from the one that was meant. */
const MAX_EDITS = 4
/** UTF-16 units of a name that is compared. */
const MAX_NAME = 60

/** For a call of that name, where its capability is not in `using` (RFC 8620 §1.8), or there is no such method. */
export function unknownMethod(name: string, methods: ReadonlyMap<string, Method>): MethodError {
  const known = methods.get(name)
  if (known) return new MethodError('unknownMethod', `add "${known.capability}" to "using"`)
  const near = name.length > MAX_NAME ? null : nearest(name, methods.keys())
  const hint = near === null ? '' : `; did you mean "${near}"?`
  return new MethodError('unknownMethod', `there is no method "${name.slice(0, 100)}"${hint}`)
}

function nearest(name: string, candidates: Iterable<string>): string | null {
  let best: string | null = null
  let least = Math.min(MAX_EDITS, Math.floor(name.length / 3)) + 1
  for (const candidate of candidates) {
    const edits = distance(name.toLowerCase(), candidate.toLowerCase())
    if (edits < least) [best, least] = [candidate, edits]
  }
  return best
}

/** Letters that are put in, left out or changed between the two. */
function distance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const changed = above[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      row.push(Math.min(above[j]! + 1, row[j - 1]! + 1, changed))
    }
    above = row
  }
  return above[b.length]!
}
