// Reading what of messages is needed, and no more: many of them in one statement.
import type { Account, Email } from '@tandem/mailstore'
import { type Header, parseMessage, type SummaryPart } from '@tandem/mime'
import type { Octets, Range } from '../../objects/email.js'

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
): AsyncGenerator<(R & { octets: Octets })[]> {
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

async function readGroup<R extends Reading>(
  account: Account,
  group: readonly R[],
): Promise<(R & { octets: Octets })[]> {
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
  const read: (R & { octets: Octets })[] = []
  for (const [index, reading] of group.entries()) {
    const pieces: { start: number; bytes: Uint8Array }[] = []
    for (const { start, end } of joined[index]!) {
      const blob = blobs[next++]
      if (!blob) throw new Error(`email ${reading.email.id} of account ${account.id} has no bytes`)
      pieces.push({ start, bytes: await blob.read(start, end - start) })
    }
    read.push({ ...reading, octets: octetsOf(pieces) })
  }
  return read
}

/** Of a message that is in memory. */
export function octetsIn(bytes: Uint8Array): Octets {
  return octetsOf([{ start: 0, bytes }])
}

function octetsOf(pieces: readonly { start: number; bytes: Uint8Array }[]): Octets {
  const slice = (start: number, end: number): Uint8Array => {
    const piece = pieces.findLast((each) => each.start <= start)
    if (!piece) throw new Error(`octets ${start} to ${end} were not read`)
    return piece.bytes.subarray(start - piece.start, end - piece.start)
  }
  const parsed = new Map<SummaryPart, readonly Header[]>()
  return {
    headers(part) {
      const known = parsed.get(part)
      if (known) return known
      const { headers } = parseMessage(slice(part.headerStart, part.headerEnd))
      parsed.set(part, headers)
      return headers
    },
    body: (part) => slice(part.bodyStart, part.bodyEnd),
  }
}
