import { isAscii, isUtf8 } from 'node:buffer'
import iconv from 'iconv-lite'
import { asBuffer, wellFormed } from './bytes.js'
import { canonicalNames, isAsciiName } from './charset-names.js'
import { declaredCharset } from './html-charset.js'
import { shiftedCharsetIn, unshift } from './shifted.js'
import type { DecodedText, TextOptions } from './types.js'

/** With `isCut` what the last bytes leave of a character is dropped. */
type Decoder = (bytes: Buffer, isCut: boolean) => string

// What iconv-lite takes for charsets, with any punctuation, though they are transfer encodings.
const notCharsets = /^(base64|hex|binary)$/i
const decoders = new Map<string, Decoder>()

function findDecoder(name: string): Decoder | null {
  const cached = decoders.get(name)
  if (cached) return cached
  if (name.length > 64 || notCharsets.test(name.replace(/[^0-9a-z]/gi, ''))) return null
  const decoder = canonicalNames(name)
    .map(createDecoder)
    .find((each) => each !== null)
  if (!decoder) return null
  // Names are the sender's: keep the table from growing with every spelling there is.
  if (decoders.size < 1000) decoders.set(name, decoder)
  return decoder
}

// iconv-lite knows most charsets, Node's ICU a few more.
function createDecoder(canonical: string): Decoder | null {
  if (/^["']?utf-?8\b/i.test(canonical)) return decodeUtf8
  const shifted = unshift(canonical)
  if (shifted) return (bytes, isCut) => decodeByIconv(shifted.charset, shifted.convert(bytes, isCut), isCut)
  if (iconv.encodingExists(canonical)) return (bytes, isCut) => decodeByIconv(canonical, bytes, isCut)
  try {
    new TextDecoder(canonical)
  } catch {
    return null
  }
  return (bytes, isCut) => new TextDecoder(canonical).decode(bytes, { stream: isCut })
}

const utf8 = new TextDecoder('utf-8')

const decodeUtf8: Decoder = (bytes, isCut) =>
  isCut ? new TextDecoder('utf-8').decode(bytes, { stream: true }) : utf8.decode(bytes)

function decodeByIconv(name: string, bytes: Buffer, isCut: boolean): string {
  // Without its end, a decoder holds back what is no character yet.
  return isCut ? iconv.getDecoder(name).write(bytes) : iconv.decode(bytes, name)
}

/** Whether text in this charset can be decoded. */
export function isKnownCharset(name: string): boolean {
  return isAsciiName(name) || findDecoder(name) !== null
}

/**
 * Bytes of no known charset: UTF-8 if they are, but for a few; ISO-2022 if they switch to it; else of the charset
 * `hint`, by default windows-1252 (a superset of latin1's letters).
 */
export function guessText(bytes: Uint8Array, hint: string | null = null, isCut = false): string {
  const buffer = asBuffer(bytes)
  const decodeHint = hint === null || isAsciiName(hint) ? null : findDecoder(hint)
  if (isAscii(bytes)) {
    const shifted = shiftedCharsetIn(buffer)
    const text = shifted && findDecoder(shifted)!(buffer, isCut)
    if (text !== null && !text.includes('\ufffd')) return text
    return decodeHint ? decodeHint(buffer, isCut) : buffer.toString('latin1')
  }
  const text = decodeUtf8(buffer, isCut)
  if (isUtf8(bytes) || isMostlyUtf8(text, decodeHint ? 4 : 1)) return text
  // The one character that is cut is the only one of its kind.
  if (isCut && isAscii(Buffer.from(text))) return text
  return (decodeHint ?? findDecoder('windows-1252')!)(buffer, isCut)
}

/** Of another charset few characters happen to be UTF-8, and many are not: `goodToBad` is what is asked for. */
function isMostlyUtf8(decoded: string, goodToBad: number): boolean {
  let good = 0
  let bad = 0
  for (let i = 0; i < decoded.length; i++) {
    const unit = decoded.charCodeAt(i)
    if (unit === 0xfffd) bad++
    else if (unit > 0x7f) good++
  }
  return good > 0 && good >= goodToBad * bad
}

/** The charset of a byte order mark, which tells more than a label. */
function markedCharset(bytes: Uint8Array): string | null {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8'
  const isUtf16 = (bytes[0] === 0xfe && bytes[1] === 0xff) || (bytes[0] === 0xff && bytes[1] === 0xfe)
  return isUtf16 && bytes.length % 2 === 0 ? 'utf-16' : null
}

/** As `decodeText`, line ends left alone. */
export function decodeCharset(
  bytes: Uint8Array,
  charset: string | null,
  { type = 'text/plain', isCut = false }: TextOptions = {},
): DecodedText {
  const name = charset?.trim() || 'us-ascii'
  const isUnlabelled = isAsciiName(name)
  const known = markedCharset(bytes) ?? (isUnlabelled ? null : name)
  const decoder = known === null ? null : findDecoder(known)
  if (decoder) {
    const decoded = decoder(asBuffer(bytes), isCut)
    const text = wellFormed(isCut ? decoded.replace(/[\ud800-\udbff]$/, '') : decoded)
    return { text, isEncodingProblem: text.includes('\ufffd') }
  }
  const declared = type === 'text/html' ? declaredCharset(asBuffer(bytes)) : null
  const text = wellFormed(guessText(bytes, declared, isCut))
  const isSure = isUnlabelled && (isAscii(bytes) || (declared !== null && isKnownCharset(declared)))
  return { text, isEncodingProblem: !isSure || text.includes('\ufffd') }
}

/**
 * Decodes text of a body. The charset null means the implicit us-ascii (RFC 2045 §5.2). Malformed bytes give U+FFFD;
 * an unknown charset, and 8-bit bytes in us-ascii, are guessed, and reported. Of a text/html without a charset, the
 * one that it declares itself counts. CRLF becomes LF.
 */
export function decodeText(
  bytes: Uint8Array,
  charset: string | null,
  options: TextOptions = {},
): DecodedText {
  const { text, isEncodingProblem } = decodeCharset(bytes, charset, options)
  return { text: text.replaceAll('\r\n', '\n'), isEncodingProblem }
}
