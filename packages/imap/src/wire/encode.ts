// What the server says, as "binary" strings: each character is one octet (0 to 255). Pure.
//
// Text of people (subjects, file names) comes in as Unicode and goes out as UTF-8 in a literal where it isn't plain
// US-ASCII; quoted strings are 7-bit in IMAP4rev1 (RFC 3501 §4.3).

/** Longer strings become literals, so that lines stay near the 8,000 octets of RFC 2683 §3.2.1.5. */
const MAX_QUOTED = 1000

/** ATOM-CHAR of RFC 3501 §9: no atom-specials. */
const ATOM = /^[^\x00-\x20\x7f-\uffff(){%*"\\\]]+$/
/** TEXT-CHAR: US-ASCII without NUL, CR, LF. */
const QUOTABLE = /^[\x01-\x09\x0b\x0c\x0e-\x7f]*$/

/** string: quoted where that is possible, else a literal of the text in UTF-8. */
export function encodeString(text: string): string {
  if (text.length <= MAX_QUOTED && QUOTABLE.test(text)) return `"${text.replace(/["\\]/g, '\\$&')}"`
  return encodeLiteral(Buffer.from(text.replaceAll('\0', ''), 'utf8'))
}

/** nstring: NIL for null. */
export function encodeNString(text: string | null | undefined): string {
  return text === null || text === undefined ? 'NIL' : encodeString(text)
}

/** astring: an atom where that is possible. */
export function encodeAString(text: string): string {
  return ATOM.test(text) && text.toUpperCase() !== 'NIL' ? text : encodeString(text)
}

/** astring, of UTF-8 in a quoted string where it isn't plain US-ASCII: RFC 9051 §4.3, RFC 9755 §3. */
export function encodeUtf8AString(text: string): string {
  if (!/[^\x00-\x7f]/.test(text) || text.length > MAX_QUOTED || /[\0\r\n]/.test(text))
    return encodeAString(text)
  return `"${Buffer.from(text, 'utf8').toString('latin1').replace(/["\\]/g, '\\$&')}"`
}

/** A literal: the octets must not hold NUL (RFC 3501 §9, CHAR8). */
export function encodeLiteral(bytes: Buffer): string {
  return `{${bytes.length}}\r\n${bytes.toString('latin1')}`
}
