// Bytes to the client. What one command says is gathered and goes out in as few writes as it fits; whoever writes
// much asks `relieve` in between, which waits for a client that reads slowly, and lets other sessions have their turn.
import type { Writable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { ConnectionLost } from '../refusal.js'

export interface Output {
  /** Text as a binary string, without a line end of its own. */
  text(text: string): void
  bytes(bytes: Uint8Array): void
  /**
   * Sends what was gathered, once it is much, and waits until the client has taken it; after some milliseconds of work,
   * other sessions have their turn. Errors: ConnectionLost.
   */
  relieve(): Promise<void>
  /** Sends all that was gathered. Errors: ConnectionLost. */
  flush(): Promise<void>
  /** Hands all to the stream without waiting. */
  push(): void
}

/** Octets that are gathered before they are sent. */
const MUCH = 64 * 1024
/** What one command may work without a break. */
const TURN_MS = 10

/** `timeout`: milliseconds a client may take before it reads on. `pushed`: called after each group of writes. */
export function createOutput(stream: Writable, timeout: number, pushed: () => void = () => {}): Output {
  let texts: string[] = []
  let pieces: Uint8Array[] = []
  let size = 0
  let turnBegan = 0

  /** Not once the last words were said. */
  const isOpen = () => !stream.destroyed && !stream.writableEnded

  function seal(): void {
    if (texts.length === 0) return
    pieces.push(Buffer.from(texts.join(''), 'latin1'))
    texts = []
  }
  function push(): void {
    seal()
    if (pieces.length > 0 && isOpen()) {
      // Corked: one writev, and one TLS record sequence, for all of it.
      stream.cork()
      for (const piece of pieces) stream.write(piece)
      stream.uncork()
      pushed()
    }
    pieces = []
    size = 0
  }
  async function flush(): Promise<void> {
    push()
    if (!isOpen()) throw new ConnectionLost('the connection is closed')
    if (stream.writableNeedDrain) await drained(stream, timeout)
  }

  return {
    text(text) {
      texts.push(text)
      size += text.length
    },
    bytes(bytes) {
      seal()
      pieces.push(bytes)
      size += bytes.length
    },
    async relieve() {
      if (size >= MUCH) await flush()
      if (performance.now() - turnBegan < TURN_MS) return
      await setImmediate()
      turnBegan = performance.now()
    },
    flush,
    push,
  }
}

function drained(stream: Writable, timeout: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error?: Error) => {
      clearTimeout(timer)
      stream.off('drain', onDrain)
      stream.off('close', onClose)
      if (error) reject(error)
      else resolve()
    }
    const onDrain = () => done()
    const onClose = () => done(new ConnectionLost('the connection is closed'))
    const timer = setTimeout(() => {
      stream.destroy()
      done(new ConnectionLost('the client does not read'))
    }, timeout)
    stream.on('drain', onDrain)
    stream.on('close', onClose)
  })
}
