// Cuts chunks into lines, wherever the chunks were cut. A line within one chunk is passed as it lies there; one across
// chunks is put together first, unless its beginning already tells that it is body: then it passes in pieces.
import { asBuffer, createByteStore } from '../bytes.js'

const CR = 0x0d
const LF = 0x0a

/** A line, or a piece of one. Reused: what outlives the call must be copied, its bytes too. */
export interface Line {
  buf: Buffer
  /** Its bytes in `buf`: from `from` to before `to`. Of a line beyond the bound, the first of them. */
  from: number
  to: number
  /** Where it begins in the message. */
  start: number
  /** Its bytes so far, its end included. */
  length: number
  /** The length of its end: 2 for CRLF, 1 for LF, 0 if it has none (yet). */
  eol: number
  /** `buf` changes after the call, and not only after the chunk. */
  isKept: boolean
}

export interface LineTaker {
  /** A whole line. Only the last may have no end. */
  line(line: Line): void
  /** A line has begun like this: may the rest pass in pieces? */
  flows(beginning: Line): boolean
  /** The next piece of such a line, from its beginning on. */
  piece(line: Line): void
}

export interface LineCutter {
  write(chunk: Uint8Array): void
  /** Returns the size of the message. */
  end(): number
}

/** `maxKept`: bytes kept of a line that does not flow; what is more is counted only. */
export function createLineCutter(taker: LineTaker, maxKept: number): LineCutter {
  const kept = createByteStore()
  const line: Line = { buf: Buffer.alloc(0), from: 0, to: 0, start: 0, length: 0, eol: 0, isKept: false }
  let isFlowing = false
  let isAfterCr = false

  const lay = (buf: Buffer, from: number, to: number) => {
    line.buf = buf
    line.from = from
    line.to = to
    line.isKept = false
  }
  const finish = () => {
    if (isFlowing) taker.piece(line)
    else taker.line(line)
    line.start += line.length
    line.length = line.eol = 0
    isFlowing = isAfterCr = false
    kept.clear()
  }
  const keep = (buf: Buffer, from: number, to: number) => {
    kept.append(buf, from, Math.max(from, Math.min(to, from + maxKept - kept.length)))
    const view = kept.view()
    lay(view, 0, view.length)
    line.isKept = true
  }

  return {
    write(chunk) {
      const buf = asBuffer(chunk)
      for (let from = 0; from < buf.length; ) {
        const lf = buf.indexOf(LF, from)
        const to = lf < 0 ? buf.length : lf + 1
        const isFirst = line.length === 0
        line.length += to - from
        if (lf >= 0) line.eol = (lf > from ? buf[lf - 1] === CR : isAfterCr) ? 2 : 1
        else isAfterCr = buf[to - 1] === CR

        if (isFlowing || isFirst) lay(buf, from, to)
        else keep(buf, from, to)
        if (lf >= 0) finish()
        else if (isFlowing) taker.piece(line)
        else if (taker.flows(line)) {
          isFlowing = true
          taker.piece(line)
          kept.clear()
        } else if (isFirst) keep(buf, from, to)
        from = to
      }
    },
    end() {
      if (isFlowing) lay(line.buf, 0, 0)
      if (line.length > 0) finish()
      return line.start
    },
  }
}
