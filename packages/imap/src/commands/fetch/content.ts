// Octets on their way from a blob to the client.
import type { OpenBlob } from '@tandem/mailstore'
import type { Extent } from '../../render/section.js'

/** Messages of which no more than this is asked are read ahead, a few at a time. One chunk of the store. */
export const SMALL = 256 * 1024

export type Content =
  /** There is no such part. */
  | { type: 'none' }
  | { type: 'number'; value: number }
  /** `isBinary`: there is a NUL in it, so that it goes out as literal8 (RFC 3516 §4.3). */
  | { type: 'bytes'; bytes: Uint8Array; isBinary: boolean }
  | { type: 'stream'; size: number; isBinary: boolean; pieces(): AsyncIterable<Uint8Array> }

/** The store holds no NUL, so what is sent as it is has none. */
export async function loadExtent(blob: OpenBlob, extent: Extent): Promise<Content> {
  const size = extent.end - extent.start
  if (size > SMALL) {
    return { type: 'stream', size, isBinary: false, pieces: () => blob.stream(extent.start, size) }
  }
  return { type: 'bytes', bytes: await read(blob, extent), isBinary: false }
}

export async function read(blob: OpenBlob, { start, end }: Extent): Promise<Buffer> {
  if (start === end) return Buffer.alloc(0)
  const bytes = await blob.read(start, end - start)
  if (bytes.length !== end - start) throw new Error('a message is shorter than its summary says')
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
