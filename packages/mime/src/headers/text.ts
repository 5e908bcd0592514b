// The raw, text and decoded forms of a header value. A raw value is a latin1 string: one character is one byte.
import { isUtf8 } from 'node:buffer'
import { guessText } from '../charset.js'
import { normalForm } from '../normal-form.js'
import { decodeWords } from './words.js'

const latin1 = (raw: string): Buffer => Buffer.from(raw, 'latin1')
const nonAscii = /[^\0-\x7f]/

/** Removes line ends. RFC 5322 §2.2.3: the white space that follows them stays. */
export function unfold(raw: string): string {
  return raw.replace(/[\r\n]+/g, '')
}

/** The raw value as Unicode: UTF-8 (RFC 6532) if it is valid, else windows-1252. NUL is dropped. */
export function toUnicode(raw: string): string {
  const text = nonAscii.test(raw) ? guessText(latin1(raw)) : raw
  return text.replaceAll('\0', '')
}

/** Unfolded, trimmed and in Unicode, encoded words kept: the strings of an ENVELOPE. */
export function plainValue(raw: string): string {
  return toUnicode(unfold(raw)).trim()
}

/**
 * The readable value of a header that holds text: unfolded, encoded words (RFC 2047) decoded. Takes 8-bit bytes for
 * UTF-8 if they are valid, else for windows-1252. White space at the ends is kept.
 */
export function decodeHeader(raw: string): string {
  return decodeWords(toUnicode(unfold(raw)))
}

/** RFC 8621 §4.1.2.1: folding kept, bytes that are no UTF-8 as U+FFFD, NUL dropped. */
export function asRaw(raw: string): string {
  const bytes = latin1(raw)
  return (
    isUtf8(bytes) ? bytes.toString('utf8') : new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
  ).replaceAll('\0', '')
}

/** RFC 8621 §4.1.2.2. */
export function asText(raw: string): string {
  return normalForm(decodeHeader(raw).replace(/^ +/, ''), 'NFC')
}
