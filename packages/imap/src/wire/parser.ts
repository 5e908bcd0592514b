// Takes a command's arguments apart, after the grammar of RFC 3501 §9. Pure; throws Refusal (BAD).
//
// Text comes as "binary" strings, one character an octet, because only its meaning says which charset it is in.
import { bad, no, type Refusal } from '../refusal.js'
import { parseDate, parseDateTime } from './date-time.js'
import { decodeMailboxName } from './mutf7.js'
import { type MessageSet, parseSequenceSet, type SequenceSet } from './sequence-set.js'

/** A command as read: lines without their ends, and the literals between them (literals[i] follows lines[i]). */
export interface CommandText {
  lines: readonly string[]
  literals: readonly Buffer[]
}

const ATOM_CHAR = /[^\x00-\x20\x7f-\xff(){%*"\\\]]/
const ASTRING_CHAR = /[^\x00-\x20\x7f-\xff(){%*"\\]/
const LIST_CHAR = /[^\x00-\x20\x7f-\xff(){"\\]/
const SET_CHAR = /[\d:*,]/
const DIGIT = /\d/
/**
 * A literal's announcement at the end of a line, its size of 63 bits (RFC 9051 §9); the plus makes it
 * non-synchronizing (RFC 7888 §3).
 */
export const LITERAL = /\{(\d{1,19})(\+?)\}$/

export type Parser = ReturnType<typeof createParser>

/**
 * Begins at the `start`th character of the first line. `maxSetMembers` bounds one sequence set. `utf8`: mailbox names
 * are UTF-8 instead of modified UTF-7, and quoted strings have to be.
 */
export function createParser(text: CommandText, start: number, maxSetMembers: number, utf8 = false) {
  let line = 0
  let at = start

  const current = () => text.lines[line] ?? ''
  const fail = (expected: string): Refusal =>
    bad(`${expected} expected${line === 0 ? ` at column ${at + 1}` : ''}`)

  /** The next character without taking it; '' at the end of the command or of the line before a literal. */
  const peek = () => current()[at] ?? ''
  const atEnd = () => line === text.lines.length - 1 && at >= current().length

  function accept(char: string): boolean {
    if (peek() !== char) return false
    at++
    return true
  }
  /** Takes `text` (in capitals), in any case, if it is what comes next. */
  function acceptText(text: string): boolean {
    if (
      current()
        .slice(at, at + text.length)
        .toUpperCase() !== text
    )
      return false
    at += text.length
    return true
  }
  function expect(char: string): void {
    if (!accept(char)) throw fail(`"${char}"`)
  }
  /** Exactly one space (RFC 3501 §9 note 2). */
  function sp(): void {
    if (!accept(' ')) throw fail('a space')
  }
  function end(): void {
    if (!atEnd()) throw fail('the end of the command')
  }
  /** What matches `chars` (a class of one character) from here on; may be empty. */
  function take(chars: RegExp): string {
    const from = at
    const source = current()
    while (at < source.length && chars.test(source[at]!)) at++
    return source.slice(from, at)
  }
  /** The next atom without taking it, in upper case: to look ahead at a keyword. */
  function peekAtom(): string {
    const from = at
    const word = take(ATOM_CHAR)
    at = from
    return word.toUpperCase()
  }
  function atom(what = 'an atom'): string {
    const word = take(ATOM_CHAR)
    if (word === '') throw fail(what)
    return word
  }
  /** An atom of known spelling, in upper case. */
  const keyword = (what?: string) => atom(what).toUpperCase()

  function number(): number {
    const digits = take(DIGIT)
    const value = Number(digits)
    if (digits === '' || digits.length > 10 || value > 0xffffffff) throw fail('a number below 2^32')
    return value
  }
  function nzNumber(): number {
    if (peek() === '0') throw fail('a number above 0')
    return number()
  }
  /** number64 of RFC 9051 §9; what is beyond 2^53 is given as near as it comes. */
  function number64(): number {
    const digits = take(DIGIT)
    if (digits === '' || digits.length > 19 || BigInt(digits) >= 2n ** 63n) throw fail('a number below 2^63')
    return Number(digits)
  }

  /**
   * mod-sequence-valzer of RFC 7162 §7: unsigned, 63 bits; `min` 1 makes it a mod-sequence-value. The store's are below
   * 2^53: what is beyond is above all of them either way.
   */
  function modseq(min: 0 | 1): number {
    const value = number64()
    if (value < min) throw fail('a modseq above 0')
    return Math.min(value, Number.MAX_SAFE_INTEGER)
  }

  const atLiteral = () => peek() === '{'
  /** The octets of a literal; the parser stands after it. */
  function literal(): Buffer {
    const match = LITERAL.exec(current())
    const bytes = text.literals[line]
    if (!match || match.index !== at || bytes === undefined) throw fail('a literal')
    line++
    at = 0
    return bytes
  }
  /** The announcement of a literal that is yet to arrive: its size. The parser stands in the line behind it. */
  function announcement(): number {
    const match = LITERAL.exec(current())
    if (!match || match.index !== at || text.literals[line] !== undefined) throw fail('a literal')
    line++
    at = 0
    return Number(match[1])
  }
  /** quoted or literal. 8-bit octets pass: whoever asks knows whether they mean something. */
  function string(): string {
    if (atLiteral()) {
      const bytes = literal()
      // RFC 3501 §9, CHAR8.
      if (bytes.includes(0)) throw bad('NUL in a literal')
      return bytes.toString('latin1')
    }
    if (!accept('"')) throw fail('a string')
    let value = ''
    for (;;) {
      const char = peek()
      at++
      if (char === '"') {
        // RFC 9755 §3: what is not UTF-8 is BAD.
        if (utf8) decodeUtf8(value)
        return value
      }
      if (char === '\\') {
        const escaped = peek()
        if (escaped !== '"' && escaped !== '\\') throw fail('a quoted " or \\')
        value += escaped
        at++
      } else if (char === '' || char === '\0' || char === '\r') {
        throw fail('a closing quote')
      } else value += char
    }
  }
  function astring(what = 'a string'): string {
    if (peek() === '"' || atLiteral()) return string()
    const word = take(ASTRING_CHAR)
    if (word === '') throw fail(what)
    return word
  }
  function nstring(): string | null {
    if (peek() === '"' || atLiteral()) return string()
    if (keyword('a string or NIL') !== 'NIL') throw fail('a string or NIL')
    return null
  }
  /** An astring in UTF-8 (of which US-ASCII is a part), as Unicode. */
  const text8 = (what?: string): string => decodeUtf8(astring(what))

  /** `(a b c)`, each read by `item`; `()` where `empty` allows it. */
  function list<T>(item: () => T, empty = false): T[] {
    expect('(')
    const items: T[] = []
    if (empty && accept(')')) return items
    do items.push(item())
    while (accept(' '))
    expect(')')
    return items
  }

  const decodeName = utf8 ? decodeUtf8 : decodeUtf7
  /** A mailbox name as Unicode, in whatever normal form it came. */
  const mailbox = (): string => decodeName(astring('a mailbox name'))

  /** list-mailbox: a name with wildcards. */
  function listMailbox(): string {
    if (peek() === '"' || atLiteral()) return decodeName(string())
    const pattern = take(LIST_CHAR)
    if (pattern === '') throw fail('a mailbox pattern')
    return decodeName(pattern)
  }

  /** flag of RFC 3501 §9: the system flags in their usual spelling, others as written. */
  function flag(): string {
    if (!accept('\\')) return atom('a flag')
    const name = atom('a flag')
    const system = SYSTEM_FLAGS.find((known) => known.toLowerCase() === name.toLowerCase())
    // RFC 3501 §2.3.2: this flag can not be altered by the client.
    if (name.toLowerCase() === 'recent') throw bad('\\Recent is not a flag that a client can use')
    return `\\${system ?? name}`
  }

  function sequenceSet(): SequenceSet {
    const set = parseSequenceSet(take(SET_CHAR))
    if (set === null) throw fail('a sequence set')
    if (set.length > maxSetMembers) throw no(`A set may have ${maxSetMembers} members`, 'LIMIT')
    return set
  }
  /** sequence-set as RFC 5182 §3 extends it. */
  const messageSet = (): MessageSet => (accept('$') ? '$' : sequenceSet())
  const atMessageSet = () => peek() === '$' || SET_CHAR.test(peek())

  /** date-time in its quotes. */
  function dateTime(): Date {
    const moment = peek() === '"' ? parseDateTime(string()) : null
    if (moment === null) throw fail('a date-time')
    return moment
  }
  /** date, quoted or not, as days since 1970-01-01. */
  function date(): number {
    const day = parseDate(peek() === '"' ? string() : atom('a date'))
    if (day === null) throw fail('a date')
    return day
  }

  return {
    accept,
    announcement,
    acceptText,
    astring,
    atEnd,
    atLiteral,
    atMessageSet,
    atom,
    date,
    dateTime,
    end,
    expect,
    fail,
    flag,
    keyword,
    list,
    listMailbox,
    literal,
    mailbox,
    messageSet,
    modseq,
    nstring,
    number,
    number64,
    nzNumber,
    peek,
    peekAtom,
    sequenceSet,
    sp,
    string,
    take,
    text8,
  }
}

const SYSTEM_FLAGS = ['Answered', 'Flagged', 'Deleted', 'Seen', 'Draft']

/** RFC 3501 §5.1.3. */
function decodeUtf7(wire: string): string {
  // RFC 3501 §5.1: 8-bit names are reserved.
  if (/[\x80-\xff]/.test(wire)) throw bad('8-bit characters in a mailbox name: modified UTF-7 is needed')
  const name = decodeMailboxName(wire)
  if (name === null) throw no('The mailbox name is not correct modified UTF-7', 'CANNOT')
  return name
}

const STRICT = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The Unicode text of octets in a binary string. */
export function decodeUtf8(binary: string): string {
  if (!/[\x80-\xff]/.test(binary)) return binary
  try {
    return STRICT.decode(Buffer.from(binary, 'latin1'))
  } catch {
    throw bad('Text that is not UTF-8')
  }
}
