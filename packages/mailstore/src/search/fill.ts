import { ReadingFailed } from '@tandem/mime'
import type { Queryable } from '../db/connect.js'
import { readBeginning, readMessage } from '../reading/message.js'
import type { Reading } from '../reading/types.js'
import type { SearchDocument } from './types.js'

/**
 * Writes what is searched of the bytes of that digest. It depends on nothing but them, so that it is there before an
 * email is, outside the account's lock (docs/adr/0005).
 */
export async function addToSearch(
  sql: Queryable,
  accountId: number,
  digest: Uint8Array,
  document: SearchDocument,
): Promise<void> {
  const { envelope, header, body, people, words } = document
  await sql`
    insert into search (account_id, digest, envelope, header, body, people, words)
    values (${accountId}, ${digest}, ${envelope}, ${header}, ${body}, ${people}::text::tsvector,
      ${words}::text::tsvector)
    on conflict do nothing`
}

/** Messages read and parsed at a time: bounds memory. */
const BATCH = 50

/** Digests whose messages were filed before there was a search table, `limit` of them. */
export async function pendingDigests(
  sql: Queryable,
  accountId: number,
  limit: number,
  after: Uint8Array = new Uint8Array(),
): Promise<Uint8Array[]> {
  const rows = await sql<{ digest: Uint8Array }[]>`
    select digest from search_pending where account_id = ${accountId} and digest > ${after}
    order by digest limit ${limit}`
  return rows.map((row) => row.digest)
}

/** One batch of the account's backlog, in any transaction or none; whether there may be more. */
export async function fillPending(sql: Queryable, accountId: number, reading: Reading): Promise<boolean> {
  const digests = await pendingDigests(sql, accountId, BATCH)
  for (const digest of digests) {
    await addToSearch(sql, accountId, digest, await readDocument(sql, accountId, reading, digest))
    await sql`delete from search_pending where account_id = ${accountId} and digest = ${digest}`
  }
  return digests.length === BATCH
}

/** The backlog's messages, a batch at a time, for a query that must look into them (rule 9). */
export async function* pendingDocuments(
  sql: Queryable,
  accountId: number,
  reading: Reading,
): AsyncGenerator<{ digest: Uint8Array; document: SearchDocument }[]> {
  for (let last = new Uint8Array(); ; ) {
    const digests = await pendingDigests(sql, accountId, BATCH, last)
    if (digests.length === 0) return
    const batch = []
    for (const digest of digests) {
      batch.push({ digest, document: await readDocument(sql, accountId, reading, digest) })
    }
    yield batch
    last = Uint8Array.from(digests.at(-1)!)
  }
}

async function readDocument(
  sql: Queryable,
  accountId: number,
  reading: Reading,
  digest: Uint8Array,
): Promise<SearchDocument> {
  const rows = await sql<{ bytes: Uint8Array }[]>`
    select c.bytes from blob b join blob_chunk c using (account_id, blob_no)
    where b.account_id = ${accountId} and b.digest = ${digest} order by c.seq`
  const bytes = Buffer.concat(rows.map((row) => row.bytes))
  try {
    return (await reading.run(readMessage, bytes)).document
  } catch (error) {
    if (error instanceof ReadingFailed) return readBeginning(bytes, bytes.length).document
    throw error
  }
}
