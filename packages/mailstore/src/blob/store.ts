import { createHash, webcrypto } from 'node:crypto'
import type { Sql } from '../db/connect.js'
import { requireRoom } from '../db/disk.js'
import { reaching } from '../db/errors.js'
import type { IdAllocator } from '../db/id-allocator.js'
import { MailstoreError } from '../errors.js'
import { CHUNK, openBlob, openSlices } from './open.js'
import type { BlobStore, StoredBlob } from './types.js'

/** Blobs as rows of chunks; each chunk is one statement as it streams in, finishing sets the digest. */
export function postgresBlobs(sql: Sql, ids: IdAllocator, accountId: number): BlobStore {
  return {
    async put(source, options) {
      const maxSize = options?.maxSize ?? Number.POSITIVE_INFINITY
      if (!(source instanceof Uint8Array)) return write(sql, ids, accountId, { source, maxSize })
      if (source.length > maxSize) throw tooLarge(maxSize)
      const digest = await digestAside(source)
      const known = await reaching(() => touch(sql, accountId, digest, source.length))
      return known ?? write(sql, ids, accountId, { source: [source], maxSize, digest })
    },

    async open(digest) {
      const find = () => sql<{ blob_no: number; size: number }[]>`
        select blob_no, size from blob where account_id = ${accountId} and digest = ${digest}`
      const [row] = await reaching(find, 'reads')
      return row ? openBlob(sql, accountId, row.blob_no, { digest, size: row.size }) : null
    },

    openSlices: (slices) => openSlices(sql, accountId, slices),
  }
}

export const digestOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest()

/** Octets that are hashed in a few milliseconds; what is longer would hold up all else for a tenth of a second. */
const LARGE = 1024 * 1024

async function digestAside(bytes: Uint8Array): Promise<Uint8Array> {
  if (bytes.length <= LARGE) return digestOf(bytes)
  return new Uint8Array(await webcrypto.subtle.digest('SHA-256', bytes))
}

const tooLarge = (maxSize: number) => new MailstoreError('tooLarge', `larger than ${maxSize} octets`)

/** The blob that has the digest already, marked as used just now so that the reaper lets it be (rule 11). */
async function touch(
  sql: Sql,
  accountId: number,
  digest: Uint8Array,
  size: number,
): Promise<StoredBlob | null> {
  const rows = await sql`
    update blob set touched_at = now() where account_id = ${accountId} and digest = ${digest} returning blob_no`
  return rows.length > 0 ? { digest, size } : null
}

/** `digest`: of what is whole already, and was hashed to look for it. */
async function write(
  sql: Sql,
  ids: IdAllocator,
  accountId: number,
  {
    source,
    maxSize,
    digest,
  }: {
    source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>
    maxSize: number
    digest?: Uint8Array
  },
): Promise<StoredBlob> {
  requireRoom()
  // Each statement by itself: what fails in the source, its reader's connection say, is not the database's.
  const [blobNo] = (await reaching(() => ids.take(1))) as [number]
  await reaching(() => sql`insert into blob (account_id, blob_no) values (${accountId}, ${blobNo})`)
  try {
    const hash = createHash('sha256')
    let size = 0
    let seq = 0
    for await (const chunk of chunks(source)) {
      size += chunk.length
      if (size > maxSize) throw tooLarge(maxSize)
      if (!digest) hash.update(chunk)
      await reaching(
        () => sql`
        insert into blob_chunk (account_id, blob_no, seq, bytes)
        values (${accountId}, ${blobNo}, ${seq++}, ${chunk})`,
      )
    }
    return await reaching(() => finish(sql, accountId, blobNo, { digest: digest ?? hash.digest(), size }))
  } catch (error) {
    // Unless it got its name, and only the answer was lost: then others may have been told that the bytes are here.
    await sql`
      delete from blob where account_id = ${accountId} and blob_no = ${blobNo} and digest is null`.catch(
      () => {},
    )
    throw error
  }
}

/** Names the blob, or keeps the one that has this name already: a unique index decides between two at once. */
async function finish(sql: Sql, accountId: number, blobNo: number, blob: StoredBlob): Promise<StoredBlob> {
  try {
    await sql`
      update blob set digest = ${blob.digest}, size = ${blob.size}, touched_at = now()
      where account_id = ${accountId} and blob_no = ${blobNo}`
    return blob
  } catch (error) {
    const isDouble = error instanceof Error && 'code' in error && error.code === '23505'
    const kept = isDouble && (await touch(sql, accountId, blob.digest, blob.size))
    if (!kept) throw error
    await sql`delete from blob where account_id = ${accountId} and blob_no = ${blobNo}`
    return kept
  }
}

/** Regroups what streams in to pieces of CHUNK octets. */
async function* chunks(source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = []
  let length = 0
  for await (const piece of source) {
    for (let at = 0; at < piece.length; ) {
      const part = piece.subarray(at, at + CHUNK - length)
      held.push(part)
      length += part.length
      at += part.length
      if (length < CHUNK) continue
      yield Buffer.concat(held)
      held = []
      length = 0
    }
  }
  if (length > 0) yield Buffer.concat(held)
}
