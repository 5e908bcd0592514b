// Charsets of 7 bits in which sequences of characters switch to another set: ISO-2022-JP (RFC 1468, 2237),
// ISO-2022-KR (RFC 1557) and HZ (RFC 1843). Each is an 8-bit charset whose bytes lost their high bit, so that is
// given back. A line end leads back to ASCII.

const ESC = 0x1b
const SO = 0x0e
const SI = 0x0f
const LF = 0x0a
const CR = 0x0d
const TILDE = 0x7e
const HIGH = 0x80
/** EUC-JP: one byte of half-width katakana follows, or two of JIS X 0212. */
const SS2 = 0x8e
const SS3 = 0x8f

/** A set: how many bytes a character has, and the byte before it in the 8-bit charset. */
interface Set7 {
  width: 1 | 2
  prefix?: number
}
type Mode = Set7 | null

interface Step {
  /** Bytes that the sequence takes. */
  length: number
  mode: Mode
  /** What it stands for itself. */
  text?: number
}

/** The 8-bit charset, and what a byte may begin; null where it is only itself. */
interface Shifted {
  charset: string
  /** What switches begin with. */
  opener: number
  step(bytes: Uint8Array, at: number, mode: Mode): Step | null
}

const double: Set7 = { width: 2 }
const jis: [sequence: string, mode: Mode][] = [
  ['(B', null],
  ['(J', null],
  ['(H', null],
  ['(I', { width: 1, prefix: SS2 }],
  ['$@', double],
  ['$B', double],
  ['$(@', double],
  ['$(B', double],
  ['$(D', { width: 2, prefix: SS3 }],
  // The version of JIS X 0208 that the next sequence selects.
  ['&@', null],
]

function startsWith(bytes: Uint8Array, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false
  return true
}

const charsets: Record<string, Shifted> = {
  'iso-2022-jp': {
    charset: 'euc-jp',
    opener: ESC,
    step(bytes, at) {
      if (bytes[at] !== ESC) return null
      const found = jis.find(([sequence]) => startsWith(bytes, at + 1, sequence))
      return found ? { length: found[0].length + 1, mode: found[1] } : null
    },
  },
  'iso-2022-kr': {
    charset: 'cp949',
    opener: ESC,
    step(bytes, at, mode) {
      const byte = bytes[at]
      if (byte === SO) return { length: 1, mode: double }
      if (byte === SI) return { length: 1, mode: null }
      return byte === ESC && startsWith(bytes, at + 1, '$)C') ? { length: 4, mode } : null
    },
  },
  'hz-gb-2312': {
    charset: 'gb18030',
    opener: TILDE,
    step(bytes, at, mode) {
      if (bytes[at] !== TILDE) return null
      const next = bytes[at + 1]
      if (mode) return next === 0x7d ? { length: 2, mode: null } : null
      if (next === 0x7b) return { length: 2, mode: double }
      if (next === TILDE) return { length: 2, mode, text: TILDE }
      return next === LF ? { length: 2, mode } : null
    },
  },
}

interface Unshifted {
  /** The 8-bit charset. */
  charset: string
  /** The bytes in it. With `isCut`, without a switch that is not whole. */
  convert(bytes: Uint8Array, isCut: boolean): Buffer
}

/** How a charset that switches is read; null for any other charset. */
export function unshift(name: string): Unshifted | null {
  const shifted = charsets[name]
  if (!shifted) return null
  return {
    charset: shifted.charset,
    convert: (bytes, isCut) => convert(isCut ? withoutLastEscape(bytes, shifted) : bytes, shifted),
  }
}

const LONGEST = 4

function withoutLastEscape(bytes: Uint8Array, { opener, step }: Shifted): Uint8Array {
  const from = Math.max(0, bytes.length - LONGEST + 1)
  const at = from + bytes.subarray(from).lastIndexOf(opener)
  return at < from || step(bytes, at, null) || step(bytes, at, double) ? bytes : bytes.subarray(0, at)
}

function convert(bytes: Uint8Array, { step }: Shifted): Buffer {
  // JIS X 0212 grows by half.
  const out = Buffer.allocUnsafe(bytes.length * 2)
  let length = 0
  let mode: Mode = null
  for (let at = 0; at < bytes.length; ) {
    const byte = bytes[at]!
    const change = step(bytes, at, mode)
    if (change) {
      mode = change.mode
      if (change.text !== undefined) out[length++] = change.text
      at += change.length
      continue
    }
    if (byte === LF || byte === CR) mode = null
    const isIn = mode !== null && byte > 0x20 && byte < 0x7f
    if (isIn && mode!.prefix) out[length++] = mode!.prefix
    const end = Math.min(at + (isIn ? mode!.width : 1), bytes.length)
    for (; at < end; at++) out[length++] = isIn ? bytes[at]! | HIGH : bytes[at]!
  }
  return out.subarray(0, length)
}

/** The charset whose switches are in the text: only ISO-2022's can be told from what else may stand in ASCII. */
export function shiftedCharsetIn(bytes: Buffer): string | null {
  if (!bytes.includes(ESC)) return null
  if (bytes.includes('\x1b$)C')) return 'iso-2022-kr'
  return ['\x1b$B', '\x1b$@', '\x1b(I'].some((sequence) => bytes.includes(sequence)) ? 'iso-2022-jp' : null
}
