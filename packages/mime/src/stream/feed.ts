// Passes a body on as it comes, but for its last line end, which belongs to the delimiter if one follows.

/** Who wants the bytes of one body. */
export interface BodySink {
  write(buf: Buffer, start: number, end: number): void
  end(): void
  /** It was no body after all, but the preamble of a multipart. */
  discard(): void
}

export interface Feed {
  /** Begins a body. */
  open(sinks: BodySink[]): void
  /** Its next bytes, a line or a piece of one. They are read later: see `flush`. */
  write(buf: Buffer, start: number, end: number): void
  /** Has all bytes read; to be called before they change. */
  flush(): void
  /** Ends the body, without its last line end if a delimiter follows. */
  close(isDelimiter: boolean): void
  discard(): void
}

const CR = 0x0d
const LF = 0x0a
const none = Buffer.alloc(0)

export function createFeed(): Feed {
  let sinks: BodySink[] = []
  /** Known to be body, but for the last line end. */
  let held: Buffer = none
  // The lines last written, which lie side by side.
  let buf: Buffer = none
  let from = 0
  let to = 0

  const send = (bytes: Buffer, start: number, end: number) => {
    if (end > start) for (const sink of sinks) sink.write(bytes, start, end)
  }
  const flush = () => {
    if (to <= from) return
    let start = from
    if (held.length === 1 && held[0] === CR && buf[from] === LF) {
      held = Buffer.from('\r\n')
      start++
    }
    if (start < to) {
      send(held, 0, held.length)
      const end = lineEnd(buf, start, to)
      send(buf, start, end)
      held = end < to ? Buffer.from(buf.subarray(end, to)) : none
    }
    buf = none
    from = to = 0
  }
  const reset = () => {
    sinks = []
    held = buf = none
    from = to = 0
  }

  return {
    open(wanted) {
      reset()
      sinks = wanted
    },
    write(bytes, start, end) {
      if (sinks.length === 0) return
      if (buf === bytes && to === start) to = end
      else {
        flush()
        buf = bytes
        from = start
        to = end
      }
    },
    flush,
    close(isDelimiter) {
      flush()
      if (!isDelimiter) send(held, 0, held.length)
      for (const sink of sinks) sink.end()
      reset()
    },
    discard() {
      for (const sink of sinks) sink.discard()
      reset()
    },
  }
}

// Where the line end at the end of buf[start, end) begins; a CR alone may be half of one.
function lineEnd(buf: Buffer, start: number, end: number): number {
  const last = buf[end - 1]
  if (last === CR) return end - 1
  if (last !== LF) return end
  return end - 2 >= start && buf[end - 2] === CR ? end - 2 : end - 1
}
