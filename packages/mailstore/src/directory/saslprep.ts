import { normalForm } from '@tandem/mime'

/**
 * SASLprep (RFC 4013) for passwords, so that the same password typed on two systems is the same bytes in every
 * mechanism (RFC 4616 §2, RFC 5802 §5.1). Left out: the check of bidirectional strings (§2.4) and the list of
 * what Unicode 3.2 had not assigned (§2.5); both could only refuse, and would refuse passwords that work.
 */

/** RFC 3454 C.1.2; U+200B is in B.1 too, and goes. */
const NON_ASCII_SPACE = /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/g
/** RFC 3454 B.1. */
const NOTHING = /\u00ad|\u034f|\u1806|[\u180b-\u180d]|[\u200b-\u200d]|\u2060|[\ufe00-\ufe0f]|\ufeff/g
/** RFC 3454 C.2.1, C.2.2, C.3 (private use), C.4 (non-characters), C.5 (surrogates), C.6 to C.9. */
const PROHIBITED = new RegExp(
  [
    '[\\p{Cc}\\p{Co}\\p{Cs}\\p{Noncharacter_Code_Point}]',
    '[\\u06dd\\u070f\\u180e\\u2028\\u2029\\u2061-\\u2063\\u206a-\\u206f\\ufff9-\\ufffd\\u{1d173}-\\u{1d17a}]',
    '[\\u2ff0-\\u2ffb\\u0340\\u0341\\u200e\\u200f\\u202a-\\u202e\\u{e0001}\\u{e0020}-\\u{e007f}]',
  ].join('|'),
  'u',
)

/** The string as mechanisms use it, or null where it holds a prohibited character or nothing is left of it. */
export function saslprep(text: string): string | null {
  const prepared = normalForm(text.replace(NON_ASCII_SPACE, ' ').replace(NOTHING, ''), 'NFKC')
  return prepared === '' || PROHIBITED.test(prepared) ? null : prepared
}
