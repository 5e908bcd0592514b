// Reading blobs: one as it is asked for, or slices of many in one statement.
import type { Sql } from '../db/connect.js'
import { reaching } from '../db/errors.js'
import { MailstoreError } from '../errors.js'
import type { BlobSlice, OpenBlob, StoredBlob } from './types.js'

/** Octets per row: bounds memory here, and what a slice costs there. */
export const CHUNK = 256 * 1024

/** What was read of a blob already. */
interface Held {
  start: number
  bytes: Uint8Array
}

export function openBlob(
  sql: Sql,
  accountId: number,
  blobNo: number,
  blob: StoredBlob,
  held: Held | null = null,
): OpenBlob {
  /** Pieces of one chunk each, cut in the database, so that a slice costs a slice. */
  async function* stream(offset = 0, length = blob.size): AsyncGenerator<Uint8Array> {
    const end = Math.min(offset + length, blob.size)
    if (held && offset >= held.start && end <= held.start + held.bytes.length) {
      if (offset < end) yield held.bytes.subarray(offset - held.start, end - held.start)
      return
    }
    for (let at = offset; at < end; ) {
      const within = at % CHUNK
      const wanted = Math.min(CHUNK - within, end - at)
      const fetch = () => sql<{ bytes: Uint8Array }[]>`
        select substring(bytes from ${within + 1} for ${wanted}) as bytes from blob_chunk
        where account_id = ${accountId} and blob_no = ${blobNo} and seq = ${Math.floor(at / CHUNK)}`
      const [row] = await reaching(fetch, 'reads')
      if (!row || row.bytes.length !== wanted)
        throw new MailstoreError('blobNotFound', 'the blob was deleted')
      yield row.bytes
      at += wanted
    }
  }
  return {
    ...blob,
    stream,
    async read(offset = 0, length = blob.size) {
      const pieces: Uint8Array[] = []
      for await (const piece of stream(offset, length)) pieces.push(piece)
      return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)
    },
  }
}

interface SliceRow {
  place: number
  blobNo: number
  size: number
  /** Null where nothing of the blob was asked for. */
  bytes: Uint8Array | null
}

/** In the order of the slices; null where there is no such blob. One statement. */
export async function openSlices(
  sql: Sql,
  accountId: number,
  slices: readonly BlobSlice[],
): Promise<(OpenBlob | null)[]> {
  const digests = slices.map(({ digest }) => Buffer.from(digest).toString('hex'))
  const starts = slices.map(({ start }) => start)
  const ends = slices.map(({ end }) => end)
  const ask = () => sql<SliceRow[]>`
    select slice.place, b.blob_no as "blobNo", b.size,
      substring(c.bytes from greatest(slice.start - c.seq * ${CHUNK}::bigint, 0)::int + 1
        for (least(slice.stop - c.seq * ${CHUNK}::bigint, ${CHUNK}::bigint)
          - greatest(slice.start - c.seq * ${CHUNK}::bigint, 0))::int) as bytes
    from unnest(${digests}::text[], ${starts}::bigint[], ${ends}::bigint[])
      with ordinality as slice (digest, start, stop, place)
    join blob b on b.account_id = ${accountId} and b.digest = decode(slice.digest, 'hex')
    left join blob_chunk c on c.account_id = ${accountId} and c.blob_no = b.blob_no and slice.start < slice.stop
      and c.seq between slice.start / ${CHUNK}::bigint and (slice.stop - 1) / ${CHUNK}::bigint
    order by slice.place, c.seq`
  const opened: (OpenBlob | null)[] = slices.map(() => null)
  const rows = slices.length === 0 ? [] : await reaching(ask, 'reads')
  for (let at = 0; at < rows.length; ) {
    const { place, blobNo, size } = rows[at]!
    const pieces: Uint8Array[] = []
    for (; rows[at]?.place === place; at++) if (rows[at]!.bytes) pieces.push(rows[at]!.bytes!)
    const { digest, start } = slices[place - 1]!
    const bytes = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)
    opened[place - 1] = openBlob(sql, accountId, blobNo, { digest, size }, { start, bytes })
  }
  return opened
}
