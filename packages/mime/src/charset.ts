import { isAscii, isUtf8 } from 'node:buffer'
import iconv from 'iconv-lite'
import libmime from 'libmime'
import { asBuffer, wellFormed } from './bytes.js'
import type { DecodedText } from './types.js'

type Decoder = (bytes: Buffer) => string

const utf8 = new TextDecoder('utf-8')
// What iconv-lite takes for charsets, with any punctuation, though they are transfer encodings.
const notCharsets = /^(base64|hex)$/i
// Microsoft's names for it, and supersets whose common part it is.
const japanese = /^(?:iso-2022-jp-\w+|cp5022[012])$/i
const decoders = new Map<string, Decoder>()

// iconv-lite knows most charsets; Node's ICU adds ISO-2022-JP and a few more.
function findDecoder(name: string): Decoder | null {
  const cached = decoders.get(name)
  if (cached) return cached
  if (name.length > 64 || notCharsets.test(name.replace(/[^0-9a-z]/gi, ''))) return null
  const canonical = japanese.test(name) ? 'iso-2022-jp' : libmime.normalizeCharset(name)
  let decoder: Decoder
  if (/^utf-?8$/i.test(canonical)) decoder = (bytes) => utf8.decode(bytes)
  else if (iconv.encodingExists(canonical)) decoder = (bytes) => iconv.decode(bytes, canonical)
  else {
    try {
      const icu = new TextDecoder(canonical)
      const isJapanese = icu.encoding === 'iso-2022-jp'
      decoder = (bytes) => icu.decode(isJapanese ? withoutIdleEscapes(bytes) : bytes)
    } catch {
      return null
    }
  }
  // Names are the sender's: keep the table from growing with every spelling there is.
  if (decoders.size < 1000) decoders.set(name, decoder)
  return decoder
}

// A switch of alphabets with nothing before the next one, which joined words and lines hold, is an error to ICU.
function withoutIdleEscapes(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString('latin1').replace(/\x1b(?:\$[@B]|\([BIJ])(?=\x1b[$(])/g, ''), 'latin1')
}

/** Whether text in this charset can be decoded. */
export function isKnownCharset(name: string): boolean {
  return findDecoder(name) !== null
}

/** Bytes of no known charset: UTF-8 if they are valid UTF-8, else windows-1252 (a superset of latin1's letters). */
export function guessText(bytes: Uint8Array): string {
  return isUtf8(bytes) ? utf8.decode(bytes) : iconv.decode(asBuffer(bytes), 'windows-1252')
}

/** As `decodeText`, line ends left alone. */
export function decodeCharset(bytes: Uint8Array, charset: string | null): DecodedText {
  const name = charset?.trim() || 'us-ascii'
  if (/^(us-ascii|ascii|7bit)$/i.test(name)) {
    return { text: guessText(bytes), isEncodingProblem: !isAscii(bytes) }
  }
  const decoder = findDecoder(name)
  if (!decoder) return { text: guessText(bytes), isEncodingProblem: true }
  const text = wellFormed(decoder(asBuffer(bytes)))
  return { text, isEncodingProblem: text.includes('\ufffd') }
}

/**
 * Decodes text of a body. The charset null means the implicit us-ascii (RFC 2045 §5.2). Malformed bytes give U+FFFD;
 * an unknown charset, and 8-bit bytes in us-ascii, are guessed, and reported. CRLF becomes LF.
 */
export function decodeText(bytes: Uint8Array, charset: string | null): DecodedText {
  const { text, isEncodingProblem } = decodeCharset(bytes, charset)
  return { text: text.replaceAll('\r\n', '\n'), isEncodingProblem }
}
