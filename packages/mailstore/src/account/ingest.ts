import { containsNul, parseMessage, summarize } from '@tandem/mime'
import type { BlobStore } from '../blob/types.js'
import type { IngestedMessage } from '../email/types.js'
import { MailstoreError } from '../errors.js'
import type { Account } from './types.js'

/** Stores and parses a message before any lock is taken (rule 3). Bytes are kept as they came, but for NUL. */
export async function ingest(
  blobs: BlobStore,
  bytes: Uint8Array,
  { nul, maxSize }: Parameters<Account['ingest']>[1],
): Promise<IngestedMessage> {
  if (maxSize !== undefined && bytes.length > maxSize) {
    throw new MailstoreError('tooLarge', `larger than ${maxSize} octets`)
  }
  const kept = containsNul(bytes) ? withoutNul(bytes, nul) : bytes
  const summary = summarize(kept, parseMessage(kept))
  return { ...(await blobs.put(kept)), summary }
}

/** IMAP can't carry NUL (RFC 9051 §4.3.1): refused, or 0x80 in its place on delivery. */
function withoutNul(bytes: Uint8Array, nul: 'refuse' | 'replace'): Uint8Array {
  if (nul === 'refuse') throw new MailstoreError('invalidBytes', 'the message contains a NUL octet')
  return bytes.map((octet) => (octet === 0 ? 0x80 : octet))
}
