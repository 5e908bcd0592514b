// One client's socket, with TLS and compression over it. Input and output are those of the moment: STARTTLS and COMPRESS
// replace them.
import type { Socket } from 'node:net'
import { type SecureContext, TLSSocket } from 'node:tls'
import { type ChannelBindings, channelBindings } from '@tandem/mailstore'
import { createInput, type Input } from '../wire/input.js'
import { createOutput, type Output } from '../wire/output.js'
import { type Compression, startCompression } from './compression.js'

export interface Connection {
  readonly remoteAddress: string
  readonly input: Input
  readonly output: Output
  readonly isSecure: boolean
  readonly isCompressed: boolean
  readonly isClosed: boolean
  /** Aborted once it is closed. */
  readonly signal: AbortSignal
  /** What a login can be bound to; null without TLS. Once the client has said something. */
  readonly bindings: ChannelBindings | null
  /** Called whenever something comes in. */
  onData: () => void
  /** Begins TLS as the server. What the client sent in plain text and nobody has read is forgotten. */
  startTls(context: SecureContext): void
  /** From now on both sides compress what they say (RFC 4978 §3). */
  startCompression(): void
  /** Closes at once, but where the last words are on their way. */
  cut(): void
  /** Sends what is left to send, then closes; resolves when the socket is closed. */
  end(): Promise<void>
}

/** Milliseconds for a client to take the last words and close. */
const LAST_WORDS = 2000

/** Peers that say nothing are probed after this many milliseconds, so that a dead one frees its session. */
const KEEP_ALIVE = 2 * 60_000

export function createConnection(socket: Socket, writeTimeout: number): Connection {
  let stream: Socket = socket
  let input = createInput(stream, () => connection.onData())
  let output = createOutput(stream, writeTimeout)
  let compression: Compression | null = null
  let ending: Promise<void> | null = null
  const leaving = new AbortController()
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => {
      leaving.abort()
      resolve()
    })
  })
  // Input and output see the end of a broken connection for themselves.
  socket.on('error', () => {})
  socket.setNoDelay(true)
  socket.setKeepAlive(true, KEEP_ALIVE)

  const connection: Connection = {
    remoteAddress: socket.remoteAddress ?? '',
    get input() {
      return input
    },
    get output() {
      return output
    },
    get isSecure() {
      return stream !== socket
    },
    get isCompressed() {
      return compression !== null
    },
    get isClosed() {
      return stream.destroyed
    },
    signal: leaving.signal,
    get bindings() {
      return stream instanceof TLSSocket ? channelBindings(stream) : null
    },
    onData: () => {},
    startTls(context) {
      // RFC 9051 §11.1: commands injected before the handshake must not be taken for those of the client.
      input.release()
      const secure = new TLSSocket(socket, { isServer: true, secureContext: context })
      secure.on('error', () => socket.destroy())
      stream = secure
      input = createInput(stream, () => connection.onData())
      output = createOutput(stream, writeTimeout)
    },
    startCompression() {
      compression = startCompression(stream, input.handOver())
      input = createInput(compression.incoming, () => connection.onData())
      output = createOutput(compression.outgoing, writeTimeout, compression.flush)
    },
    cut() {
      if (!ending) socket.destroy()
    },
    end() {
      ending ??= end()
      return ending
    },
  }
  return connection

  async function end(): Promise<void> {
    output.push()
    input.release()
    // Unread input would turn the close into a reset, and the last words would be lost.
    if (compression) compression.end()
    else stream.end()
    stream.resume()
    const timer = setTimeout(() => socket.destroy(), LAST_WORDS)
    await closed
    clearTimeout(timer)
  }
}
