import { type ByteStore, createByteStore } from '../bytes.js'
import type { Line } from '../stream/lines.js'
import type { Header } from '../types.js'

/** What the header blocks of a message may still take; counted down. */
export interface HeaderBudget {
  fields: number
  bytes: number
}

export interface HeaderReader {
  /**
   * Takes the next line. 'end': it was the blank line after the header. 'body': the body begins with this line, or
   * with the first of `lost` if there are any.
   */
  line(line: Line): 'more' | 'end' | 'body'
  /** Whether a line that has begun like this ends the header, however it goes on. */
  isBody(beginning: Line): boolean
  /** Lines that are passed over if a field comes after them, and begin the body if none does. */
  readonly lost: readonly Line[]
  /** The fields, in order. */
  finish(): Header[]
}

const crlf = Buffer.from('\r\n')
const maxName = 1000
/** A longer line that is no field begins the body: RFC 5322 §2.1.1 has lines of 998 at most. */
const maxLostLine = 1000
/** More lines in a row that are no fields begin the body. They are kept until a field comes. */
const maxLostLines = 30

// The offset of the colon if the line begins a field (RFC 5322 §2.2; white space before the colon is §4.5), else -1.
function colonIn(line: Line): number {
  const { buf, from, to } = line
  // A delimiter whose blank line is missing, though it may hold a colon.
  if (isDashed(line)) return -1
  const limit = Math.min(to, from + maxName)
  let i = from
  while (i < limit && buf[i]! > 0x20 && buf[i]! < 0x7f && buf[i] !== 0x3a) i++
  if (i === from) return -1
  while (i < limit && isBlank(buf[i])) i++
  return i < limit && buf[i] === 0x3a ? i : -1
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09
}

function isDashed({ buf, from, to }: Line): boolean {
  return to - from >= 2 && buf[from] === 0x2d && buf[from + 1] === 0x2d
}

function isMboxSeparator({ buf, from }: Line): boolean {
  const text = buf.toString('latin1', from, from + 6)
  return text.startsWith('From ') || text === '>From '
}

// An editor or a script may have put a byte order mark in front of a message.
function withoutMark(line: Line): Line {
  const { buf, from, to, start, length } = line
  const isMarked = to - from >= 3 && buf[from] === 0xef && buf[from + 1] === 0xbb && buf[from + 2] === 0xbf
  return isMarked ? { ...line, from: from + 3, start: start + 3, length: length - 3 } : line
}

/**
 * Reads a header: to the blank line, or to text that can be no header. Lines that are no fields but have a field after
 * them are passed over (folds that lost their white space), and so is an mbox separator in front. Before the first
 * field only one such line is: more of them are a text without a header.
 */
export function createHeaderReader(maxBytes: number, budget: HeaderBudget): HeaderReader {
  const headers: Header[] = []
  const value: ByteStore = createByteStore()
  let field: { name: string; start: number; end: number } | null = null
  let bytesLeft = maxBytes
  /** The line end after `value`, part of it if a fold follows. */
  let eol = 0
  let isFirst = true
  let hasField = false
  let lost: Line[] = []

  const append = (bytes: Buffer, from: number, to: number) => {
    value.append(bytes, from, Math.min(to, from + bytesLeft - value.length))
  }
  const flush = () => {
    if (!field) return
    const { name, start, end } = field
    field = null
    if (budget.fields <= 0 || budget.bytes < name.length) return
    const raw = value.view().toString('latin1', 0, Math.min(value.length, budget.bytes - name.length))
    headers.push({ name, raw, start, end })
    bytesLeft -= raw.length
    budget.fields--
    budget.bytes -= name.length + raw.length
  }
  const mayLose = () => hasField && lost.length < maxLostLines
  const isFold = (line: Line) => field !== null && isBlank(line.buf[line.from])

  return {
    get lost() {
      return lost
    },
    isBody(beginning) {
      const line = isFirst ? withoutMark(beginning) : beginning
      return isDashed(line) || (line.length > maxLostLine && !isFold(line) && colonIn(line) < 0)
    },
    line(whole) {
      const isOnTop = isFirst
      isFirst = false
      const line = isOnTop ? withoutMark(whole) : whole
      const colon = isFold(line) ? -1 : colonIn(line)
      const isBlankLine = line.eol > 0 && line.length === line.eol
      if (lost.length > 0 && colon < 0 && (isBlankLine || !mayLose())) return 'body'
      if (isBlankLine) return 'end'
      // A line beyond the bound was cut before its end.
      const textEnd = Math.min(line.to, line.from + line.length - line.eol)
      if (colon >= 0) {
        lost = []
        hasField = true
        flush()
        const name = line.buf.toString('latin1', line.from, colon).trimEnd()
        field = { name, start: line.start, end: line.start + line.length }
        value.clear()
        append(line.buf, colon + 1, textEnd)
        eol = line.eol
      } else if (field && isFold(line)) {
        append(eol === 2 ? crlf : crlf.subarray(1), 0, eol)
        append(line.buf, line.from, textEnd)
        field.end = line.start + line.length
        eol = line.eol
      } else {
        flush()
        if (isDashed(line) || line.length > maxLostLine) return 'body'
        if (isOnTop && isMboxSeparator(line)) return 'more'
        const buf = Buffer.from(whole.buf.subarray(whole.from, whole.to))
        lost.push({ ...whole, buf, from: 0, to: buf.length, isKept: false })
      }
      return 'more'
    },
    finish() {
      flush()
      return headers
    },
  }
}
