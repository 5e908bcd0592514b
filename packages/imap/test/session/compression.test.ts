import { PassThrough, Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { constants, createDeflateRaw } from 'node:zlib'
import { live } from '@tandem/mailstore/testing'
import t from 'tap'
import { startCompression } from '../../src/session/compression.js'
import { createInput } from '../../src/wire/input.js'

const GIB = 1024 ** 3

/** A gigabyte of zeros, compressed, as the client's stream. */
async function bomb(): Promise<Buffer> {
  const zeros = Buffer.alloc(1024 * 1024)
  const pieces: Buffer[] = []
  await pipeline(
    Readable.from(
      (function* () {
        for (let count = 0; count < 1024; count++) yield zeros
      })(),
    ),
    createDeflateRaw({ flush: constants.Z_NO_FLUSH }),
    async (source: AsyncIterable<Buffer>) => {
      for await (const piece of source) pieces.push(piece)
    },
  )
  return Buffer.concat(pieces)
}

t.test(
  'a gigabyte out of a megabyte: nothing is held beyond a few chunks',
  { timeout: 120_000 },
  async (t) => {
    const compressed = await bomb()
    const stream = new PassThrough()
    const { incoming } = startCompression(stream, compressed.subarray(0, 100))
    stream.write(compressed.subarray(100))
    const input = createInput(incoming)
    const before = await live()
    let most = 0
    let buffered = 0
    const octets = 64 * 1024 * 1024
    for (let at = 0; at < GIB; at += octets) {
      t.equal(await input.skip(octets), true)
      most = Math.max(most, await live())
      buffered = Math.max(buffered, incoming.readableLength)
    }
    const grown = (most - before) / 2 ** 20
    t.comment(`${compressed.length} octets became ${GIB}: at most ${grown.toFixed(2)} MiB more were held`)
    t.ok(buffered <= 32 * 1024, `${buffered} octets waited`)
    t.ok(grown < 4, `${grown} MiB`)
    stream.destroy()
  },
)

t.test('while nobody reads, the inflater stands still', async (t) => {
  const compressed = await bomb()
  const stream = new PassThrough({ highWaterMark: 16 * 1024 })
  const { incoming } = startCompression(stream, Buffer.alloc(0))
  const input = createInput(incoming)
  stream.write(compressed)
  t.equal(await input.skip(1), true)
  for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve))
  t.ok(incoming.readableLength <= 32 * 1024, `${incoming.readableLength} octets wait`)
  t.ok(incoming.bytesWritten < 64 * 1024, `${incoming.bytesWritten} octets were taken`)
  stream.destroy()
})
