// The part tree, in one pass over the lines.
//
// Open parts are a stack: the root, then per level a multipart's current part or an encapsulated message's root. A
// part is read header first; its body then runs until a delimiter line of an enclosing multipart, or to the end. All
// boundaries that are open stand in one map, so a line costs the same at any depth. A delimiter closes everything
// above its multipart. After its close delimiter a multipart stays on the stack, deaf, for its epilogue.

import { decodedLength, isIdentityEncoding } from './body.js'
import { asBuffer } from './bytes.js'
import { readHeader } from './headers/fields.js'
import { isMessageType, partFromHeaders } from './part.js'
import type { Message, ParseLimits, Part } from './types.js'

interface Frame {
  part: Part
  /** Multiparts and messages around it. */
  depth: number
  /** LFs before its body. */
  linesBefore: number
  /** Its place on the stack. */
  index: number
  /** Of a multipart whose parts are still coming. */
  boundary: string | null
  /** The outer multipart with the same boundary, which cannot be seen meanwhile. */
  shadowed: Frame | undefined
  /** maxParts was reached: the last part takes the rest. */
  isFull: boolean
}

const defaults: Required<ParseLimits> = {
  maxDepth: 100,
  maxParts: 10_000,
  maxHeaderBytes: 1024 * 1024,
  maxHeaderFields: 200_000,
}

/**
 * Parses a whole message. Never throws on odd bytes: lines may end in CRLF or LF, a header without an end, an unclosed
 * multipart and the like are read as well as they can be. Takes time linear in the size.
 */
export function parseMessage(bytes: Uint8Array, limits: ParseLimits = {}): Message {
  const max = { ...defaults, ...limits }
  const buf = asBuffer(bytes)
  const stack: Frame[] = []
  const active = new Map<string, Frame>()
  const budget = { fields: max.maxHeaderFields }
  let longest = 0
  let partCount = 0
  let pos = 0
  let lines = 0

  /** The multipart whose delimiter this line is. */
  const delimiterAt = (start: number, end: number): { frame: Frame; isClose: boolean } | null => {
    if (active.size === 0 || buf[start] !== 0x2d || buf[start + 1] !== 0x2d) return null
    // RFC 2046 §5.1.1: the line holds nothing else but white space at its end. Comparing only its beginning, as the
    // note there allows, would take the parts of `b10` for those of `b1`.
    let stop = end
    while (stop > start && isBlank(buf[stop - 1])) stop--
    if (stop - start - 4 > longest) return null
    const text = buf.toString('latin1', start + 2, stop)
    const next = active.get(text)
    const close = text.endsWith('--') ? active.get(text.slice(0, -2)) : undefined
    if (close && (!next || close.index > next.index)) return { frame: close, isClose: true }
    return next ? { frame: next, isClose: false } : null
  }

  const deactivate = (frame: Frame) => {
    if (frame.boundary === null) return
    if (frame.shadowed) active.set(frame.boundary, frame.shadowed)
    else active.delete(frame.boundary)
    frame.boundary = null
  }

  /** Ends all parts above `height`, at the delimiter line at `pos` or at the end of the message. */
  const closeAbove = (height: number, isDelimiter: boolean) => {
    // The line end before a delimiter belongs to it.
    const eol = !isDelimiter || buf[pos - 1] !== 0x0a ? 0 : buf[pos - 2] === 0x0d ? 2 : 1
    while (stack.length > height) {
      const frame = stack.pop()!
      const { part } = frame
      deactivate(frame)
      part.bodyEnd = Math.max(part.bodyStart, pos - eol)
      if (part.bodyEnd > part.bodyStart) {
        part.lines = lines - frame.linesBefore - (eol > 0 ? 1 : 0) + (buf[part.bodyEnd - 1] === 0x0a ? 0 : 1)
      }
      const isLeaf = part.children.length === 0 && !part.message
      part.decodedSize = isLeaf ? decodedLength(buf, part) : part.bodyEnd - part.bodyStart
    }
  }

  const push = (part: Part, depth: number): Frame => {
    const frame: Frame = {
      part,
      depth,
      linesBefore: lines,
      index: stack.length,
      boundary: null,
      shadowed: undefined,
      isFull: false,
    }
    stack.push(frame)
    return frame
  }

  /** Reads the header at `pos` and opens its part. */
  const open = (section: string, defaultType: string, depth: number): { part: Part; isMessage: boolean } => {
    const start = pos
    const headerLimits = { bytes: max.maxHeaderBytes, budget }
    const block = readHeader(buf, start, headerLimits, (from, to) => delimiterAt(from, to) !== null)
    pos = block.end
    lines += block.lines
    partCount++
    const { part, boundary } = partFromHeaders(block.headers, section, defaultType)
    part.headerStart = start
    part.headerEnd = part.bodyStart = part.bodyEnd = pos
    const frame = push(part, depth)
    const isOpaque = depth >= max.maxDepth
    if (!isOpaque && part.type.startsWith('multipart/') && boundary !== null) {
      frame.boundary = boundary
      frame.shadowed = active.get(boundary)
      active.set(boundary, frame)
      longest = Math.max(longest, boundary.length)
    }
    const isMessage = isMessageType(part.type) && isIdentityEncoding(part.encoding)
    return { part, isMessage: isMessage && !isOpaque && partCount < max.maxParts }
  }

  /** Opens the root, or the next part of a multipart; of a message also that of the message in it, and so on. */
  const openPart = (parent: Frame | null): Part => {
    const section = parent ? nextSection(parent.part) : ''
    let depth = parent ? parent.depth + 1 : 0
    // RFC 2046 §5.1.5
    const defaultType = parent?.part.type === 'multipart/digest' ? 'message/rfc822' : 'text/plain'
    const outermost = open(section, defaultType, depth)
    parent?.part.children.push(outermost.part)
    let number = section || '1'
    for (let outer = outermost; outer.isMessage; ) {
      const inner = open(number, 'text/plain', ++depth)
      outer.part.message = inner.part
      // A root that is no multipart is addressed as its part 1: RFC 9051 §6.4.5.1.
      number += '.1'
      outer = inner
    }
    return outermost.part
  }

  /** Gives what is left of a multipart to one last part without a header. */
  const openRest = (parent: Frame) => {
    const { part } = partFromHeaders([], nextSection(parent.part), 'application/octet-stream')
    part.encoding = 'binary'
    part.headerStart = part.headerEnd = part.bodyStart = part.bodyEnd = pos
    parent.part.children.push(part)
    parent.isFull = true
    push(part, parent.depth + 1)
  }

  const root = openPart(null)
  while (pos < buf.length) {
    const lf = buf.indexOf(0x0a, pos)
    const end = lf < 0 ? buf.length : lf + 1
    const delimiter = delimiterAt(pos, end)
    const isContent = !delimiter || (delimiter.frame.isFull && !delimiter.isClose)
    if (!isContent) closeAbove(delimiter.frame.index + 1, true)
    pos = end
    if (lf >= 0) lines++
    if (isContent) continue
    if (delimiter.isClose) deactivate(delimiter.frame)
    else if (partCount >= max.maxParts) openRest(delimiter.frame)
    else openPart(delimiter.frame)
  }
  closeAbove(0, false)
  return { size: buf.length, root, headers: root.headers }
}

function nextSection(parent: Part): string {
  const number = parent.children.length + 1
  return parent.section ? `${parent.section}.${number}` : String(number)
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d || byte === 0x0a
}
