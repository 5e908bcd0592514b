// Sequence sets (RFC 3501 §9, sequence-set) and the UID sets of RFC 4315 §4. Pure.

/** What `*` is before it is resolved: beyond any number of 32 bits. */
export const STAR = 2 ** 32

/** The two ends of a range as written, in either order; either may be STAR. A single number has both ends equal. */
export type Range = readonly [from: number, to: number]
export type SequenceSet = readonly Range[]
/** Where messages are named: a set, or `$`, what SEARCH saved (RFC 5182 §3). */
export type MessageSet = SequenceSet | '$'

/** Null for anything that isn't a sequence-set. Numbers are 1 to 2^32-1 (nz-number). */
export function parseSequenceSet(text: string): SequenceSet | null {
  const ranges: Range[] = []
  for (const member of text.split(',')) {
    const match = /^(0*[1-9]\d{0,9}|\*)(?::(0*[1-9]\d{0,9}|\*))?$/.exec(member)
    if (!match) return null
    const from = end(match[1]!)
    const to = match[2] === undefined ? from : end(match[2])
    if (from === null || to === null) return null
    ranges.push([from, to])
  }
  return ranges
}

function end(text: string): number | null {
  if (text === '*') return STAR
  const number = Number(text)
  return number < STAR ? number : null
}

/**
 * The numbers of the set in ascending order, each once, `*` being `count`. Null where one of them is beyond
 * `count`, `*` in an empty mailbox included: the command is then BAD (RFC 3501 §9, seq-number).
 */
export function resolveNumbers(set: SequenceSet, count: number): number[] | null {
  const numbers: number[] = []
  for (const [from, to] of disjoint(set, count)) {
    if (to > count || count === 0) return null
    for (let number = from; number <= to; number++) numbers.push(number)
  }
  return numbers
}

/** As resolveNumbers, but what is beyond `count` is left out. */
export function resolveNumbersLeniently(set: SequenceSet, count: number): number[] {
  const numbers: number[] = []
  if (count === 0) return numbers
  for (const [from, to] of disjoint(set, count)) {
    for (let number = from; number <= Math.min(to, count); number++) numbers.push(number)
  }
  return numbers
}

/**
 * The zero-based positions in `uids` (ascending) that the set names, ascending, each once. `*` is the last UID, or
 * in an empty mailbox nothing; UIDs that don't exist are passed over (RFC 3501 §6.4.8).
 */
export function resolveUids(set: SequenceSet, uids: Uint32Array): number[] {
  const positions: number[] = []
  if (uids.length === 0) return positions
  for (const [from, to] of disjoint(set, uids[uids.length - 1]!)) {
    for (let at = lowerBound(uids, from); at < uids.length && uids[at]! <= to; at++) positions.push(at)
  }
  return positions
}

/** The first position in ascending `values` whose value is not below `value`. */
export function lowerBound(values: Uint32Array, value: number): number {
  let low = 0
  let high = values.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (values[middle]! < value) low = middle + 1
    else high = middle
  }
  return low
}

/** UIDs or numbers in ascending order as a set: runs become ranges (RFC 4315 §4). */
export const formatUidSet = (uids: readonly number[]): string => formatRanges(rangesOf(uids))

/** Ascending numbers as ranges, each as long as it can be. */
export function rangesOf(numbers: readonly number[]): [number, number][] {
  const ranges: [number, number][] = []
  for (const number of numbers) {
    const last = ranges[ranges.length - 1]
    if (last && last[1] === number - 1) last[1] = number
    else ranges.push([number, number])
  }
  return ranges
}

/** As a sequence-set. */
export function formatRanges(ranges: SequenceSet): string {
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}:${to}`)).join(',')
}

/** Ascending ranges that neither overlap nor touch twice. A range with `*` always holds the maximum (RFC 3501 §6.4.8). */
export function disjoint(set: SequenceSet, maximum: number): [number, number][] {
  const ranges = set
    .map(([from, to]): [number, number] => {
      const first = from === STAR ? maximum : from
      const last = to === STAR ? maximum : to
      return first <= last ? [first, last] : [last, first]
    })
    .sort((a, b) => a[0] - b[0])
  const merged: [number, number][] = []
  for (const range of ranges) {
    const previous = merged[merged.length - 1]
    if (previous && range[0] <= previous[1] + 1) previous[1] = Math.max(previous[1], range[1])
    else merged.push(range)
  }
  return merged
}
