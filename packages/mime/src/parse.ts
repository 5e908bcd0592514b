// The part tree, in one pass over the bytes, as they come: of the bodies nothing is kept.
//
// The parser is in a header (`reader` is set) or in a body. A header ends with its blank line, or with the first line
// that can be none of it; then its part is open. A body runs until a delimiter line of a multipart around it, after
// which the next header begins, or to the end. The header of an encapsulated message follows that of its part at once.
import { createDecoder } from './body.js'
import { createHeaderReader, type HeaderReader } from './headers/reader.js'
import { type BodySink, createFeed } from './stream/feed.js'
import { createLineCutter, type Line } from './stream/lines.js'
import { createTree } from './stream/tree.js'
import type { Message, MessageParser, ParseLimits, Part } from './types.js'

const defaults: Required<ParseLimits> = {
  maxDepth: 100,
  maxParts: 2_000,
  maxTreeBytes: 768 * 1024,
  maxHeaderBytes: 1024 * 1024,
  maxAllHeaderBytes: 8 * 1024 * 1024,
  maxHeaderFields: 50_000,
}

/** What a line of a header or a delimiter may have beyond the bytes of one value: a name, or padding. */
const maxLineOverhead = 2_048

/**
 * Wants the body of a part that may turn out to have no parts of its own, or null. `isEncapsulated`: it is within a
 * message within the message.
 */
export type BodyObserver = (part: Part, isEncapsulated: boolean) => BodySink | null

/**
 * Parses a whole message. Never throws on odd bytes: lines may end in CRLF or LF, a header without an end, an unclosed
 * multipart and the like are read as well as they can be. Takes time linear in the size.
 */
export function parseMessage(bytes: Uint8Array, limits: ParseLimits = {}): Message {
  const parser = createMessageParser(limits)
  parser.write(bytes)
  return parser.end()
}

/** Parses as `parseMessage` does, a message that comes in chunks. Keeps headers and the tree, never a body. */
export function createMessageParser(limits: ParseLimits = {}): MessageParser {
  return createObservedParser(limits, [])
}

/** As `createMessageParser`, and the observers see the bodies. */
export function createObservedParser(limits: ParseLimits, observers: BodyObserver[]): MessageParser {
  const max = { ...defaults, ...limits }
  const budget = { fields: max.maxHeaderFields, bytes: max.maxAllHeaderBytes }
  const tree = createTree(max)
  const feed = createFeed()
  /** LFs so far. */
  let lines = 0
  const before = { eol: 0, isAfterLf: false }
  let headerStart = 0
  /** Of the header that is being read. */
  let reader: HeaderReader | null = null
  /** LFs before the lost lines of `reader`. */
  let linesBeforeLost = 0
  let isEnded = false

  const beginHeader = (offset: number) => {
    headerStart = offset
    reader = createHeaderReader(max.maxHeaderBytes, budget)
  }

  /** The header has ended at `offset`. */
  const finishHeader = (offset: number) => {
    const { part, frame, isMessage } = tree.open(reader!.finish(), headerStart, { offset, lines })
    reader = null
    if (isMessage) return beginHeader(offset)
    const sinks = observers
      .map((observe) => observe(part, frame.isEncapsulated))
      .filter((sink) => sink !== null)
    const decoder = createDecoder(part.encoding, null)
    if (decoder) {
      sinks.push({
        write: decoder.write,
        end: () => {
          part.decodedSize = decoder.end().length
        },
        discard: () => {},
      })
    }
    feed.open(sinks)
  }

  /** The body begins at `offset`, or with the first of the lost lines before it. */
  const leaveHeader = (offset: number) => {
    const { lost } = reader!
    if (lost.length > 0) lines = linesBeforeLost
    finishHeader(lost[0]?.start ?? offset)
    for (const line of lost) takeLine(line)
  }

  const endLine = (line: Line) => {
    if (line.eol > 0) lines++
    before.eol = line.eol
    before.isAfterLf = line.length === line.eol
  }

  const takeLine = (line: Line) => {
    while (reader) {
      const linesBefore = lines
      const verdict = reader.line(line)
      if (verdict === 'body') {
        leaveHeader(line.start)
        continue
      }
      endLine(line)
      if (reader.lost.length === 1) linesBeforeLost = linesBefore
      if (verdict === 'end') finishHeader(line.start + line.length)
      return
    }
    takeBodyLine(line)
  }

  const takeBodyLine = (line: Line) => {
    const delimiter = tree.delimiterIn(line)
    const frame = delimiter?.frame
    // A multipart that ends without a part has none: its whole body stays one.
    const isEmptyClose = delimiter?.isClose && frame === tree.top && frame.part.children.length === 0
    if (!delimiter || !frame || isEmptyClose || (frame.isFull && !delimiter.isClose)) {
      if (isEmptyClose) tree.deactivate(delimiter.frame)
      takePiece(line)
      return endLine(line)
    }
    const at = { offset: line.start, lines }
    if (frame === tree.top) feed.discard()
    else {
      tree.closeAbove(frame.index + 1, at, before)
      feed.close(true)
    }
    endLine(line)
    const after = { offset: line.start + line.length, lines }
    if (delimiter.isClose) tree.deactivate(frame)
    else if (tree.begin(frame, after)) beginHeader(after.offset)
  }

  const takePiece = (line: Line) => {
    feed.write(line.buf, line.from, line.to)
    if (line.isKept) feed.flush()
  }

  const cutter = createLineCutter(
    {
      line: takeLine,
      flows(beginning) {
        while (reader) {
          if (!reader.isBody(beginning)) return false
          leaveHeader(beginning.start)
        }
        const { buf, from, to, length } = beginning
        const mayBeDelimiter = buf[from] === 0x2d && (to - from < 2 || buf[from + 1] === 0x2d)
        return !mayBeDelimiter || length > tree.longestDelimiter
      },
      piece(line) {
        takePiece(line)
        endLine(line)
      },
    },
    max.maxHeaderBytes + maxLineOverhead,
  )

  beginHeader(0)
  return {
    write(chunk) {
      if (isEnded) throw new Error('the message has ended')
      cutter.write(chunk)
      feed.flush()
    },
    end() {
      if (isEnded) throw new Error('the message has ended')
      isEnded = true
      const size = cutter.end()
      while (reader) leaveHeader(size)
      tree.closeAbove(0, { offset: size, lines }, { eol: 0, isAfterLf: before.eol > 0 })
      feed.close(false)
      const { root } = tree
      return { size, root, headers: root.headers }
    },
  }
}
