// The bytes behind a blob id: a whole blob, or a decoded part of a message.
import { type Account, type BlobRef, type OpenBlob, type Principal, parseBlobId } from '@tandem/mailstore'
import { decodedOctets } from '@tandem/mime'

/** Octets that are read or sent at once; what is longer goes to a thread in pieces. */
const PIECE = 256 * 1024

export interface BlobContent {
  /** Octets. */
  size: number
  /** A slice, in pieces. */
  stream(offset: number, length: number): AsyncIterable<Uint8Array>
}

/** Null where there is no such blob, or it is not this principal's to see (RFC 8620 §6.1). */
export async function openContent(
  account: Account,
  principal: Principal,
  blobId: string,
): Promise<BlobContent | null> {
  const ref = parseBlobId(blobId)
  if (!ref || !(await account.uploads.canSee(principal.id, ref.digest))) return null
  const blob = await account.blobs.open(ref.digest)
  if (!blob) return null
  if (!ref.part) return { size: blob.size, stream: (offset, length) => blob.stream(offset, length) }
  return openPart(account, blob, ref.part)
}

/** Whether opening it means to hold and to decode it. */
export function isDecoded(blobId: string): boolean {
  const part = parseBlobId(blobId)?.part
  return part !== undefined && part.encoding !== 'identity'
}

async function openPart(
  { reading }: Account,
  blob: OpenBlob,
  part: NonNullable<BlobRef['part']>,
): Promise<BlobContent | null> {
  if (part.offset + part.length > blob.size) return null
  if (part.encoding === 'identity') {
    return { size: part.length, stream: (offset, length) => blob.stream(part.offset + offset, length) }
  }
  // Its size is only known when it is decoded; no message is larger than memory allows.
  const isSmall = part.length <= PIECE
  const encoded = isSmall ? await blob.read(part.offset, part.length) : blob.stream(part.offset, part.length)
  const bytes = await reading.run(decodedOctets, encoded, part.encoding)
  return {
    size: bytes.length,
    async *stream(offset, length) {
      const end = offset + length
      for (let at = offset; at < end; at += PIECE) yield bytes.subarray(at, Math.min(at + PIECE, end))
    },
  }
}

/** All of it in one piece. */
export async function readContent(content: BlobContent): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  for await (const piece of content.stream(0, content.size)) pieces.push(piece)
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)
}
