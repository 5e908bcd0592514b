// The octets behind BODY[…], without ever holding a large message.
import type { BlobStore, Email, OpenBlob } from '@tandem/mailstore'
import { cut, type Extent, locate, pickFields } from '../../render/section.js'
import type { Output } from '../../wire/output.js'
import type { SectionItem } from './items.js'

/** Messages of which no more than this is asked are read ahead, a few at a time. One chunk of the store. */
const SMALL = 256 * 1024

type Content =
  /** There is no such part. */
  { type: 'none' } | { type: 'bytes'; bytes: Uint8Array } | { type: 'stream'; extent: Extent }

/** One message, opened; `ahead` holds what was read already. */
export interface OpenMessage {
  blob: OpenBlob
  email: Email
  ahead: ReadonlyMap<SectionItem, Content> | null
}

/** Opens a message and reads what is asked of it, if that is little; null where its bytes are gone. */
export async function openMessage(
  blobs: BlobStore,
  email: Email,
  items: readonly SectionItem[],
): Promise<OpenMessage | null> {
  const blob = await blobs.open(email.digest)
  if (!blob) return null
  const extents = items.map(({ section }) => locate(email.summary.structure, email.size, section))
  const total = extents.reduce((sum, extent) => sum + (extent ? extent.end - extent.start : 0), 0)
  if (total > SMALL) return { blob, email, ahead: null }
  const ahead = new Map<SectionItem, Content>()
  for (const item of items) ahead.set(item, await load(blob, email, item))
  return { blob, email, ahead }
}

async function load(blob: OpenBlob, email: Email, { section, partial }: SectionItem): Promise<Content> {
  const whole = locate(email.summary.structure, email.size, section)
  if (!whole) return { type: 'none' }
  if (section.text === 'HEADER.FIELDS' || section.text === 'HEADER.FIELDS.NOT') {
    const picked = pickFields(await read(blob, whole), section)
    // A partial of a subset counts in the subset.
    const { start, end } = cut({ start: 0, end: picked.length }, partial)
    return { type: 'bytes', bytes: picked.subarray(start, end) }
  }
  const extent = cut(whole, partial)
  if (extent.end - extent.start > SMALL) return { type: 'stream', extent }
  return { type: 'bytes', bytes: await read(blob, extent) }
}

async function read(blob: OpenBlob, { start, end }: Extent): Promise<Buffer> {
  if (start === end) return Buffer.alloc(0)
  const bytes = await blob.read(start, end - start)
  if (bytes.length !== end - start) throw new Error('a message is shorter than its summary says')
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/**
 * Writes the value of an item: NIL or a string. Whatever is thrown leaves a response that can't be finished: the client
 * was promised more.
 */
export async function writeSection(output: Output, message: OpenMessage, item: SectionItem): Promise<void> {
  const content = message.ahead?.get(item) ?? (await load(message.blob, message.email, item))
  switch (content.type) {
    case 'none':
      output.text('NIL')
      return
    case 'bytes':
      if (content.bytes.length === 0) output.text('""')
      else {
        output.text(`{${content.bytes.length}}\r\n`)
        output.bytes(content.bytes)
      }
      return
    case 'stream':
      return stream(output, message.blob, content.extent)
    default:
      content satisfies never
  }
}

async function stream(output: Output, blob: OpenBlob, { start, end }: Extent): Promise<void> {
  output.text(`{${end - start}}\r\n`)
  let missing = end - start
  for await (const piece of blob.stream(start, end - start)) {
    missing -= piece.length
    output.bytes(piece)
    await output.relieve()
  }
  if (missing !== 0) throw new Error('a message is shorter than its summary says')
}
