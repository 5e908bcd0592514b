// `value; name=value; …` of Content-Type and Content-Disposition: RFC 2045 §5.1, RFC 2183, RFC 2231.
import { decodeCharset, guessText, isKnownCharset } from '../charset.js'
import { lexer, stripComments, unescapePairs } from '../structured/lexer.js'
import { toUnicode } from './raw.js'
import { unfold } from './text.js'

export interface Parameterized {
  /** What stands before the first semicolon, without comments, in lower case. */
  value: string
  params: Record<string, string>
  /** Of the `boundary` parameter, the bytes (latin1): delimiters are compared with bytes. */
  boundary: string | null
}

interface Piece {
  text: string
  /** Percent-encoded: RFC 2231 §4. */
  isExtended: boolean
}

interface Pieces {
  plain?: Piece
  /** By their number, RFC 2231 §3; `name*` counts as number 0. */
  numbered: Map<number, Piece>
}

const paramName = /^([!#$%&'+.^_`{|}~\-0-9a-z]+)(?:\*(\d{1,4}))?(\*)?$/

const nonAscii = /[^\0-\x7f]/

/** Parses the raw value of such a header field; null counts as empty. Best effort. `declared`: see `declaredCharset`. */
export function parseParameterized(raw: string | null, declared: string | null = null): Parameterized {
  if (raw === null) return { value: '', params: {}, boundary: null }
  const bytes = unfold(raw).replaceAll('\0', '')
  // As Unicode first: in some charsets an octet of a character is a backslash or a quote.
  const { value, found } = parametersIn(toUnicode(bytes, declared))
  const params: Record<string, string> = {}
  for (const [name, pieces] of found) {
    const text = assemble(pieces)
    if (text !== null && name !== '__proto__') params[name] = text.replaceAll('\0', '')
  }
  return { value: stripComments(value).trim().toLowerCase(), params, boundary: boundaryIn(bytes, params) }
}

function boundaryIn(bytes: string, { boundary }: Record<string, string>): string | null {
  if (boundary === undefined || !nonAscii.test(boundary)) return boundary ?? null
  const pieces = parametersIn(bytes).found.get('boundary')
  return pieces ? join(pieces, (text) => text).octets : null
}

function parametersIn(text: string): { value: string; found: Map<string, Pieces> } {
  const segments = splitSegments(text)
  const found = new Map<string, Pieces>()
  // Some senders leave the value out: `Content-Disposition: filename=x`.
  const value = parameterIn(segments[0]!) ? '' : segments.shift()!
  for (const segment of segments) collect(segment, found)
  return { value, found }
}

function splitSegments(text: string): string[] {
  const lex = lexer(text)
  const segments: string[] = []
  let from = 0
  for (let i = 0; i < text.length; ) {
    const end = text[i] === '"' ? lex.quotedEnd(i) : text[i] === '(' ? lex.commentEnd(i) : -1
    if (end > 0) i = end
    else {
      if (text[i] === ';') {
        segments.push(text.slice(from, i))
        from = i + 1
      }
      i++
    }
  }
  segments.push(text.slice(from))
  return segments
}

function parameterIn(segment: string): RegExpExecArray | null {
  const equals = segment.indexOf('=')
  return equals < 0 ? null : paramName.exec(segment.slice(0, equals).trim().toLowerCase())
}

function collect(segment: string, found: Map<string, Pieces>): void {
  const match = parameterIn(segment)
  if (!match) return
  const [, name, number, star] = match
  const equals = segment.indexOf('=')
  const pieces = found.get(name!) ?? { numbered: new Map<number, Piece>() }
  found.set(name!, pieces)
  const written = segment.slice(equals + 1).trim()
  const piece = { text: paramValue(written, isFileName(name!)), isExtended: star !== undefined }
  // The first of equals wins.
  if (number === undefined && !star) pieces.plain ??= piece
  else if (!pieces.numbered.has(Number(number ?? 0))) pieces.numbered.set(Number(number ?? 0), piece)
}

function isFileName(name: string): boolean {
  return name === 'filename' || name === 'name'
}

function paramValue(text: string, isName: boolean): string {
  if (text.startsWith('"')) {
    const end = lexer(text).quotedEnd(0)
    return unescapePairs(end < 0 ? text.slice(1) : text.slice(1, end - 1))
  }
  // Parentheses in a file name are the name's: `report (1).pdf`. Elsewhere those that stand apart are a comment.
  const comment = isName ? -1 : text.search(/\s\(/)
  return comment < 0 ? text : text.slice(0, comment).trimEnd()
}

function assemble(pieces: Pieces): string | null {
  if (!pieces.numbered.has(0)) return pieces.plain?.text ?? null
  const { octets, charset } = join(pieces, (text) => Buffer.from(text, 'utf8').toString('latin1'))
  const bytes = Buffer.from(octets, 'latin1')
  return charset && isKnownCharset(charset) ? decodeCharset(bytes, charset).text : guessText(bytes)
}

/** All pieces of a value, percent-decoded, as octets; `octetsOf` gives those of text. */
function join(
  { plain, numbered }: Pieces,
  octetsOf: (text: string) => string,
): { octets: string; charset: string | null } {
  const first = numbered.get(0)
  if (!first) return { octets: octetsOf(plain?.text ?? ''), charset: null }
  // charset'language'text
  const prefix = first.isExtended ? /^([^']*)'[^']*'/.exec(first.text) : null
  let octets = ''
  for (let n = 0, piece: Piece | undefined = first; piece; piece = numbered.get(++n)) {
    const text = octetsOf(n === 0 ? piece.text.slice(prefix?.[0].length ?? 0) : piece.text)
    octets += piece.isExtended ? unescapePercent(text) : text
  }
  return { octets, charset: prefix?.[1] || null }
}

function unescapePercent(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
