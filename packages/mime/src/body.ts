import type { Codec, Decoder } from './decoder.js'
import type { DecodedBody, SummaryPart } from './types.js'
import { uuencode } from './uuencode.js'

type Body = Pick<SummaryPart, 'encoding' | 'bodyStart' | 'bodyEnd'>

const PAD = 64
const SPACE = 65
const OTHER = 66
const sextets = new Uint8Array(256).fill(OTHER)
for (const [i, c] of [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].entries()) {
  sextets[c.charCodeAt(0)] = i
}
for (const c of ' \t\r\n') sextets[c.charCodeAt(0)] = SPACE
sextets['='.charCodeAt(0)] = PAD

// RFC 2045 §6.8. Data goes on after padding where encoded pieces were joined.
function base64(first: Uint8Array | null): Decoder {
  let target = first
  let written = 0
  let problem = false
  let acc = 0
  let bits = 0
  return {
    write(bytes, start, end) {
      const out = target
      let length = written
      for (let i = start; i < end; i++) {
        if (bits === 0) {
          // Four at a time while nothing stands between them.
          while (i + 3 < end) {
            const a = sextets[bytes[i]!]!
            const b = sextets[bytes[i + 1]!]!
            const c = sextets[bytes[i + 2]!]!
            const d = sextets[bytes[i + 3]!]!
            if ((a | b | c | d) >= PAD) break
            if (out) {
              out[length] = (a << 2) | (b >> 4)
              out[length + 1] = (b << 4) | (c >> 2)
              out[length + 2] = (c << 6) | d
            }
            length += 3
            i += 4
          }
          if (i >= end) break
        }
        const v = sextets[bytes[i]!]!
        if (v < PAD) {
          acc = ((acc << 6) | v) & 0xffff
          bits += 6
          if (bits >= 8) {
            bits -= 8
            if (out) out[length] = acc >> bits
            length++
          }
        } else if (v === PAD) {
          if (bits === 6) problem = true
          bits = 0
        } else if (v === OTHER) problem = true
      }
      written = length
    },
    written: () => written,
    sure: () => written,
    goOn(next) {
      target = next
      written = 0
    },
    end: () => ({ length: written, problem: problem || bits === 6 }),
  }
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const letter = byte | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}

const CR = 0x0d
const LF = 0x0a
const EQUALS = 0x3d
const isBlank = (byte: number): boolean => byte === 0x20 || byte === 0x09

// RFC 2045 §6.7: `=XX`, soft line breaks, and white space before a line end is a transport's doing. What may turn out
// to be one of them is written as it is, and taken back when it does.
type QuotedState = 'text' | 'blanks' | 'blanks-cr' | 'equals' | 'equals-digit' | 'equals-blanks' | 'equals-cr'

function quotedPrintable(first: Uint8Array | null): Decoder {
  let out = first
  let state: QuotedState = 'text'
  let length = 0
  /** The length without the blanks, or what follows the `=`. */
  let sure = 0
  let digit = 0
  let problem = false

  const put = (byte: number) => {
    if (out) out[length] = byte
    length++
  }
  const text = (byte: number) => {
    if (byte === EQUALS || isBlank(byte)) {
      sure = length
      state = byte === EQUALS ? 'equals' : 'blanks'
    } else state = 'text'
    put(byte)
  }
  const afterEquals = (byte: number) => {
    if (byte === LF) {
      length = sure
      state = 'text'
    } else if (byte === CR || isBlank(byte)) {
      put(byte)
      state = byte === CR ? 'equals-cr' : 'equals-blanks'
    } else {
      problem = true
      text(byte)
    }
  }
  const step: Record<QuotedState, (byte: number) => void> = {
    text,
    blanks(byte) {
      if (isBlank(byte)) put(byte)
      else if (byte === CR) {
        put(byte)
        state = 'blanks-cr'
      } else {
        if (byte === LF) length = sure
        text(byte)
      }
    },
    'blanks-cr'(byte) {
      if (byte === LF) {
        length = sure
        put(CR)
      }
      text(byte)
    },
    equals(byte) {
      digit = hexDigit(byte)
      if (digit < 0) return afterEquals(byte)
      put(byte)
      state = 'equals-digit'
    },
    'equals-digit'(byte) {
      const low = hexDigit(byte)
      if (low < 0) {
        problem = true
        return text(byte)
      }
      length = sure
      put(digit * 16 + low)
      state = 'text'
    },
    'equals-blanks': afterEquals,
    'equals-cr'(byte) {
      if (byte === LF) {
        length = sure
        state = 'text'
      } else {
        problem = true
        text(byte)
      }
    },
  }

  return {
    write(bytes, start, end) {
      for (let i = start; i < end; i++) {
        if (state === 'text') {
          const from = i
          while (i < end && bytes[i] !== EQUALS && !isBlank(bytes[i]!)) i++
          if (out) out.set(bytes.subarray(from, i), length)
          length += i - from
          if (i === end) return
        }
        step[state](bytes[i]!)
      }
    },
    written: () => length,
    sure: () => (state === 'text' ? length : sure),
    goOn(next) {
      const from = state === 'text' ? length : sure
      if (out) next.set(out.subarray(from, length))
      out = next
      length -= from
      sure = 0
    },
    end() {
      if (state === 'equals-digit') problem = true
      else if (state !== 'text') length = sure
      if (state === 'blanks-cr') put(CR)
      state = 'text'
      return { length, problem }
    },
  }
}

/** An encoding that there is something to undo of. */
export type EncodingName = 'base64' | 'quoted-printable' | 'x-uuencode'

const codecs: Record<EncodingName, Codec> = {
  base64,
  'quoted-printable': quotedPrintable,
  'x-uuencode': uuencode,
}

const names: Record<string, EncodingName> = {
  base64: 'base64',
  'quoted-printable': 'quoted-printable',
  'x-uuencode': 'x-uuencode',
  uuencode: 'x-uuencode',
  'x-uue': 'x-uuencode',
  uue: 'x-uuencode',
  'x-uu': 'x-uuencode',
}

/** The encoding that a part's `encoding` names; null where it leaves the bytes as they are, or is unknown. */
export function encodingName(encoding: string): EncodingName | null {
  return Object.hasOwn(names, encoding) ? names[encoding]! : null
}

/** A decoder that writes into `out`, or counts only; null for an encoding that leaves the bytes alone or is unknown. */
export function createDecoder(encoding: string, out: Uint8Array | null): Decoder | null {
  const name = encodingName(encoding)
  return name && codecs[name](out)
}

/** Whether `decodeBody` can undo the encoding; if not, IMAP's BINARY fails with UNKNOWN-CTE (RFC 9051 §7.5.2). */
export function isKnownEncoding(encoding: string): boolean {
  return encodingName(encoding) !== null || isIdentityEncoding(encoding)
}

/** Whether the encoding leaves the bytes as they are (RFC 2045 §6.2). */
export function isIdentityEncoding(encoding: string): boolean {
  return encoding === '7bit' || encoding === '8bit' || encoding === 'binary'
}

/**
 * Undoes the transfer encoding of a part's body. `part` needs no more than `encoding` and its offsets in `bytes`.
 * Best effort: what is no base64 or no valid escape is skipped or kept, and reported. With `isCut` the body goes on, and
 * what depends on the rest is left out. Without an encoding to undo, the result shares memory with `bytes`.
 */
export function decodeBody(bytes: Uint8Array, part: Body, { isCut = false } = {}): DecodedBody {
  const { encoding, bodyStart, bodyEnd } = part
  const end = Math.min(bodyEnd, bytes.length)
  const out = encodingName(encoding) ? new Uint8Array(Math.max(0, end - bodyStart)) : null
  const decoder = createDecoder(encoding, out)
  if (!out || !decoder) {
    return { bytes: bytes.subarray(bodyStart, bodyEnd), isEncodingProblem: !isIdentityEncoding(encoding) }
  }
  decoder.write(bytes, bodyStart, end)
  const sure = decoder.sure()
  const { length, problem } = decoder.end()
  return { bytes: out.subarray(0, isCut ? sure : length), isEncodingProblem: problem }
}
