import { containsNul, ReadingFailed } from '@tandem/mime'
import type { StoredBlob } from '../blob/types.js'
import type { Queryable } from '../db/connect.js'
import type { IngestedMessage } from '../email/types.js'
import { MailstoreError } from '../errors.js'
import { BEGINNING, type ReadMessage, readBeginning, readMessage } from '../reading/message.js'
import { addToSearch } from '../search/fill.js'
import type { Logger } from '../types.js'
import type { Account } from './types.js'

interface IngestDeps {
  sql: Queryable
  account: Pick<Account, 'id' | 'blobs' | 'reading'>
  log: Logger
}

type Source = Uint8Array | AsyncIterable<Uint8Array>
type IngestOptions = Parameters<Account['ingest']>[1]

/** What streams in is held up to that many octets, to be read; what is longer is read again from where it was stored. */
const HELD = 1024 * 1024

/** A message that is stored, and what there is to read it from. */
interface Stored {
  blob: StoredBlob
  beginning: Uint8Array
  /** All of it; null where that is too much to be held. */
  whole: Uint8Array | null
}

/**
 * Stores and reads a message, and makes it searchable, before any lock is taken (rule 3). Bytes are kept as they
 * came, but for NUL; a blob that is not finished is deleted again. What streams in is read after it is stored: no
 * thread of the reading room waits for a client.
 */
export async function ingest(
  { sql, account, log }: IngestDeps,
  source: Source,
  options: IngestOptions,
): Promise<IngestedMessage> {
  const stored = await store(account, source, options)
  const { digest, size } = stored.blob
  const { summary, document } = await read(account, stored).catch((error: unknown) => {
    if (!(error instanceof ReadingFailed)) throw error
    const { reason, message, cause: err } = error
    const fields = { accountId: account.id, digest: Buffer.from(digest).toString('hex'), size, reason, err }
    log.warn(fields, `a message could not be read, and is filed by its beginning: ${message}`)
    return readBeginning(stored.beginning, size)
  })
  await addToSearch(sql, account.id, digest, document)
  return { digest, size, summary }
}

async function read(
  { blobs, reading }: IngestDeps['account'],
  { blob, whole }: Stored,
): Promise<ReadMessage> {
  if (whole) return reading.run(readMessage, whole)
  const opened = await blobs.open(blob.digest)
  if (!opened) throw new MailstoreError('blobNotFound', 'the message was deleted while it came')
  return reading.run(readMessage, opened.stream())
}

async function store(
  { blobs }: IngestDeps['account'],
  source: Source,
  { nul, maxSize }: IngestOptions,
): Promise<Stored> {
  if (source instanceof Uint8Array) {
    // Whole bytes are looked through first, so that what is refused is not written at all.
    if (maxSize !== undefined && source.length > maxSize) {
      throw new MailstoreError('tooLarge', `larger than ${maxSize} octets`)
    }
    const whole = withoutNul(source, nul)
    return { blob: await blobs.put(whole), beginning: whole, whole }
  }
  let held: Uint8Array[] = []
  let size = 0
  async function* keeping(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of pieces) {
      const kept = withoutNul(piece, nul)
      if (size <= HELD) held.push(kept)
      size += kept.length
      // Copied: a view would hold all that it looks into.
      if (size > HELD && held.length > 1) held = [new Uint8Array(beginningOf(held))]
      yield kept
    }
  }
  const blob = await blobs.put(keeping(source), maxSize === undefined ? {} : { maxSize })
  const whole = size <= HELD ? Buffer.concat(held) : null
  return { blob, beginning: whole ?? beginningOf(held), whole }
}

function beginningOf(pieces: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(pieces).subarray(0, BEGINNING)
}

/** IMAP can't carry NUL (RFC 9051 §4.3.1): refused, or 0x80 in its place on delivery. */
function withoutNul(bytes: Uint8Array, nul: 'refuse' | 'replace'): Uint8Array {
  if (!containsNul(bytes)) return bytes
  if (nul === 'refuse') throw new MailstoreError('invalidBytes', 'the message contains a NUL octet')
  const replaced = new Uint8Array(bytes)
  // A plain loop: a function for each octet of 50 MB takes half a second.
  for (let at = replaced.indexOf(0); at < replaced.length; at++) if (replaced[at] === 0) replaced[at] = 0x80
  return replaced
}
