// BODY[section]: which octets of a message it names. RFC 3501 §6.4.5. Pure.
import { defineTask, parseMessage, type SummaryPart } from '@tandem/mime'
import { encodeAString } from '../wire/encode.js'

export type SectionText = 'HEADER' | 'HEADER.FIELDS' | 'HEADER.FIELDS.NOT' | 'TEXT' | 'MIME'

export interface Section {
  /** Part numbers; none for the message itself. */
  path: readonly number[]
  /** Null: the whole message, or the body of the part. */
  text: SectionText | null
  /** Of HEADER.FIELDS and HEADER.FIELDS.NOT, as the client spelled them. */
  fields: readonly string[]
}

/** Octets of the message, from `start` to before `end`. */
export interface Extent {
  start: number
  end: number
}

/** What stands between the brackets. */
export function renderSection(section: Section): string {
  const words = [...section.path.map(String), ...(section.text ? [section.text] : [])].join('.')
  if (section.text !== 'HEADER.FIELDS' && section.text !== 'HEADER.FIELDS.NOT') return words
  return `${words} (${section.fields.map(encodeAString).join(' ')})`
}

/** Where the section lies, before header fields are picked and `<partial>` is cut. Null: there is no such part. */
export function locate(root: SummaryPart, size: number, section: Section): Extent | null {
  if (section.path.length === 0) {
    if (section.text === null) return { start: 0, end: size }
    return section.text === 'TEXT'
      ? { start: root.bodyStart, end: root.bodyEnd }
      : { start: root.headerStart, end: root.headerEnd }
  }
  const part = partAt(root, section.path)
  if (!part) return null
  if (section.text === null) return { start: part.bodyStart, end: part.bodyEnd }
  if (section.text === 'MIME') return { start: part.headerStart, end: part.headerEnd }
  // The others refer to the message in a message part.
  if (!part.message) return null
  return section.text === 'TEXT'
    ? { start: part.message.bodyStart, end: part.message.bodyEnd }
    : { start: part.message.headerStart, end: part.message.headerEnd }
}

/** Every message has a part 1; what has no parts of its own is that part itself. */
export function partAt(root: SummaryPart, path: readonly number[]): SummaryPart | null {
  let parts = partsOf(root)
  let part: SummaryPart | null = null
  for (const number of path) {
    part = parts[number - 1] ?? null
    if (!part) return null
    // "A part of type MESSAGE/RFC822 also has nested part numbers, referring to parts of the MESSAGE part's body."
    parts = part.message ? partsOf(part.message) : part.children
  }
  return part
}

function partsOf(messageRoot: SummaryPart): readonly SummaryPart[] {
  return messageRoot.children.length > 0 ? messageRoot.children : [messageRoot]
}

/**
 * The subset of a header that HEADER.FIELDS and HEADER.FIELDS.NOT give: whole fields as they came, and the blank line
 * where the header has one.
 */
export function pickFields(header: Buffer, section: Pick<Section, 'text' | 'fields'>): Buffer {
  const wanted = new Set(section.fields.map((name) => name.toLowerCase()))
  const matching = parseMessage(header).headers.filter((field) => wanted.has(field.name.toLowerCase()))
  if (section.text === 'HEADER.FIELDS') {
    const fields = matching.map((field) => header.subarray(field.start, field.end))
    return Buffer.concat([...fields, blankLine(header)])
  }
  const rest: Buffer[] = []
  let from = 0
  for (const field of matching) {
    rest.push(header.subarray(from, field.start))
    from = field.end
  }
  return Buffer.concat([...rest, header.subarray(from)])
}

export const pickedFields = defineTask(
  import.meta.url,
  'pickedFields',
  (header: Uint8Array, section: Pick<Section, 'text' | 'fields'>): Uint8Array =>
    pickFields(Buffer.from(header.buffer, header.byteOffset, header.length), section),
)

const LF = 10
const CR = 13

function blankLine(header: Buffer): Buffer {
  const end = header.length
  if (end === 0 || header[end - 1] !== LF) return Buffer.alloc(0)
  const start = header[end - 2] === CR ? end - 2 : end - 1
  return start === 0 || header[start - 1] === LF ? header.subarray(start) : Buffer.alloc(0)
}

/** `<offset.length>`, counted from the start of the section; what lies beyond its end is left out. */
export interface Partial {
  offset: number
  length: number
}

/** The part of an extent that `<partial>` names. */
export function cut(extent: Extent, partial: Partial | null): Extent {
  if (!partial) return extent
  const start = Math.min(extent.start + partial.offset, extent.end)
  return { start, end: Math.min(start + partial.length, extent.end) }
}
