// The raw, text and decoded forms of a header value. A raw value is a latin1 string: one character is one byte.
// `declared`: what octets are in that are no UTF-8, see `declaredCharset`.
import { isUtf8 } from 'node:buffer'
import { normalForm } from '../normal-form.js'
import { toUnicode } from './raw.js'
import { decodeWords } from './words.js'

/** Removes line ends. RFC 5322 §2.2.3: the white space that follows them stays. */
export function unfold(raw: string): string {
  return raw.replace(/[\r\n]+/g, '')
}

/** Unfolded, trimmed and in Unicode, encoded words kept: the strings of an ENVELOPE. */
export function plainValue(raw: string, declared: string | null = null): string {
  return toUnicode(unfold(raw), declared).trim()
}

/**
 * The readable value of a header that holds text: unfolded, encoded words (RFC 2047) decoded. White space at the ends
 * is kept.
 */
export function decodeHeader(raw: string, declared: string | null = null): string {
  return decodeWords(toUnicode(unfold(raw), declared))
}

/** RFC 8621 §4.1.2.1: folding kept, bytes that are no UTF-8 as U+FFFD, NUL dropped. */
export function asRaw(raw: string): string {
  const bytes = Buffer.from(raw, 'latin1')
  return (
    isUtf8(bytes) ? bytes.toString('utf8') : new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
  ).replaceAll('\0', '')
}

/** RFC 8621 §4.1.2.2. */
export function asText(raw: string, declared: string | null = null): string {
  return normalForm(decodeHeader(raw, declared).replace(/^ +/, ''), 'NFC')
}
