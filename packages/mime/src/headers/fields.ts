import type { Header } from '../types.js'

export interface HeaderBlock {
  headers: Header[]
  /** After the blank line; without one, where the body begins. */
  end: number
  /** Line ends passed. */
  lines: number
}

export interface HeaderLimits {
  /** Bytes of values kept of this block. */
  bytes: number
  /** Fields that may still be listed in this message; counted down. */
  budget: { fields: number }
}

const maxNameLength = 1000

// The offset of the colon if the line at `pos` begins a field (RFC 5322 §2.2; white space before the colon is §4.5),
// else -1.
function colonAt(bytes: Uint8Array, pos: number): number {
  const limit = Math.min(bytes.length, pos + maxNameLength)
  let i = pos
  while (i < limit && bytes[i]! > 0x20 && bytes[i]! < 0x7f && bytes[i] !== 0x3a) i++
  if (i === pos) return -1
  while (i < limit && (bytes[i] === 0x20 || bytes[i] === 0x09)) i++
  return i < limit && bytes[i] === 0x3a ? i : -1
}

function isMboxSeparator(buf: Buffer, pos: number): boolean {
  const line = buf.toString('latin1', pos, pos + 6)
  return line.startsWith('From ') || line === '>From '
}

/**
 * Reads a header from `start` on, to the blank line, a delimiter line, or text that can be no header. A single line
 * that is no field but has a field after it is passed over (a fold that lost its white space), and so is an mbox
 * separator in front.
 */
export function readHeader(
  buf: Buffer,
  start: number,
  limits: HeaderLimits,
  isDelimiter: (start: number, end: number) => boolean,
): HeaderBlock {
  const headers: Header[] = []
  let bytesLeft = limits.bytes
  let field: { start: number; colon: number; valueEnd: number; end: number } | null = null
  const flush = () => {
    if (field && limits.budget.fields > 0) {
      limits.budget.fields--
      const valueEnd = Math.min(field.valueEnd, field.colon + 1 + bytesLeft)
      const raw = buf.toString('latin1', field.colon + 1, valueEnd)
      bytesLeft -= raw.length
      const name = buf.toString('latin1', field.start, field.colon).trimEnd()
      headers.push({ name, raw, start: field.start, end: field.end })
    }
    field = null
  }

  let pos = start
  let lines = 0
  while (pos < buf.length) {
    const lf = buf.indexOf(0x0a, pos)
    const end = lf < 0 ? buf.length : lf + 1
    const textEnd = lf < 0 ? end : lf > pos && buf[lf - 1] === 0x0d ? lf - 1 : lf
    if (isDelimiter(pos, end)) break
    if (textEnd === pos && lf >= 0) {
      flush()
      return { headers, end, lines: lines + 1 }
    }
    const isFold: boolean = field !== null && (buf[pos] === 0x20 || buf[pos] === 0x09)
    const colon: number = isFold ? -1 : colonAt(buf, pos)
    if (field && isFold) {
      field.end = end
      field.valueEnd = textEnd
    } else if (colon >= 0) {
      flush()
      field = { start: pos, colon, valueEnd: textEnd, end }
    } else if ((pos === start && isMboxSeparator(buf, pos)) || colonAt(buf, end) >= 0) flush()
    else break
    pos = end
    if (lf >= 0) lines++
  }
  flush()
  return { headers, end: pos, lines }
}

/** The raw value of the first field of that name, in any case: what an ENVELOPE shows. Null if there is none. */
export function firstHeader(headers: Header[], name: string): string | null {
  const wanted = name.toLowerCase()
  return headers.find((header) => header.name.toLowerCase() === wanted)?.raw ?? null
}

/** The raw value of the last field of that name, in any case: RFC 8621 §4.1.3. Null if there is none. */
export function lastHeader(headers: Header[], name: string): string | null {
  const wanted = name.toLowerCase()
  return headers.findLast((header) => header.name.toLowerCase() === wanted)?.raw ?? null
}
