import { containsNul, createSummarizer, SEARCH_BYTES, type Summarizer } from '@tandem/mime'
import type { BlobStore, StoredBlob } from '../blob/types.js'
import type { Queryable } from '../db/connect.js'
import type { IngestedMessage } from '../email/types.js'
import { MailstoreError } from '../errors.js'
import { searchDocument } from '../search/document.js'
import { addToSearch } from '../search/fill.js'
import type { Account } from './types.js'

/**
 * Stores and parses a message, and makes it searchable, before any lock is taken (rule 3). Bytes are kept as they
 * came, but for NUL. What streams in is parsed piece by piece on its way into the blob; a blob that is not finished is
 * deleted again.
 */
export async function ingest(
  sql: Queryable,
  accountId: number,
  blobs: BlobStore,
  source: Uint8Array | AsyncIterable<Uint8Array>,
  options: Parameters<Account['ingest']>[1],
): Promise<IngestedMessage> {
  const summarizer = createSummarizer({ searchBytes: SEARCH_BYTES })
  const blob = await store(blobs, source, summarizer, options)
  const { message, summary, searchText } = summarizer.end()
  await addToSearch(sql, accountId, blob.digest, searchDocument(message, searchText))
  return { ...blob, summary }
}

async function store(
  blobs: BlobStore,
  source: Uint8Array | AsyncIterable<Uint8Array>,
  summarizer: Summarizer,
  { nul, maxSize }: Parameters<Account['ingest']>[1],
): Promise<StoredBlob> {
  if (!(source instanceof Uint8Array)) {
    return blobs.put(summarizing(source, summarizer, nul), maxSize === undefined ? {} : { maxSize })
  }
  // Whole bytes are looked through first, so that what is refused is not written at all.
  if (maxSize !== undefined && source.length > maxSize) {
    throw new MailstoreError('tooLarge', `larger than ${maxSize} octets`)
  }
  const kept = withoutNul(source, nul)
  summarizer.write(kept)
  return blobs.put(kept)
}

async function* summarizing(
  source: AsyncIterable<Uint8Array>,
  summarizer: Summarizer,
  nul: 'refuse' | 'replace',
): AsyncGenerator<Uint8Array> {
  for await (const piece of source) {
    const kept = withoutNul(piece, nul)
    summarizer.write(kept)
    yield kept
  }
}

/** IMAP can't carry NUL (RFC 9051 §4.3.1): refused, or 0x80 in its place on delivery. */
function withoutNul(bytes: Uint8Array, nul: 'refuse' | 'replace'): Uint8Array {
  if (!containsNul(bytes)) return bytes
  if (nul === 'refuse') throw new MailstoreError('invalidBytes', 'the message contains a NUL octet')
  return bytes.map((octet) => (octet === 0 ? 0x80 : octet))
}
