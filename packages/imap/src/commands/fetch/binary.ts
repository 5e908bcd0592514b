// BINARY[…] and BINARY.SIZE[…]: a part with its transfer encoding undone. RFC 3516 §4.2, §4.3; RFC 9051 §6.4.5, §7.5.2.
//
// A large part is decoded piece by piece: once to see how long it is and whether a NUL is in it, both of which go out
// before it, and once to be sent. Of what isn't text the length is known, so the first look ends at the first NUL.
import type { Email, OpenBlob } from '@tandem/mailstore'
import {
  decodeStream,
  isIdentityEncoding,
  isKnownEncoding,
  presentedType,
  type SummaryPart,
} from '@tandem/mime'
import { cut, type Extent, locate, partAt, type Section } from '../../render/section.js'
import { type Content, loadExtent, SMALL } from './content.js'
import type { SectionItem } from './items.js'

/** Whether the store knows how to decode what the item names; what is not there needs no decoding. */
export function canDecode(email: Email, { form, section }: SectionItem): boolean {
  const part = form === 'octets' ? null : encodedPart(email.summary.structure, section)
  return part === null || isKnownEncoding(part.encoding)
}

/** BINARY.SIZE as far as the summary knows it; null where the part has to be looked at. Of no part it is 0. */
export function knownSize(email: Email, { form, section }: SectionItem): number | null {
  if (form !== 'decodedSize') return null
  const extent = locate(email.summary.structure, email.size, section)
  if (!extent) return 0
  const part = encodedPart(email.summary.structure, section)
  if (!part) return extent.end - extent.start
  return isLineOriented(part) ? null : part.decodedSize
}

export async function loadDecoded(blob: OpenBlob, email: Email, item: SectionItem): Promise<Content> {
  const extent = locate(email.summary.structure, email.size, item.section)
  if (!extent) return { type: 'none' }
  const part = encodedPart(email.summary.structure, item.section)
  if (!part) return loadExtent(blob, cut(extent, item.partial))

  const isText = isLineOriented(part)
  const decoded = () => decode(blob, extent, part.encoding, isText)
  if (item.form === 'decodedSize') {
    return { type: 'number', value: (await measure(decoded(), null)).size }
  }
  const range = cut({ start: 0, end: isText ? Number.POSITIVE_INFINITY : part.decodedSize }, item.partial)
  const pieces = () => between(decoded(), range)
  if (extent.end - extent.start <= SMALL) {
    const bytes = await together(pieces())
    return { type: 'bytes', bytes, isBinary: bytes.includes(0) }
  }
  const { size, isBinary } = await measure(pieces(), isText ? null : range.end - range.start)
  return { type: 'stream', size, isBinary, pieces }
}

/**
 * The part, unless its octets are sent as they are: the message itself, and what has parts of its own, has no encoding
 * to undo (RFC 2045 §6.4).
 */
function encodedPart(root: SummaryPart, { path }: Section): SummaryPart | null {
  const part = partAt(root, path)
  if (!part || part.children.length > 0 || part.message) return null
  return isIdentityEncoding(part.encoding) && !isLineOriented(part) ? null : part
}

/**
 * RFC 9051 §7.5.2: textual sections always have CRLF line ends. In the wide encodings, which RFC 2781 §4 keeps out of
 * text/* but people don't, LF is half of a character.
 */
function isLineOriented(part: SummaryPart): boolean {
  const isWide = /^(?:utf-?(?:16|32)|ucs-?[24]|iso-10646-ucs)/i.test(part.params.charset ?? '')
  return presentedType(part).startsWith('text/') && !isWide
}

function decode(
  blob: OpenBlob,
  { start, end }: Extent,
  encoding: string,
  isText: boolean,
): AsyncIterable<Uint8Array> {
  const decoded = decodeStream(blob.stream(start, end - start), encoding)
  return isText ? withLineEnds(decoded) : decoded
}

const LF = 10
const CR = 13

/** LF without a CR before it becomes CRLF. */
async function* withLineEnds(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let last = 0
  for await (const piece of pieces) {
    const before = (at: number) => (at === 0 ? last : piece[at - 1])
    const places: number[] = []
    for (let at = piece.indexOf(LF); at >= 0; at = piece.indexOf(LF, at + 1)) {
      if (before(at) !== CR) places.push(at)
    }
    last = piece[piece.length - 1] ?? last
    yield places.length === 0 ? piece : inserted(piece, places)
  }
}

/** The piece with a CR before each of the places. */
function inserted(piece: Uint8Array, places: readonly number[]): Uint8Array {
  const longer = new Uint8Array(piece.length + places.length)
  let from = 0
  let to = 0
  for (const place of places) {
    longer.set(piece.subarray(from, place), to)
    to += place - from
    longer[to++] = CR
    from = place
  }
  longer.set(piece.subarray(from), to)
  return longer
}

async function* between(
  pieces: AsyncIterable<Uint8Array>,
  { start, end }: Extent,
): AsyncGenerator<Uint8Array> {
  let at = 0
  for await (const piece of pieces) {
    const part = piece.subarray(Math.max(0, start - at), Math.max(0, end - at))
    if (part.length > 0) yield part
    at += piece.length
    if (at >= end) return
  }
}

/** `known`: the size, where it is known before. */
async function measure(
  pieces: AsyncIterable<Uint8Array>,
  known: number | null,
): Promise<{ size: number; isBinary: boolean }> {
  let size = 0
  let isBinary = false
  for await (const piece of pieces) {
    size += piece.length
    isBinary ||= piece.includes(0)
    if (isBinary && known !== null) break
  }
  return { size: known ?? size, isBinary }
}

async function together(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = []
  for await (const piece of pieces) all.push(piece)
  return Buffer.concat(all)
}
