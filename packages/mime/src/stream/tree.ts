// Builds the part tree.
//
// Open parts are a stack: the root, then per level a multipart's current part or an encapsulated message's root. All
// boundaries that are open stand in one map, so a line costs the same at any depth. A delimiter closes everything
// above its multipart. After its close delimiter a multipart stays on the stack, deaf, for its epilogue.
import { isIdentityEncoding } from '../body.js'
import { tellingCharset } from '../headers/raw.js'
import { isMessageType, partFromHeaders } from '../part.js'
import type { Header, ParseLimits, Part } from '../types.js'
import type { Line } from './lines.js'

export interface Frame {
  part: Part
  /** Multiparts and messages around it. */
  depth: number
  /** Whether one of them is a message. */
  isEncapsulated: boolean
  /** LFs before its body. */
  linesBefore: number
  /** Its place on the stack. */
  index: number
  /** Of a multipart whose parts are still coming. */
  boundary: string | null
  /** The outer multipart with the same boundary, which cannot be seen meanwhile. */
  shadowed: Frame | undefined
  /** A limit was reached: the last part takes the rest. */
  isFull: boolean
}

export interface Delimiter {
  frame: Frame
  isClose: boolean
}

/** A place in the message: bytes and LFs before it. */
export interface Position {
  offset: number
  lines: number
}

/** What stands in front of a position. */
export interface Before {
  /** The length of the line end there that is no part of a body. */
  eol: number
  /** Whether there is an LF in front of that. */
  isAfterLf: boolean
}

/** Where the next header belongs. */
interface Place {
  section: string
  defaultType: string
  depth: number
  isEncapsulated: boolean
  /** The section of the root of a message in it. */
  inner: string
  attach(part: Part): void
}

export interface Tree {
  /** How long a delimiter line can be; 0 where none can come. */
  readonly longestDelimiter: number
  /** The multipart whose delimiter this line is. */
  delimiterIn(line: Line): Delimiter | null
  /** Opens the part with this header. If it is a message, the next header is that of the message in it. */
  open(headers: Header[], start: number, body: Position): { part: Part; frame: Frame; isMessage: boolean }
  /** After a delimiter: the next header is that of a part. False if the rest of the multipart is one opaque part. */
  begin(parent: Frame, at: Position): boolean
  /** No more delimiters of this multipart will come. */
  deactivate(frame: Frame): void
  /** Ends all parts above `height`, at a delimiter line or at the end of the message. */
  closeAbove(height: number, at: Position, before: Before): void
  readonly top: Frame
  readonly root: Part
}

/** RFC 5322 §2.1.1: lines have 998 bytes at most. More white space after a boundary makes it no delimiter. */
const maxPadding = 998

export function createTree(max: Required<ParseLimits>): Tree {
  const stack: Frame[] = []
  const active = new Map<string, Frame>()
  let longest = 0
  let partsLeft = max.maxParts
  let bytesLeft = max.maxTreeBytes
  /** The last charset that a part declared. */
  let charset: string | null = null
  let root: Part | null = null
  let place: Place = {
    section: '',
    defaultType: 'text/plain',
    depth: 0,
    isEncapsulated: false,
    inner: '1',
    attach: (part) => {
      root = part
    },
  }

  const push = (part: Part, depth: number, isEncapsulated: boolean, lines: number): Frame => {
    const frame: Frame = {
      part,
      depth,
      isEncapsulated,
      linesBefore: lines,
      index: stack.length,
      boundary: null,
      shadowed: undefined,
      isFull: false,
    }
    stack.push(frame)
    return frame
  }

  const deactivate = (frame: Frame) => {
    if (frame.boundary === null) return
    if (frame.shadowed) active.set(frame.boundary, frame.shadowed)
    else active.delete(frame.boundary)
    frame.boundary = null
  }

  return {
    get longestDelimiter() {
      return active.size === 0 ? 0 : longest + 4 + maxPadding
    },
    get top() {
      return stack.at(-1)!
    },
    get root() {
      return root!
    },
    deactivate,

    delimiterIn({ buf, from, to, length }) {
      if (active.size === 0 || buf[from] !== 0x2d || buf[from + 1] !== 0x2d) return null
      if (length > longest + 4 + maxPadding) return null
      // RFC 2046 §5.1.1: the line holds nothing else but white space at its end. Comparing only its beginning, as the
      // note there allows, would take the parts of `b10` for those of `b1`.
      let stop = to
      while (stop > from && isBlank(buf[stop - 1])) stop--
      if (stop - from - 4 > longest) return null
      const text = buf.toString('latin1', from + 2, stop)
      const next = active.get(text)
      const close = text.endsWith('--') ? active.get(text.slice(0, -2)) : undefined
      if (close && (!next || close.index > next.index)) return { frame: close, isClose: true }
      return next ? { frame: next, isClose: false } : null
    },

    open(headers, start, body) {
      const { section, defaultType, depth, isEncapsulated, inner, attach } = place
      const { part, boundary } = partFromHeaders(headers, section, defaultType, charset)
      charset = tellingCharset(part.params.charset) ?? charset
      part.headerStart = start
      part.headerEnd = part.bodyStart = part.bodyEnd = body.offset
      attach(part)
      partsLeft--
      bytesLeft -= treeBytes(part)
      const frame = push(part, depth, isEncapsulated, body.lines)
      const isOpaque = depth >= max.maxDepth
      if (!isOpaque && part.type.startsWith('multipart/') && boundary !== null) {
        frame.boundary = boundary
        frame.shadowed = active.get(boundary)
        active.set(boundary, frame)
        longest = Math.max(longest, boundary.length)
      }
      const isRoom = !isOpaque && partsLeft > 0 && bytesLeft > 0
      const isMessage = isRoom && isMessageType(part.type) && isIdentityEncoding(part.encoding)
      if (isMessage) {
        place = {
          section: inner,
          defaultType: 'text/plain',
          depth: depth + 1,
          isEncapsulated: true,
          // A root that is no multipart is addressed as its part 1: RFC 9051 §6.4.5.1.
          inner: `${inner}.1`,
          attach: (root) => {
            part.message = root
          },
        }
      }
      return { part, frame, isMessage }
    },

    begin(parent, at) {
      const { part: multipart, depth, isEncapsulated } = parent
      const number = multipart.children.length + 1
      const section = multipart.section ? `${multipart.section}.${number}` : String(number)
      const attach = (part: Part) => {
        multipart.children.push(part)
      }
      if (partsLeft > 0 && bytesLeft > 0) {
        // RFC 2046 §5.1.5
        const defaultType = multipart.type === 'multipart/digest' ? 'message/rfc822' : 'text/plain'
        place = { section, defaultType, depth: depth + 1, isEncapsulated, inner: section, attach }
        return true
      }
      const { part } = partFromHeaders([], section, 'application/octet-stream')
      part.encoding = 'binary'
      part.headerStart = part.headerEnd = part.bodyStart = part.bodyEnd = at.offset
      attach(part)
      parent.isFull = true
      push(part, depth + 1, isEncapsulated, at.lines)
      return false
    },

    closeAbove(height, { offset, lines }, { eol, isAfterLf }) {
      // The line end before a delimiter belongs to it, unless it ends a header or a delimiter already: then it stays
      // with that, and so with all parts around.
      let bodyEnd = offset - eol
      while (stack.length > height) {
        const frame = stack.pop()!
        const { part } = frame
        deactivate(frame)
        bodyEnd = part.bodyEnd = Math.max(part.bodyStart, bodyEnd)
        if (bodyEnd > part.bodyStart) {
          part.lines = lines - frame.linesBefore
          const isKept = bodyEnd > offset - eol
          if (!isKept) part.lines += (isAfterLf ? 0 : 1) - (eol > 0 ? 1 : 0)
        }
        // Of a leaf whose encoding changes the size, the sink that counts it says better.
        part.decodedSize = part.bodyEnd - part.bodyStart
      }
    },
  }
}

/** What the part adds to the tree as JSON: its own, and room for its offsets and for the names of an envelope. */
function treeBytes({ headers, children, message, ...own }: Part): number {
  return Buffer.byteLength(JSON.stringify(own)) + 64 + (isMessageType(own.type) ? 160 : 0)
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d || byte === 0x0a
}
