// Which UIDs are to be told as VANISHED (EARLIER): RFC 7162 §3.2.5, §3.2.6. Pure.
//
// Ranges, because a set may name every UID there can be.
import { disjoint, lowerBound, type SequenceSet } from '../wire/sequence-set.js'
import type { Told } from './told.js'

type Ranges = [from: number, to: number][]

/** The set within the UIDs that were given out so far; null is all of them. `*` is the last of these, gone or not. */
function givenOut(set: SequenceSet | null, { view }: Told): Ranges {
  const last = view.uidNext - 1
  if (last === 0) return []
  return disjoint(set ?? [[1, last]], last).flatMap(
    ([from, to]): Ranges => (from > last ? [] : [[from, Math.min(to, last)]]),
  )
}

/** Of the UIDs expunged (ascending), those of the set whose messages the client does not have in this session. */
export function expungedOf(set: SequenceSet | null, told: Told, expunged: readonly number[]): Ranges {
  const ranges: Ranges = []
  const wanted = givenOut(set, told)
  let at = 0
  for (const uid of expunged) {
    while (at < wanted.length && wanted[at]![1] < uid) at++
    if (at === wanted.length) break
    // Expunged after the view that the session pins: VANISHED without EARLIER will say so.
    if (uid < wanted[at]![0] || told.uids[lowerBound(told.uids, uid)] === uid) continue
    const last = ranges[ranges.length - 1]
    if (last && last[1] === uid - 1) last[1] = uid
    else ranges.push([uid, uid])
  }
  return ranges
}

/** All UIDs of the set that have no message any more: what is told behind the horizon (RFC 7162 §3.2.6, the note). */
export function missingOf(set: SequenceSet | null, told: Told): Ranges {
  const { uids } = told
  const ranges: Ranges = []
  for (const [from, to] of givenOut(set, told)) {
    let next = from
    for (let at = lowerBound(uids, from); at < uids.length && uids[at]! <= to; at++) {
      if (uids[at]! > next) ranges.push([next, uids[at]! - 1])
      next = uids[at]! + 1
    }
    if (next <= to) ranges.push([next, to])
  }
  return ranges
}

/** The ranges without what is not above `uid`. */
export function above(ranges: Ranges, uid: number): Ranges {
  return ranges.flatMap(([from, to]): Ranges => (to <= uid ? [] : [[Math.max(from, uid + 1), to]]))
}

/** Message numbers and the UIDs that the client has for them, both ascending and equally many. */
export interface SequenceMatch {
  numbers: SequenceSet
  uids: SequenceSet
}

/**
 * The highest UID that the client has under the number that it has here: it knows of every expunge up to it
 * (RFC 7162 §3.2.5.2). 0 where there is none.
 */
export function lastMatch({ numbers, uids }: SequenceMatch, told: Told): number {
  let found = 0
  let member = 0
  let [uid] = uids[0]!
  for (const [from, to] of numbers) {
    for (let number = from; number <= Math.min(to, told.uids.length); number++) {
      if (told.uids[number - 1] === uid) found = uid
      if (uid < uids[member]![1]) uid++
      else {
        const next = uids[++member]
        if (!next) return found
        uid = next[0]
      }
    }
  }
  return found
}
