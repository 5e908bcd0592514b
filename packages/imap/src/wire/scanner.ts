// Takes a command's words apart: atoms, numbers, strings, lists, after the grammar of RFC 3501 §9. Pure; throws Refusal
// (BAD).
//
// What has one meaning is taken although the grammar forbids it (docs/clients.md, "Beyond the grammar"): more than one
// space between words, spaces at the end and within parentheses, quotes around an atom or a number, wildcards in an
// astring.
//
// Text comes as "binary" strings, one character an octet, because only its meaning says which charset it is in.
import { bad, type Refusal } from '../refusal.js'

/** A command as read: lines without their ends, and the literals between them (literals[i] follows lines[i]). */
export interface CommandText {
  lines: readonly string[]
  literals: readonly Buffer[]
}

const ATOM_CHAR = /[^\x00-\x20\x7f-\xff(){%*"\\\]]/
/** With the wildcards, so that it is the class of a list-mailbox, too. */
const ASTRING_CHAR = /[^\x00-\x20\x7f-\xff(){"\\]/
/** What stands between two spaces and is neither quoted nor a literal. */
const WORD_CHAR = /[^\x00-\x20\x7f]/
const DIGIT = /\d/
/**
 * A literal's announcement at the end of a line, its size of 63 bits (RFC 9051 §9); the plus makes it
 * non-synchronizing (RFC 7888 §3).
 */
export const LITERAL = /\{(\d{1,19})(\+?)\}$/

export type Scanner = ReturnType<typeof createScanner>

/** Begins at the `start`th character of the first line. `utf8`: quoted strings have to be UTF-8. */
export function createScanner(text: CommandText, start: number, utf8 = false) {
  let line = 0
  let at = start

  const current = () => text.lines[line] ?? ''
  const fail = (expected: string): Refusal =>
    bad(`${expected} expected${line === 0 ? ` at column ${at + 1}` : ''}`)

  /** The next character without taking it; '' at the end of the command or of the line before a literal. */
  const peek = () => current()[at] ?? ''
  /** Whether nothing but spaces is left. */
  function atEnd(): boolean {
    if (line < text.lines.length - 1) return false
    let next = at
    while (current()[next] === ' ') next++
    return next >= current().length
  }

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
  /** Whether the sticky `pattern` matches here. */
  function aheadMatches(pattern: RegExp): boolean {
    pattern.lastIndex = at
    return pattern.test(current())
  }
  function expect(char: string): void {
    if (!accept(char)) throw fail(`"${char}"`)
  }
  /** Any number of spaces, for places where the grammar has none. */
  function spaces(): void {
    while (accept(' '));
  }
  /** The space before a word; RFC 3501 §9 note 2 has exactly one. */
  function sp(): void {
    if (!accept(' ')) throw fail('a space')
    spaces()
  }
  /** The space before a further word, where there is one. */
  function more(): boolean {
    if (!accept(' ')) return false
    spaces()
    return !atEnd() && peek() !== ')'
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
  /** What `read` takes, which may stand in quotes. */
  function unquoted<T>(read: () => T): T {
    const isQuoted = accept('"')
    const value = read()
    if (isQuoted) expect('"')
    return value
  }
  function bareAtom(what: string): string {
    const word = take(ATOM_CHAR)
    if (word === '') throw fail(what)
    return word
  }
  const atom = (what = 'an atom') => unquoted(() => bareAtom(what))
  /** An atom of known spelling, in upper case. */
  const keyword = (what?: string) => atom(what).toUpperCase()

  const digitsOf = () => unquoted(() => take(DIGIT))
  function number(): number {
    const digits = digitsOf()
    const value = Number(digits)
    if (digits === '' || digits.length > 10 || value > 0xffffffff) throw fail('a number below 2^32')
    return value
  }
  function nzNumber(): number {
    const value = number()
    if (value === 0) throw fail('a number above 0')
    return value
  }
  /** number64 of RFC 9051 §9; what is beyond 2^53 is given as near as it comes. */
  function number64(): number {
    const digits = digitsOf()
    if (digits === '' || digits.length > 19 || BigInt(digits) >= 2n ** 63n) throw fail('a number below 2^63')
    return Number(digits)
  }

  /**
   * mod-sequence-valzer of RFC 7162 §7: unsigned, 63 bits. The store's are below 2^53: what is beyond is above all of
   * them either way. 0 is before all of them, also where the grammar has a mod-sequence-value.
   */
  const modseq = () => Math.min(number64(), Number.MAX_SAFE_INTEGER)

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
  /** As astring, and a word of any other characters: nobody quotes the `%` in a password, or the `*`. */
  function looseString(what: string): string {
    if (peek() === '"' || (atLiteral() && text.literals[line] !== undefined)) return string()
    const word = take(WORD_CHAR)
    if (word === '') throw fail(what)
    return word
  }
  /** An atom other than NIL stands for its text. */
  function nstring(): string | null {
    const isString = peek() === '"' || atLiteral()
    const text = astring('a string or NIL')
    return !isString && text.toUpperCase() === 'NIL' ? null : text
  }
  /** `(a b c)`, each read by `item`; `()` where `empty` allows it. */
  function list<T>(item: () => T, empty = false): T[] {
    expect('(')
    spaces()
    const items: T[] = []
    if (empty && accept(')')) return items
    do items.push(item())
    while (more())
    expect(')')
    return items
  }

  return {
    accept,
    announcement,
    acceptText,
    aheadMatches,
    astring,
    atEnd,
    atLiteral,
    atom,
    end,
    expect,
    fail,
    keyword,
    list,
    literal,
    looseString,
    modseq,
    more,
    nstring,
    number,
    number64,
    nzNumber,
    peek,
    peekAtom,
    sp,
    spaces,
    string,
    take,
    unquoted,
  }
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
