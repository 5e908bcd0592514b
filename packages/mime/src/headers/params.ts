// `value; name=value; …` of Content-Type and Content-Disposition: RFC 2045 §5.1, RFC 2183, RFC 2231.
import { decodeCharset, guessText, isKnownCharset } from '../charset.js'
import { lexer, stripComments, unescapePairs } from '../structured/lexer.js'
import { toUnicode, unfold } from './text.js'

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

/** Parses the raw value of such a header field; null counts as empty. Best effort. */
export function parseParameterized(raw: string | null): Parameterized {
  const segments = splitSegments(unfold(raw ?? '').replaceAll('\0', ''))
  const found = new Map<string, Pieces>()
  // Some senders leave the value out: `Content-Disposition: filename=x`.
  const value = parameterIn(segments[0]!) ? '' : segments.shift()!
  for (const segment of segments) collect(segment, found)
  const params: Record<string, string> = {}
  let boundary: string | null = null
  for (const [name, pieces] of found) {
    const assembled = assemble(pieces)
    if (assembled === null || name === '__proto__') continue
    params[name] = assembled.text
    if (name === 'boundary') boundary = assembled.bytes
  }
  return { value: toUnicode(stripComments(value)).trim().toLowerCase(), params, boundary }
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
  const piece = { text: paramValue(segment.slice(equals + 1).trim()), isExtended: star !== undefined }
  // The first of equals wins.
  if (number === undefined && !star) pieces.plain ??= piece
  else if (!pieces.numbered.has(Number(number ?? 0))) pieces.numbered.set(Number(number ?? 0), piece)
}

function paramValue(text: string): string {
  if (text.startsWith('"')) {
    const end = lexer(text).quotedEnd(0)
    return unescapePairs(end < 0 ? text.slice(1) : text.slice(1, end - 1))
  }
  // A comment must stand apart: unquoted file names hold parentheses.
  const comment = text.search(/\s\(/)
  return comment < 0 ? text : text.slice(0, comment).trimEnd()
}

function assemble({ plain, numbered }: Pieces): { text: string; bytes: string } | null {
  const first = numbered.get(0)
  if (!first) return plain ? { text: toUnicode(plain.text), bytes: plain.text } : null
  let bytes = ''
  let charset: string | null = null
  for (let n = 0, piece: Piece | undefined = first; piece; piece = numbered.get(++n)) {
    let text = piece.text
    if (n === 0 && piece.isExtended) {
      // charset'language'text
      const prefix = /^([^']*)'[^']*'/.exec(text)
      charset = prefix?.[1] || null
      text = text.slice(prefix?.[0].length ?? 0)
    }
    bytes += piece.isExtended ? unescapePercent(text) : text
  }
  const raw = Buffer.from(bytes, 'latin1')
  const decoded = charset && isKnownCharset(charset) ? decodeCharset(raw, charset).text : guessText(raw)
  return { text: decoded.replaceAll('\0', ''), bytes }
}

function unescapePercent(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
