import type { EncodingName } from '@tandem/mime'

/**
 * Blob ids on the wire. A whole blob is `b` and its SHA-256 in hex; a part of a message is that and `-offset-length-`
 * with one letter for its transfer encoding, so that a part needs no row.
 */
export interface BlobRef {
  digest: Uint8Array
  /** Of a part: the encoded octets in the message, and how they are encoded. */
  part?: { offset: number; length: number; encoding: EncodingName | 'identity' }
}

const ENCODING_LETTERS = { identity: 'i', base64: 'b', 'quoted-printable': 'q', 'x-uuencode': 'u' } as const
const ENCODINGS = { i: 'identity', b: 'base64', q: 'quoted-printable', u: 'x-uuencode' } as const

export function formatBlobId(ref: BlobRef): string {
  const whole = `b${Buffer.from(ref.digest).toString('hex')}`
  if (!ref.part) return whole
  return `${whole}-${ref.part.offset}-${ref.part.length}-${ENCODING_LETTERS[ref.part.encoding]}`
}

/** Null where the text can't be a blob id, which means: not found. */
export function parseBlobId(text: string): BlobRef | null {
  const match = /^b([0-9a-f]{64})(?:-(\d{1,10})-(\d{1,10})-([ibqu]))?$/.exec(text)
  if (!match) return null
  const digest = Buffer.from(match[1]!, 'hex')
  if (match[4] === undefined) return { digest }
  const encoding = ENCODINGS[match[4] as keyof typeof ENCODINGS]
  return { digest, part: { offset: Number(match[2]), length: Number(match[3]), encoding } }
}
