// CHARSET of SEARCH: RFC 3501 §6.4.4, RFC 9051 §6.4.4. Pure.
import { decodeText, isKnownCharset } from '@tandem/mime'
import { bad, no } from '../../refusal.js'
import { decodeUtf8 } from '../../wire/scanner.js'

/** Takes a text's octets, as a binary string. Errors: BAD where they are none in the charset. */
export type Decoder = (octets: string) => string

/** Named where a charset is refused: both have to be there, and clients should use the second. */
const PREFERRED = 'BADCHARSET (US-ASCII UTF-8)'

/** Errors: NO for a charset that isn't known. */
export function decoderFor(charset: string): Decoder {
  switch (charset.toUpperCase()) {
    case 'US-ASCII':
      return (octets) => {
        if (/[\x80-\xff]/.test(octets)) throw bad('8-bit text needs another CHARSET')
        return octets
      }
    case 'UTF-8':
      return decodeUtf8
    default:
      if (!isKnownCharset(charset)) throw no('That charset is not supported', PREFERRED)
      return (octets) => {
        const { text, isEncodingProblem } = decodeText(Buffer.from(octets, 'latin1'), charset)
        if (isEncodingProblem) throw bad('Text that is not in its CHARSET')
        return text
      }
  }
}
