// Which messages are \Recent in a session: those that it was the first to be told of (RFC 3501 §2.3.2). Pure.
import { lowerBound } from '../wire/sequence-set.js'
import type { Told } from './told.js'

/** UIDs from `from` to before `before`. */
export interface UidSpan {
  readonly from: number
  readonly before: number
}
/** Ascending, none of them next to another. */
export type RecentUids = readonly UidSpan[]

/** With what was claimed after it. */
export function withClaim(recent: RecentUids, claim: UidSpan): RecentUids {
  const last = recent[recent.length - 1]
  if (last?.before !== claim.from) return [...recent, claim]
  return [...recent.slice(0, -1), { from: last.from, before: claim.before }]
}

export function isRecent(recent: RecentUids, uid: number): boolean {
  let low = 0
  let high = recent.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (recent[middle]!.before <= uid) low = middle + 1
    else high = middle
  }
  return low < recent.length && recent[low]!.from <= uid
}

/** How many of the messages told are \Recent. */
export function countRecent({ uids }: Told, recent: RecentUids): number {
  return recent.reduce((sum, { from, before }) => sum + lowerBound(uids, before) - lowerBound(uids, from), 0)
}
