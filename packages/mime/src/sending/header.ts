// The header as it leaves: one form that every reader reads alike, whatever came. What is judged is this, and what is
// signed and sent is this.
import { parseMessage } from '../parse.js'
import type { Header } from '../types.js'
import { type Claims, claimsOf } from './claims.js'

/** RFC 5322 §2.1.1: octets of a line without its end. */
export const MAX_LINE = 998
/** A longer name leaves no room for a value; nobody has one. */
const MAX_NAME = 500
/** Octets, and fields. A parser keeps no more of a header: an author could stand behind. */
export const MAX_LEAVING = { octets: 1024 * 1024, fields: 10_000 }

/** The header of a message as it leaves, and in whose name that speaks. */
export interface LeavingHeader {
  /** Each where it stood in the message. */
  fields: Header[]
  claims: Claims
}

/**
 * `start`: what a message begins with, its header at least, in lines that end in CRLF. No space before a colon is left,
 * no line of white space alone, no line that is too long. A line that is no field is a fold that lost its white space,
 * and gets it back; before the first field it goes, like a byte order mark. Null where there is more than MAX_LEAVING.
 */
export function leavingHeader(
  start: Uint8Array,
  parsed: { headers: readonly Header[]; headerEnd: number } = headerOf(start),
): LeavingHeader | null {
  const { headers, headerEnd } = parsed
  if (headerEnd > MAX_LEAVING.octets || headers.length > MAX_LEAVING.fields) return null
  const fields = headers
    .map(({ name, raw, ...place }, at) => {
      const gap = start.subarray(place.end, headers[at + 1]?.start ?? headerEnd)
      return { name, raw: leavingValue(name, raw + lostLines(gap)), ...place }
    })
    .filter(({ name }) => name.length <= MAX_NAME)
  return { fields, claims: claimsOf(fields) }
}

function headerOf(start: Uint8Array) {
  const { headers, root } = parseMessage(start, { maxDepth: 0 })
  return { headers, headerEnd: root.headerEnd }
}

/** The header that these fields are, with the blank line after it. Its bytes are those of the values, latin1. */
export function writeFields(fields: readonly Pick<Header, 'name' | 'raw'>[]): Uint8Array {
  return Buffer.from(`${fields.map(({ name, raw }) => `${name}:${raw}\r\n`).join('')}\r\n`, 'latin1')
}

function lostLines(gap: Uint8Array): string {
  return Buffer.from(gap)
    .toString('latin1')
    .split('\r\n')
    .map((line) => `\r\n ${line}`)
    .join('')
}

/** RFC 5322 §4.2 has lines of white space in a fold, which some readers take for the end of the header. */
function leavingValue(name: string, raw: string): string {
  const [first = '', ...folds] = raw.split('\r\n')
  const lines = [first, ...folds.filter((line) => /\S/.test(line))]
  const width = MAX_LINE - name.length - 1
  if (lines.every((line) => line.length <= width)) return lines.join('\r\n')
  return lines.flatMap((line, at) => foldLine(line, at === 0 ? width : MAX_LINE)).join('\r\n')
}

/** Folded at white space; in a word that is too long for a line, where the line is full. */
function foldLine(line: string, width: number): string[] {
  const lines: string[] = []
  let rest = line.replace(/[ \t]{100,}/g, ' ')
  for (let room = width; rest.length > room; room = MAX_LINE) {
    const space = lastSpace(rest, room)
    const cut = space > 0 ? space : beforeCharacter(rest, room)
    lines.push(rest.slice(0, cut))
    rest = space > 0 ? rest.slice(cut) : ` ${rest.slice(cut)}`
  }
  return lines.length === 0 || /\S/.test(rest) ? [...lines, rest] : lines
}

/** The last white space that leaves a word before it; -1 where there is none. */
function lastSpace(line: string, width: number): number {
  const first = line.search(/\S/)
  for (let at = width; at > first; at--) if (line[at] === ' ' || line[at] === '\t') return at
  return -1
}

/** Not within a character of UTF-8. */
function beforeCharacter(line: string, width: number): number {
  let cut = Math.max(1, width)
  for (let back = 0; back < 3 && cut > 1 && /[\x80-\xbf]/.test(line[cut]!); back++) cut--
  return cut
}
