// Reading what of a message is needed, and no more.
import type { Account, Email } from '@tandem/mailstore'
import { type Header, parseMessage, type SummaryPart } from '@tandem/mime'
import type { Octets, Range } from '../../objects/email.js'

/** Ranges closer than this are read as one: a read costs more than the octets between. */
const GAP = 16_384

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

/** Throws where the message has no bytes any more: nothing that a client could mend. */
export async function readOctets(account: Account, email: Email, ranges: readonly Range[]): Promise<Octets> {
  if (ranges.length === 0) return octetsOf([])
  const blob = await account.blobs.open(email.digest)
  if (!blob) throw new Error(`email ${email.id} of account ${account.id} has no bytes`)
  const pieces = joinRanges(ranges).map(async ({ start, end }) => ({
    start,
    bytes: await blob.read(start, end - start),
  }))
  return octetsOf(await Promise.all(pieces))
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
