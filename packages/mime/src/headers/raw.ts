// Octets of a header that no encoded word covers: nothing says which charset they are in.
import { isUtf8 } from 'node:buffer'
import { decodeCharset, guessText, isKnownCharset } from '../charset.js'
import type { SummaryPart } from '../types.js'

const nonAscii = /[^\0-\x7f]/
/** ISO-2022-JP changes to characters of two octets. */
const japanese = /\x1b\$[@B]/
/** Those that are recognized without being named, and those that are taken where nothing is. */
const unsaid = /^(?:utf-?8|us-ascii|ascii|7bit|iso[-_]?8859-?1|latin-?1|(?:windows|cp)-?1252)$/i

/**
 * The raw value as Unicode: UTF-8 (RFC 6532), also with a bad octet or a character cut in two; else in the charset that
 * the message declares for a body (see `declaredCharset`); else windows-1252. NUL is dropped.
 */
export function toUnicode(raw: string, declared: string | null = null): string {
  let text = raw
  if (nonAscii.test(raw)) text = decode(Buffer.from(raw, 'latin1'), declared)
  else if (japanese.test(raw)) text = decodeCharset(Buffer.from(raw, 'latin1'), 'iso-2022-jp').text
  return text.replaceAll('\0', '')
}

function decode(bytes: Buffer, declared: string | null): string {
  if (isUtf8(bytes)) return guessText(bytes)
  const utf8 = bytes.toString('utf8')
  const bad = badIn(utf8)
  const good = (utf8.match(/[^\0-\x7f]/g)?.length ?? 0) - bad
  if (bad * 4 <= good) return utf8
  const said = declared === null ? null : decodeCharset(bytes, declared).text
  // A few characters of two octets may look like UTF-8; single octets hardly ever do, and never as a letter of latin1:
  // Ã or Â with a sign behind it.
  const mayBeTwo = said !== null && said.length < bytes.length
  if (bad === 1 && (good > 1 || /[\xa0-\xff]/.test(utf8)) && !mayBeTwo) return utf8
  return said !== null && badIn(said) * 4 <= said.length ? said : decodeCharset(bytes, 'windows-1252').text
}

function badIn(text: string): number {
  return text.split('\ufffd').length - 1
}

/** A charset as it was declared, where it says more of octets in a header than they say themselves; else null. */
export function tellingCharset(name: string | undefined): string | null {
  const charset = name?.trim() ?? ''
  return charset !== '' && !unsaid.test(charset) && isKnownCharset(charset) ? charset : null
}

/**
 * The charset that octets in the header of a message with this root are likely to be in: the first that one of its
 * parts declares, UTF-8 and latin1 apart, which need no telling. RFC 8621 §4.1.2.1 leaves it to the server.
 */
export function declaredCharset(root: SummaryPart): string | null {
  const own = tellingCharset(root.params.charset)
  if (own !== null) return own
  for (const part of root.message ? [root.message] : root.children) {
    const charset = declaredCharset(part)
    if (charset !== null) return charset
  }
  return null
}
