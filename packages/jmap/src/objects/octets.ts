// What of a message's bytes was read, before it is rendered.
import { type Header, parseMessage, type SummaryPart } from '@tandem/mime'

export interface Octets {
  headers(part: SummaryPart): readonly Header[]
  /** Null where it can't be read. */
  body(part: SummaryPart): Uint8Array | null
}

export interface Range {
  start: number
  end: number
}

/** Some octets of a message, and where in it each begins: as they go to a thread. */
export interface Pieces {
  starts: readonly number[]
  bytes: readonly Uint8Array[]
}

export function octetsOf({ starts, bytes }: Pieces): Octets {
  const slice = (start: number, end: number): Uint8Array => {
    const index = starts.findLastIndex((each) => each <= start)
    if (index < 0) throw new Error(`octets ${start} to ${end} were not read`)
    return bytes[index]!.subarray(start - starts[index]!, end - starts[index]!)
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

/** Of a message that is beyond the bounds of reading. */
export const UNREADABLE: Octets = { headers: () => [], body: () => null }
