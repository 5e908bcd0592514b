// Bytes from the client, asked for one line or one literal at a time. Nothing is read ahead beyond the stream's own
// buffer (its highWaterMark), so a client that sends faster than its commands run is held back by TCP.
import type { Readable } from 'node:stream'

export type Line =
  | { type: 'line'; text: string }
  /** Longer than asked for; skipLine() gets rid of the rest. */
  | { type: 'tooLong'; start: string }
  /** The client has closed, or the connection broke. */
  | { type: 'end' }

export interface Input {
  /** The next line without its CRLF (a lone LF ends it too), as a binary string of at most `max` octets. */
  line(max: number): Promise<Line>
  /** The next `size` octets, or null where the connection ends before. */
  exactly(size: number): Promise<Buffer | null>
  /** What is there of the next `max` octets, at least one; null where the connection ends before. */
  some(max: number): Promise<Buffer | null>
  /** Reads on to the end of the line; its last characters, or null beyond `max` octets or at the end. */
  skipLine(max: number): Promise<string | null>
  /** Throws `size` octets away. False where the connection ends before. */
  skip(size: number): Promise<boolean>
  /**
   * Reads some of what comes while nobody asks for it, so that the stream notices its end: a stream that nobody reads
   * does not. Gives the way to stop.
   */
  attend(): () => void
  /** Forgets what was received and not asked for, and lets go of the stream. */
  release(): void
  /** Lets go of the stream, and gives what was received and not asked for. */
  handOver(): Buffer
}

const LF = 10
/** Octets that are read before they are asked for. */
const AHEAD = 8 * 1024
const NOTHING: Buffer = Buffer.alloc(0)
/** Enough for the announcement of a literal. */
const TAIL = 24

/** `onData`: called whenever something came in. */
export function createInput(stream: Readable, onData: () => void = () => {}): Input {
  let held = NOTHING
  let ended = false
  let wake = () => {}

  let isAttended = false

  function readAhead(): void {
    if (held.length > AHEAD || stream.destroyed) return
    const piece = stream.read() as Buffer | null
    if (piece !== null) held = Buffer.concat([held, piece])
  }
  const onReadable = () => {
    if (isAttended) readAhead()
    wake()
  }
  const onEnd = () => {
    ended = true
    wake()
  }
  stream.on('readable', onReadable)
  for (const event of ['end', 'close', 'error']) stream.on(event, onEnd)

  /** Waits for the next piece; null at the end. */
  async function receive(): Promise<Buffer | null> {
    for (;;) {
      const piece = stream.destroyed ? null : (stream.read() as Buffer | null)
      if (piece !== null) {
        onData()
        return piece
      }
      if (ended || stream.destroyed || stream.readableEnded) return null
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  async function more(): Promise<boolean> {
    const piece = await receive()
    if (piece === null) return false
    held = held.length === 0 ? piece : Buffer.concat([held, piece])
    return true
  }
  function taken(length: number): Buffer {
    const bytes = held.subarray(0, length)
    held = held.subarray(length)
    return bytes
  }

  return {
    async line(max) {
      let searched = 0
      for (;;) {
        const lf = held.indexOf(LF, searched)
        if (lf > max + 1 || (lf < 0 && held.length > max + 1)) {
          return { type: 'tooLong', start: held.toString('latin1', 0, max) }
        }
        if (lf >= 0) {
          const text = taken(lf + 1).toString('latin1', 0, lf)
          return { type: 'line', text: text.endsWith('\r') ? text.slice(0, -1) : text }
        }
        searched = held.length
        if (!(await more())) return { type: 'end' }
      }
    },
    async exactly(size) {
      const pieces: Buffer[] = []
      let missing = size
      while (missing > 0) {
        if (held.length === 0 && !(await more())) return null
        const piece = taken(Math.min(missing, held.length))
        pieces.push(piece)
        missing -= piece.length
      }
      return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces, size)
    },
    async some(max) {
      if (held.length === 0 && !(await more())) return null
      return taken(Math.min(max, held.length))
    },
    async skipLine(max) {
      let skipped = 0
      let tail = ''
      for (;;) {
        const lf = held.indexOf(LF)
        const piece = taken(lf < 0 ? held.length : lf + 1)
        skipped += piece.length
        tail = (tail + piece.toString('latin1', Math.max(0, piece.length - TAIL - 2))).slice(-TAIL - 2)
        if (lf >= 0) return tail.replace(/\r?\n$/, '')
        if (skipped > max || !(await more())) return null
      }
    },
    async skip(size) {
      let missing = size
      while (missing > 0) {
        if (held.length === 0 && !(await more())) return false
        missing -= taken(Math.min(missing, held.length)).length
      }
      return true
    },
    attend() {
      isAttended = true
      readAhead()
      return () => {
        isAttended = false
      }
    },
    release() {
      letGo()
      // What already lies in the stream came before, too.
      while (!stream.destroyed && stream.read() !== null);
      onEnd()
    },
    handOver() {
      const rest = held
      letGo()
      onEnd()
      return rest
    },
  }

  function letGo(): void {
    held = NOTHING
    stream.off('readable', onReadable)
    for (const event of ['end', 'close', 'error']) stream.off(event, onEnd)
  }
}
