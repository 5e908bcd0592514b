// The texts of messages too long for the store's search, which takes in the first MiB of encoded text and 256 Ki
// characters of parts' headers. They are read piece by piece: a few MiB are held at a time, however long they are.
import type { Account, OpenBlob, TextSearch } from '@tandem/mailstore'
import {
  declaredCharset,
  decodeHeader,
  defineTask,
  isBeyondBounds,
  normalForm,
  parseMessage,
  presentedType,
  SEARCH_BYTES,
  type SummaryPart,
  searchText,
  type Task,
} from '@tandem/mime'

/** Octets of parts' headers that are surely in the store's search: names in them are there twice. */
const HEADERS_TAKEN_IN = 128 * 1024
/** Encoded octets that are looked into at a time, besides those that were already. */
const WINDOW = 1024 * 1024
/** Octets of one part's header that are looked into. */
const MAX_HEADER = 1024 * 1024

/** Whether a message of that size may have more text than the store's search knows of it. */
export function mayBeCut({ field, value }: TextSearch, size: number): boolean {
  if (value === '') return false
  if (field === 'body') return size > SEARCH_BYTES
  return field === 'text' && size > HEADERS_TAKEN_IN
}

/** Whether this message has; those within it are parts of its text. */
export function isCut({ field }: TextSearch, root: SummaryPart): boolean {
  const parts = partsOf(root)
  const sum = (size: (part: SummaryPart) => number) => parts.reduce((total, part) => total + size(part), 0)
  if (sum((part) => (isText(part) ? part.bodyEnd - part.bodyStart : 0)) > SEARCH_BYTES) return true
  const headers = sum((part) => part.headerEnd - part.headerStart) - (root.headerEnd - root.headerStart)
  return field === 'text' && headers > HEADERS_TAKEN_IN
}

/** Which of the texts are in some octets. What is beyond the bounds of reading has none of them. */
type Look = Task<
  [bytes: Uint8Array, part: SummaryPart, declared: string | null, needles: readonly string[]],
  boolean[]
>

/** Whether the texts, all of them of BODY or TEXT, are in the message: an answer for each. */
export async function lookThrough(
  reading: Account['reading'],
  blob: OpenBlob,
  root: SummaryPart,
  searches: readonly TextSearch[],
): Promise<boolean[]> {
  const needles = searches.map(({ value }) => fold(value.replaceAll('\r\n', '\n')))
  const found = searches.map(() => false)
  const look = async (
    task: Look,
    bytes: Uint8Array,
    part: SummaryPart,
    fields: readonly TextSearch['field'][],
  ) => {
    // Without the parts in it, which nobody looks at and a thread would be sent.
    const alone = { ...part, children: [], message: null }
    const has = await reading
      .run(task, bytes, alone, declaredCharset(part), needles)
      .catch((error: unknown) => {
        if (isBeyondBounds(error)) return []
        throw error
      })
    for (const [index, { field }] of searches.entries()) {
      found[index] ||= fields.includes(field) && (has[index] ?? false)
    }
  }
  // Twelve octets of encoded text hold at least one character; what more there is, tags of HTML, say, has 64 KiB.
  const overlap = 64 * 1024 + 12 * Math.max(...needles.map((needle) => needle.length))
  const inner = innerRoots(root)
  for (const part of partsOf(root)) {
    if (found.every(Boolean)) return found
    const header = await readHeader(blob, part)
    // RFC 9051 §6.4.4: headers of messages within the message are in its body, those of its parts only in TEXT.
    await look(headerHas, header, part, inner.has(part) ? ['body', 'text'] : ['text'])
    if (!isText(part)) continue
    for await (const bytes of windowsOf(blob, part, overlap)) {
      await look(textHas, bytes, part, ['body', 'text'])
      if (found.every(Boolean)) return found
    }
  }
  return found
}

/** As the store folds what it searches. */
function fold(text: string): string {
  return normalForm(text, 'NFC').toLowerCase().replaceAll('ς', 'σ')
}

function partsOf(root: SummaryPart): SummaryPart[] {
  return [root, ...root.children.flatMap(partsOf), ...(root.message ? partsOf(root.message) : [])]
}

function innerRoots(root: SummaryPart): Set<SummaryPart> {
  return new Set(partsOf(root).flatMap((part) => part.message ?? []))
}

function isText(part: SummaryPart): boolean {
  return part.children.length === 0 && !part.message && presentedType(part).startsWith('text/')
}

async function readHeader(blob: OpenBlob, { headerStart, headerEnd }: SummaryPart): Promise<Uint8Array> {
  if (headerEnd === headerStart) return new Uint8Array()
  return blob.read(headerStart, Math.min(headerEnd - headerStart, MAX_HEADER))
}

export const headerHas: Look = defineTask(import.meta.url, 'headerHas', (bytes, _part, declared, needles) => {
  const { headers } = parseMessage(bytes)
  const lines = headers.map(({ name, raw }) => `${name}: ${decodeHeader(raw, declared).trim()}`)
  // In a header a TAB is a space, as the store has it.
  const spaced = (text: string) => text.replaceAll('\t', ' ')
  return has(spaced(lines.join('\n')), needles.map(spaced))
})

export const textHas: Look = defineTask(import.meta.url, 'textHas', (bytes, part, _declared, needles) => {
  const piece = { ...part, bodyStart: 0, bodyEnd: bytes.length }
  return has(searchText(bytes, { root: piece }, bytes.length), needles)
})

function has(text: string, needles: readonly string[]): boolean[] {
  const folded = fold(text)
  return needles.map((needle) => folded.includes(needle))
}

const LF = 10
/** Sextets that are whole octets of any charset, UTF-32 too. */
const ALIGNMENT = 16

/**
 * Pieces of encoded text, each of which begins with the end of the one before, and can be decoded by itself: of base64
 * whole groups, of all else lines.
 */
async function* windowsOf(blob: OpenBlob, part: SummaryPart, overlap: number): AsyncGenerator<Buffer> {
  const isBase64 = part.encoding === 'base64'
  let held: Buffer = Buffer.alloc(0)
  for await (const piece of blob.stream(part.bodyStart, part.bodyEnd - part.bodyStart)) {
    held = Buffer.concat([held, isBase64 ? sextetsOf(piece) : piece])
    if (held.length < overlap + WINDOW) continue
    const lineEnd = isBase64 ? -1 : held.lastIndexOf(LF)
    // Without a line end in it, it is cut anywhere: what is torn there is whole in the next piece.
    const end = isBase64
      ? held.length - (held.length % ALIGNMENT)
      : lineEnd > overlap
        ? lineEnd + 1
        : held.length
    yield held.subarray(0, end)
    const from = end - overlap
    const line = held.indexOf(LF, from)
    const next = isBase64 ? from - (from % ALIGNMENT) : line >= 0 && line + 1 < end ? line + 1 : from
    held = held.subarray(next)
  }
  if (held.length > 0) yield held
}

function sextetsOf(piece: Uint8Array): Buffer {
  const text = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength).toString('latin1')
  return Buffer.from(text.replace(/[^A-Za-z0-9+/=]/g, ''), 'latin1')
}
