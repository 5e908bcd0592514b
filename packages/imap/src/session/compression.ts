// The layer of COMPRESS between commands and the socket, below which TLS may lie: RFC 4978 §3.
//
// Nothing is buffered beyond a chunk or two: the inflater stops while nobody reads what it gave, however much the rest
// of its input would become, and the deflater while the socket is full.
import type { Duplex } from 'node:stream'
import { constants, createDeflateRaw, createInflateRaw, type DeflateRaw, type InflateRaw } from 'node:zlib'

export interface Compression {
  /** What the client sends, inflated. Ends where it is no DEFLATE. */
  readonly incoming: InflateRaw
  /** What is said to the client. */
  readonly outgoing: DeflateRaw
  /** Sends all that was written: to be called after each group of writes. */
  flush(): void
  /** Sends the rest, and closes behind it; what comes in is no longer looked at. */
  end(): void
}

/** Memory for the life of a connection: 2^15 · 4 + 2^17 = 256 KiB with zlib's defaults, 2^13 · 4 + 2^14 = 48 KiB here. */
const DEFLATE = { windowBits: 13, memLevel: 5, level: 3, chunkSize: 8 * 1024 }
/** The client chooses the window: up to 32 KiB, taken once something long came. */
const INFLATE = { windowBits: 15, chunkSize: 8 * 1024 }
/** Of each stream's two buffers. */
const HIGH_WATER = { readableHighWaterMark: 8 * 1024, writableHighWaterMark: 16 * 1024 }

/** `ahead`: what has been read from the stream already and belongs to the compressed input. */
export function startCompression(stream: Duplex, ahead: Buffer): Compression {
  const incoming = createInflateRaw({ ...INFLATE, ...HIGH_WATER })
  const outgoing = createDeflateRaw({ ...DEFLATE, ...HIGH_WATER })
  // Whoever reads or writes sees the end; a stream without a listener would end the process.
  incoming.on('error', () => {})
  outgoing.on('error', () => stream.destroy())
  stream.once('close', () => {
    incoming.destroy()
    outgoing.destroy()
  })
  if (ahead.length > 0) incoming.write(ahead)
  stream.pipe(incoming)
  outgoing.pipe(stream)
  return {
    incoming,
    outgoing,
    flush: () => outgoing.flush(constants.Z_SYNC_FLUSH),
    end() {
      stream.unpipe(incoming)
      outgoing.end()
    },
  }
}
