import type { SMTPServerDataStream, SMTPServerSession } from 'smtp-server'
import { refusal } from '../errors.js'

/** Receives messages, and knows how much memory those under way hold. */
export interface Intake {
  /** Sessions whose message is being received or worked on. */
  readonly busy: ReadonlySet<SMTPServerSession>
  /**
   * Reads a message to its end, whatever its size, then lets `work` have it.
   * Errors: SmtpError 552 beyond the size limit, 452 where all messages together are too much.
   */
  receive<T>(
    stream: SMTPServerDataStream,
    session: SMTPServerSession,
    work: (message: Uint8Array) => Promise<T>,
  ): Promise<T>
}

export interface IntakeOptions {
  /** Octets a message may have. */
  maxSize: number
  /** Octets that all messages under way may have. Default: five of the largest. */
  maxMemory?: number
  /** Called when a session is busy no more. */
  onIdle(): void
}

export function createIntake({ maxSize, maxMemory = 5 * maxSize, onIdle }: IntakeOptions): Intake {
  const busy = new Set<SMTPServerSession>()
  let held = 0

  async function read(stream: SMTPServerDataStream, hold: (octets: number) => boolean): Promise<Uint8Array> {
    let chunks: Uint8Array[] = []
    let size = 0
    let isShort = false
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      size += chunk.length
      // What is refused is still read to its end: the reply comes after it.
      if (size <= maxSize && !isShort && hold(chunk.length)) {
        chunks.push(chunk)
      } else {
        isShort ||= size <= maxSize
        chunks = []
      }
    }
    if (size > maxSize) throw refusal(552, '5.3.4', `the message is larger than ${maxSize} octets`)
    if (isShort) throw refusal(452, '4.3.1', 'too much mail at once, try again later')
    return Buffer.concat(chunks)
  }

  return {
    busy,
    async receive(stream, session, work) {
      let mine = 0
      const hold = (octets: number) => {
        if (held + octets > maxMemory) return false
        held += octets
        mine += octets
        return true
      }
      busy.add(session)
      try {
        return await work(await read(stream, hold))
      } finally {
        held -= mine
        busy.delete(session)
        // After the reply, which the caller writes when this promise has settled.
        setImmediate(onIdle)
      }
    },
  }
}
