import { containsNul, parseMessage, searchText, summarize } from '@tandem/mime'
import type { BlobStore } from '../blob/types.js'
import type { Queryable } from '../db/connect.js'
import type { IngestedMessage } from '../email/types.js'
import { MailstoreError } from '../errors.js'
import { searchDocument } from '../search/document.js'
import { addToSearch } from '../search/fill.js'
import type { Account } from './types.js'

/**
 * Stores and parses a message, and makes it searchable, before any lock is taken (rule 3). Bytes are kept as they
 * came, but for NUL.
 */
export async function ingest(
  sql: Queryable,
  accountId: number,
  blobs: BlobStore,
  bytes: Uint8Array,
  { nul, maxSize }: Parameters<Account['ingest']>[1],
): Promise<IngestedMessage> {
  if (maxSize !== undefined && bytes.length > maxSize) {
    throw new MailstoreError('tooLarge', `larger than ${maxSize} octets`)
  }
  const kept = containsNul(bytes) ? withoutNul(bytes, nul) : bytes
  const message = parseMessage(kept)
  const summary = summarize(kept, message)
  const blob = await blobs.put(kept)
  await addToSearch(sql, accountId, blob.digest, searchDocument(message, searchText(kept, message)))
  return { ...blob, summary }
}

/** IMAP can't carry NUL (RFC 9051 §4.3.1): refused, or 0x80 in its place on delivery. */
function withoutNul(bytes: Uint8Array, nul: 'refuse' | 'replace'): Uint8Array {
  if (nul === 'refuse') throw new MailstoreError('invalidBytes', 'the message contains a NUL octet')
  return bytes.map((octet) => (octet === 0 ? 0x80 : octet))
}
