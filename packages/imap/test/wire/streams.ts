import { Readable, Writable } from 'node:stream'

/** A stream of these pieces; it ends after them unless it is left open. */
export function pieces(texts: readonly string[], leaveOpen = false): Readable {
  const rest = texts.map((text) => Buffer.from(text, 'latin1'))
  return new Readable({
    read() {
      const next = rest.shift()
      if (next) this.push(next)
      else if (!leaveOpen) this.push(null)
    },
  })
}

/** Takes what is written; waits with each write until `release` where it is `slow`. */
export function sink(slow = false): {
  stream: Writable
  text: () => string
  writes: () => number
  release: () => void
} {
  const chunks: Buffer[] = []
  let writes = 0
  const waiting: (() => void)[] = []
  const take = (list: Buffer[], done: () => void) => {
    chunks.push(...list)
    writes++
    if (slow) waiting.push(done)
    else done()
  }
  const stream = new Writable({
    highWaterMark: 16,
    write: (chunk: Buffer, _encoding, done) => take([chunk], done),
    writev: (list, done) =>
      take(
        list.map(({ chunk }) => chunk as Buffer),
        done,
      ),
  })
  return {
    stream,
    text: () => Buffer.concat(chunks).toString('latin1'),
    writes: () => writes,
    release: () => waiting.shift()?.(),
  }
}
