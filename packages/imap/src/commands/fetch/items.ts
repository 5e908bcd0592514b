// The data items of FETCH: RFC 3501 §6.4.5; EMAILID and THREADID: RFC 8474 §5.3; BINARY: RFC 3516 §4.2;
// MODSEQ: RFC 7162 §3.1.4.2; PREVIEW: RFC 8970 §3. Pure.
import { type Email, formatId } from '@tandem/mailstore'
import { renderBodyStructure } from '../../render/body-structure.js'
import { renderEnvelope } from '../../render/envelope.js'
import { renderFlags } from '../../render/flags.js'
import { type Partial, renderSection, type Section, type SectionText } from '../../render/section.js'
import type { Row } from '../../selected/told.js'
import { formatDateTime } from '../../wire/date-time.js'
import { encodeString } from '../../wire/encode.js'
import type { Parser } from '../../wire/parser.js'

/** One message, as far as it is needed. */
export interface Fetched {
  row: Row
  recent: boolean
  email: Email | null
}

export type FetchItem = SimpleItem | SectionItem

/** `needs`: 'row' is answered from the view, 'email' from the stored summary. */
export type SimpleItem = { type: 'simple'; name: string } & (
  | { needs: 'row'; render(message: Fetched): string }
  | { needs: 'email'; render(email: Email, rev2: boolean): string }
)

/** Octets of the message. */
export interface SectionItem {
  type: 'section'
  /** How the response names it: `BODY[1.MIME]<0>`, `RFC822`. */
  label: string
  /** The octets as they are, with the transfer encoding of the part undone, or how many these are. */
  form: 'octets' | 'decoded' | 'decodedSize'
  section: Section
  partial: Partial | null
  setsSeen: boolean
}

/** A row for each item that is a word of its own. */
const SIMPLE_ITEMS: readonly SimpleItem[] = [
  row('FLAGS', ({ row, recent }) => renderFlags(row, recent)),
  row('UID', ({ row }) => String(row.uid)),
  row('INTERNALDATE', ({ row }) => formatDateTime(row.receivedAt)),
  row('RFC822.SIZE', ({ row }) => String(row.size)),
  // RFC 8514 §4.2
  row('SAVEDATE', ({ row }) => formatDateTime(row.savedAt)),
  row('MODSEQ', ({ row }) => `(${row.modseq})`),
  row('EMAILID', ({ row }) => `(${formatId('email', row.emailId)})`),
  row('THREADID', ({ row }) => `(${formatId('thread', row.threadId)})`),
  email('ENVELOPE', ({ summary }) => renderEnvelope(summary.envelope)),
  email('BODY', ({ summary }, rev2) => renderBodyStructure(summary.structure, { extended: false, rev2 })),
  email('BODYSTRUCTURE', ({ summary }, rev2) =>
    renderBodyStructure(summary.structure, { extended: true, rev2 }),
  ),
  email('PREVIEW', ({ summary }) => renderPreview(summary.preview)),
]

/** Sections under an older name. RFC822.HEADER doesn't set \Seen. */
const OLD_SECTIONS: Readonly<Record<string, { text: SectionText | null; setsSeen: boolean }>> = {
  RFC822: { text: null, setsSeen: true },
  'RFC822.HEADER': { text: 'HEADER', setsSeen: false },
  'RFC822.TEXT': { text: 'TEXT', setsSeen: true },
}

type BinaryItem = Pick<SectionItem, 'form' | 'setsSeen'> & { label: string; hasPartial: boolean }

/** RFC 3516 §4.2, §4.3; RFC 9051 §6.4.5. */
const BINARY: Readonly<Record<string, BinaryItem>> = {
  BINARY: { form: 'decoded', label: 'BINARY', setsSeen: true, hasPartial: true },
  'BINARY.PEEK': { form: 'decoded', label: 'BINARY', setsSeen: false, hasPartial: true },
  'BINARY.SIZE': { form: 'decodedSize', label: 'BINARY.SIZE', setsSeen: false, hasPartial: false },
}

const MACROS: Readonly<Record<string, readonly string[]>> = {
  ALL: ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE'],
  FAST: ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE'],
  FULL: ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE', 'BODY'],
}

/** By name: an item of SIMPLE_ITEMS. */
export function simpleItem(name: string): SimpleItem {
  return SIMPLE_ITEMS.find((item) => item.name === name)!
}

/** A macro, one item, or a list of them; each simple item once. */
export function parseFetchItems(args: Parser): FetchItem[] {
  const read = () => parseMacro(args) ?? [args.unquoted(() => parseItem(args))]
  const items = args.peek() === '(' ? args.list(read).flat() : read()
  return items.filter((item, index) => item.type === 'section' || items.indexOf(item) === index)
}

function parseMacro(args: Parser): FetchItem[] | null {
  return Object.hasOwn(MACROS, args.peekAtom()) ? MACROS[args.keyword()]!.map(simpleItem) : null
}

function parseItem(args: Parser): FetchItem {
  const name = args.take(/[A-Za-z0-9.]/).toUpperCase()
  if ((name === 'BODY' || name === 'BODY.PEEK') && args.aheadMatches(/ *\[/y)) {
    return parseSectionItem(args, name === 'BODY')
  }
  const binary = Object.hasOwn(BINARY, name) ? BINARY[name]! : null
  if (binary) return parseBinaryItem(args, binary)
  const old = Object.hasOwn(OLD_SECTIONS, name) ? OLD_SECTIONS[name]! : null
  if (old) {
    const section = { path: [], text: old.text, fields: [] }
    return { type: 'section', label: name, form: 'octets', section, partial: null, setsSeen: old.setsSeen }
  }
  const simple = SIMPLE_ITEMS.find((item) => item.name === name)
  if (!simple) throw args.fail('a known FETCH item')
  if (name === 'PREVIEW') parsePreviewModifiers(args)
  return simple
}

/** RFC 8970 §4, §6. The preview is in the summary: LAZY has nothing to put off. */
function parsePreviewModifiers(args: Parser): void {
  // A parenthesis with anything else belongs to FETCH itself.
  if (!args.aheadMatches(/ +\( *LAZY/iy)) return
  args.sp()
  args.list(() => {
    if (args.keyword() !== 'LAZY') throw args.fail('LAZY')
  })
}

/** RFC 8970 §3.3: SHOULD be 200 characters at most. */
const MAX_PREVIEW = 200

function renderPreview(preview: string): string {
  return encodeString([...preview].slice(0, MAX_PREVIEW).join('').trimEnd())
}

/** section-spec of RFC 3501 §9: part numbers, a word, or both with a period between. */
const WORD = '(HEADER\\.FIELDS\\.NOT|HEADER\\.FIELDS|HEADER|TEXT|MIME)'
const SECTION = new RegExp(`^(?:((?:[1-9]\\d{0,8})(?:\\.[1-9]\\d{0,8})*)(?:\\.${WORD})?|${WORD})?$`)

function parseSectionItem(args: Parser, setsSeen: boolean): SectionItem {
  openSection(args)
  const match = SECTION.exec(args.take(/[A-Za-z0-9.]/).toUpperCase())
  if (!match) throw args.fail('a section')
  const path = match[1] ? match[1].split('.').map(Number) : []
  const text = (match[2] ?? match[3] ?? null) as SectionText | null
  // MIME is a part's.
  if (text === 'MIME' && path.length === 0) throw args.fail('a part number before MIME')
  let fields: string[] = []
  if (text === 'HEADER.FIELDS' || text === 'HEADER.FIELDS.NOT') {
    args.spaces()
    fields = args.list(() => args.astring('a field name'), true)
  }
  closeSection(args)
  const partial = args.aheadMatches(PARTIAL_AHEAD) ? parsePartial(args) : null
  const section: Section = { path, text, fields }
  const label = `BODY[${renderSection(section)}]${partial ? `<${partial.offset}>` : ''}`
  return { type: 'section', label, form: 'octets', section, partial, setsSeen }
}

function parseBinaryItem(args: Parser, { form, label, setsSeen, hasPartial }: BinaryItem): SectionItem {
  openSection(args)
  const match = /^(?:[1-9]\d{0,8}(?:\.[1-9]\d{0,8})*)?$/.exec(args.take(/[\d.]/))
  if (!match) throw args.fail('a part number')
  closeSection(args)
  const partial = hasPartial && args.aheadMatches(PARTIAL_AHEAD) ? parsePartial(args) : null
  const section: Section = {
    path: match[0] === '' ? [] : match[0].split('.').map(Number),
    text: null,
    fields: [],
  }
  const named = `${label}[${match[0]}]${partial ? `<${partial.offset}>` : ''}`
  return { type: 'section', label: named, form, section, partial, setsSeen }
}

/** The brackets of a section, with spaces about them that the grammar doesn't have. */
function openSection(args: Parser): void {
  args.spaces()
  args.expect('[')
  args.spaces()
}
function closeSection(args: Parser): void {
  args.spaces()
  args.expect(']')
}

const PARTIAL_AHEAD = / *</y

/** Without a length it goes to the end, as in the response. */
function parsePartial(args: Parser): Partial {
  args.spaces()
  args.expect('<')
  // RFC 9051 §9, partial: 63 bits.
  const offset = args.number64()
  const length = args.accept('.') ? args.number64() : Number.MAX_SAFE_INTEGER
  if (length === 0) throw args.fail('a length above 0')
  args.expect('>')
  return { offset, length }
}

function row(name: string, render: (message: Fetched) => string): SimpleItem {
  return { type: 'simple', name, needs: 'row', render }
}

function email(name: string, render: (email: Email, rev2: boolean) => string): SimpleItem {
  return { type: 'simple', name, needs: 'email', render }
}
