// Reading what of messages is needed, and no more: many of them in one statement.
import type { Account, Email } from '@tandem/mailstore'
import type { Pieces, Range } from '../../objects/octets.js'

/** Ranges closer than this are read as one: a read costs more than the octets between. */
const GAP = 16_384
/** Octets that are read in one statement, and held. Of a message with more, none are read with those of others. */
const READ_AT_ONCE = 4 * 1024 * 1024

/** A message, and what of it is needed. */
export interface Reading {
  email: Email
  ranges: readonly Range[]
}

export function octetsNeeded(ranges: readonly Range[]): number {
  return ranges.reduce((sum, { start, end }) => sum + end - start, 0)
}

/** Sorted, and joined where they overlap or nearly touch. */
export function joinRanges(ranges: readonly Range[], gap = GAP): Range[] {
  const joined: Range[] = []
  for (const { start, end } of [...ranges].sort((a, b) => a.start - b.start)) {
    const last = joined.at(-1)
    if (last && start <= last.end + gap) last.end = Math.max(last.end, end)
    else joined.push({ start, end })
  }
  return joined
}

/**
 * What is needed of each, in their order and in groups of about READ_AT_ONCE octets; a group is read when it is asked
 * for, in one statement. Throws where a message has no bytes any more: nothing that a client could mend.
 */
export async function* readInGroups<R extends Reading>(
  account: Account,
  readings: readonly R[],
): AsyncGenerator<(R & Pieces)[]> {
  let group: R[] = []
  let size = 0
  for (const reading of readings) {
    const more = octetsNeeded(joinRanges(reading.ranges))
    if (group.length > 0 && size + more > READ_AT_ONCE) {
      yield await readGroup(account, group)
      group = []
      size = 0
    }
    group.push(reading)
    size += more
  }
  if (group.length > 0) yield await readGroup(account, group)
}

async function readGroup<R extends Reading>(account: Account, group: readonly R[]): Promise<(R & Pieces)[]> {
  const joined = group.map(({ ranges }) => joinRanges(ranges))
  const slices = joined.flatMap((ranges, index) =>
    // A large one is opened, and read in pieces: the database's answer would be held beside it.
    ranges.map(({ start, end }) =>
      end - start > READ_AT_ONCE
        ? { digest: group[index]!.email.digest, start: 0, end: 0 }
        : { digest: group[index]!.email.digest, start, end },
    ),
  )
  const blobs = slices.length === 0 ? [] : await account.blobs.openSlices(slices)
  let next = 0
  const read: (R & Pieces)[] = []
  for (const [index, reading] of group.entries()) {
    const starts: number[] = []
    const bytes: Uint8Array[] = []
    for (const { start, end } of joined[index]!) {
      const blob = blobs[next++]
      if (!blob) throw new Error(`email ${reading.email.id} of account ${account.id} has no bytes`)
      starts.push(start)
      bytes.push(await blob.read(start, end - start))
    }
    read.push({ ...reading, starts, bytes })
  }
  return read
}
