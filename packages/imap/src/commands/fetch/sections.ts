// The octets behind BODY[…] and BINARY[…], without ever holding a large message.
import type { Account, BlobStore, Email, OpenBlob } from '@tandem/mailstore'
import { isBeyondBounds } from '@tandem/mime'
import { cut, locate, pickedFields, type Section } from '../../render/section.js'
import type { Output } from '../../wire/output.js'
import { knownSize, loadDecoded } from './binary.js'
import { type Content, loadExtent, read, SMALL } from './content.js'
import type { SectionItem } from './items.js'

type Reading = Account['reading']

/** One message, opened; `ahead` holds what was read already. */
export interface OpenMessage {
  /** Null where nothing of it is asked for that isn't in `ahead`. */
  blob: OpenBlob | null
  email: Email
  reading: Reading
  ahead: ReadonlyMap<SectionItem, Content>
}

/** Opens a message and reads what is asked of it, if that is little; null where its bytes are gone. */
export async function openMessage(
  blobs: Pick<BlobStore, 'open'>,
  reading: Reading,
  email: Email,
  items: readonly SectionItem[],
): Promise<OpenMessage | null> {
  const ahead = new Map<SectionItem, Content>()
  for (const item of items) {
    const value = knownSize(email, item)
    if (value !== null) ahead.set(item, { type: 'number', value })
  }
  const others = items.filter((item) => !ahead.has(item))
  if (others.length === 0) return { blob: null, email, reading, ahead }

  const blob = await blobs.open(email.digest)
  if (!blob) return null
  const extents = others.map(({ section }) => locate(email.summary.structure, email.size, section))
  const total = extents.reduce((sum, extent) => sum + (extent ? extent.end - extent.start : 0), 0)
  const message = { blob, email, reading, ahead }
  if (total <= SMALL) for (const item of others) ahead.set(item, await load(message, blob, item))
  return message
}

async function load({ email, reading }: OpenMessage, blob: OpenBlob, item: SectionItem): Promise<Content> {
  if (item.form !== 'octets') return loadDecoded(blob, email, item)
  const { section, partial } = item
  const whole = locate(email.summary.structure, email.size, section)
  if (!whole) return { type: 'none' }
  if (section.text === 'HEADER.FIELDS' || section.text === 'HEADER.FIELDS.NOT') {
    const picked = await pick(reading, await read(blob, whole), section)
    if (!picked) return { type: 'none' }
    // A partial of a subset counts in the subset.
    const { start, end } = cut({ start: 0, end: picked.length }, partial)
    return { type: 'bytes', bytes: picked.subarray(start, end), isBinary: false }
  }
  return loadExtent(blob, cut(whole, partial))
}

/** Null where the header is beyond the bounds of reading. */
async function pick(reading: Reading, header: Buffer, section: Section): Promise<Uint8Array | null> {
  try {
    return await reading.run(pickedFields, header, section)
  } catch (error) {
    if (isBeyondBounds(error)) return null
    throw error
  }
}

/**
 * Writes the value of an item: NIL, a string or a number. Whatever is thrown leaves a response that can't be finished:
 * the client was promised more.
 */
export async function writeSection(output: Output, message: OpenMessage, item: SectionItem): Promise<void> {
  const content = message.ahead.get(item) ?? (await load(message, message.blob!, item))
  switch (content.type) {
    case 'none':
      output.text('NIL')
      return
    case 'number':
      output.text(String(content.value))
      return
    case 'bytes':
      if (content.bytes.length === 0) output.text('""')
      else {
        output.text(announce(content.bytes.length, content.isBinary))
        output.bytes(content.bytes)
      }
      return
    case 'stream':
      return stream(output, content)
    default:
      content satisfies never
  }
}

/** RFC 3516 §7, literal8. */
const announce = (size: number, isBinary: boolean) => `${isBinary ? '~' : ''}{${size}}\r\n`

async function stream(output: Output, content: Content & { type: 'stream' }): Promise<void> {
  output.text(announce(content.size, content.isBinary))
  let missing = content.size
  for await (const piece of content.pieces()) {
    missing -= piece.length
    if (missing < 0) break
    output.bytes(piece)
    await output.relieve()
  }
  if (missing !== 0) throw new Error('a message is not of the size that its summary says')
}
