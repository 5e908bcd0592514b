import type { DecodedBody, SummaryPart } from './types.js'

type Body = Pick<SummaryPart, 'encoding' | 'bodyStart' | 'bodyEnd'>
interface Codec {
  /** Decodes bytes[start, end) into `out`. */
  decode(bytes: Uint8Array, start: number, end: number, out: Uint8Array): Decoded
  /** The length `decode` would give. */
  count(bytes: Uint8Array, start: number, end: number): number
}
interface Decoded {
  length: number
  problem: boolean
}

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
function decodeBase64(bytes: Uint8Array, start: number, end: number, out: Uint8Array): Decoded {
  let length = 0
  let problem = false
  let acc = 0
  let bits = 0
  for (let i = start; i < end; i++) {
    if (bits === 0) {
      // Four at a time while nothing stands between them.
      while (i + 3 < end) {
        const a = sextets[bytes[i]!]!
        const b = sextets[bytes[i + 1]!]!
        const c = sextets[bytes[i + 2]!]!
        const d = sextets[bytes[i + 3]!]!
        if ((a | b | c | d) >= PAD) break
        out[length] = (a << 2) | (b >> 4)
        out[length + 1] = (b << 4) | (c >> 2)
        out[length + 2] = (c << 6) | d
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
        out[length++] = acc >> bits
      }
    } else if (v === PAD) {
      if (bits === 6) problem = true
      bits = 0
    } else if (v === OTHER) problem = true
  }
  return { length, problem: problem || bits === 6 }
}

function countBase64(bytes: Uint8Array, start: number, end: number): number {
  let length = 0
  let digits = 0
  for (let i = start; i < end; i++) {
    const v = sextets[bytes[i]!]!
    if (v < PAD) digits++
    else if (v === PAD) {
      length += Math.floor((digits * 3) / 4)
      digits = 0
    }
  }
  return length + Math.floor((digits * 3) / 4)
}

function hexDigit(byte: number | undefined): number {
  if (byte === undefined) return -1
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const letter = byte | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}

// The offset after white space from i on if the line ends there (at LF, CRLF or the end), else -1.
function blankToLineEnd(bytes: Uint8Array, i: number, end: number): number {
  while (i < end && (bytes[i] === 0x20 || bytes[i] === 0x09)) i++
  if (i === end || bytes[i] === 0x0a) return i
  return bytes[i] === 0x0d && (i + 1 === end || bytes[i + 1] === 0x0a) ? i : -1
}

// RFC 2045 §6.7: `=XX`, soft line breaks, and white space before a line end is a transport's doing.
function decodeQuotedPrintable(
  bytes: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array | null,
): Decoded {
  let length = 0
  let problem = false
  let i = start
  while (i < end) {
    const byte = bytes[i]!
    if (byte === 0x3d) {
      const high = i + 2 < end ? hexDigit(bytes[i + 1]) : -1
      const low = high >= 0 ? hexDigit(bytes[i + 2]) : -1
      if (low >= 0) {
        if (out) out[length] = high * 16 + low
        length++
        i += 3
        continue
      }
      const stop = blankToLineEnd(bytes, i + 1, end)
      if (stop >= 0) {
        i = stop
        if (bytes[i] === 0x0d) i++
        if (i < end && bytes[i] === 0x0a) i++
        continue
      }
      problem = true
    } else if (byte === 0x20 || byte === 0x09) {
      const stop = blankToLineEnd(bytes, i, end)
      if (stop >= 0) {
        i = stop
        continue
      }
      // Copy the whole run: looking ahead from each of its bytes would be quadratic.
      while (i < end && (bytes[i] === 0x20 || bytes[i] === 0x09)) {
        if (out) out[length] = bytes[i]!
        length++
        i++
      }
      continue
    }
    if (out) out[length] = byte
    length++
    i++
  }
  return { length, problem }
}

const codecs = new Map<string, Codec>([
  ['base64', { decode: decodeBase64, count: countBase64 }],
  [
    'quoted-printable',
    {
      decode: decodeQuotedPrintable,
      count: (bytes, start, end) => decodeQuotedPrintable(bytes, start, end, null).length,
    },
  ],
])

/** Whether `decodeBody` can undo the encoding; if not, IMAP's BINARY fails with UNKNOWN-CTE (RFC 9051 §7.5.2). */
export function isKnownEncoding(encoding: string): boolean {
  return codecs.has(encoding) || isIdentityEncoding(encoding)
}

/** Whether the encoding leaves the bytes as they are (RFC 2045 §6.2). */
export function isIdentityEncoding(encoding: string): boolean {
  return encoding === '7bit' || encoding === '8bit' || encoding === 'binary'
}

/**
 * Undoes the transfer encoding of a part's body. `part` needs no more than `encoding` and its offsets in `bytes`.
 * Best effort: what is no base64 or no valid escape is skipped or kept, and reported. Without an encoding to undo,
 * the result shares memory with `bytes`.
 */
export function decodeBody(bytes: Uint8Array, part: Body): DecodedBody {
  const { encoding, bodyStart, bodyEnd } = part
  const codec = codecs.get(encoding)
  if (!codec) {
    return { bytes: bytes.subarray(bodyStart, bodyEnd), isEncodingProblem: !isIdentityEncoding(encoding) }
  }
  const end = Math.min(bodyEnd, bytes.length)
  const out = new Uint8Array(Math.max(0, end - bodyStart))
  const { length, problem } = codec.decode(bytes, bodyStart, end, out)
  return { bytes: out.subarray(0, length), isEncodingProblem: problem }
}

/** The length of what `decodeBody` gives, without making it. */
export function decodedLength(bytes: Uint8Array, part: Body): number {
  const codec = codecs.get(part.encoding)
  return codec ? codec.count(bytes, part.bodyStart, part.bodyEnd) : part.bodyEnd - part.bodyStart
}
