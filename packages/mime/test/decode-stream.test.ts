import fc from 'fast-check'
import t from 'tap'
import { decodeBody, decodeStream } from '../src/index.js'

/** The bytes cut into pieces at these places. */
async function* cutAt(bytes: Buffer, places: readonly number[]): AsyncGenerator<Uint8Array> {
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)
  let from = 0
  for (const end of ends) {
    yield bytes.subarray(from, end)
    from = end
  }
}

async function together(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = []
  for await (const piece of pieces) all.push(piece)
  return Buffer.concat(all).toString('latin1')
}

const octets = fc
  .array(fc.constantFrom(...'=4aB/ \t\r\n\xff\0+Zg'), { maxLength: 60 })
  .map((chars) => chars.join(''))
const lines = fc
  .array(fc.constantFrom('begin 644 a\n', '#0V%T\n', 'M', '`\r\n', 'end\n', 'beg', '\n'), { maxLength: 12 })
  .map((texts) => texts.join(''))
const encodings = fc.constantFrom('base64', 'quoted-printable', 'x-uuencode', '7bit', 'binary', 'x-unknown')

t.test('wherever a body is cut, decodeStream gives what decodeBody gives', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(octets, lines),
      encodings,
      fc.array(fc.nat(), { maxLength: 8 }),
      async (text, encoding, places) => {
        const bytes = Buffer.from(text, 'latin1')
        const whole = decodeBody(bytes, { encoding, bodyStart: 0, bodyEnd: bytes.length })
        const streamed = await together(decodeStream(cutAt(bytes, places), encoding))
        return streamed === Buffer.from(whole.bytes).toString('latin1')
      },
    ),
    { numRuns: 3000 },
  )
  t.equal(await together(decodeStream(cutAt(Buffer.from('YWJj'), [1, 2, 3]), 'base64')), 'abc')
})

t.test('of what is no uuencoded file, 64 KiB are held, and all of it comes', async (t) => {
  const bytes = Buffer.from('no file\n'.repeat(20_000))
  const places = Array.from({ length: 100 }, (_, i) => i * 1600)
  t.equal(await together(decodeStream(cutAt(bytes, places), 'x-uuencode')), bytes.toString())
})

t.test('no more than a piece is held', async (t) => {
  let largest = 0
  const line = Buffer.from(`${'QUJD'.repeat(19)}\r\n`)
  async function* endless() {
    for (let i = 0; i < 1000; i++) yield line
  }
  for await (const piece of decodeStream(endless(), 'base64'))
    largest = Math.max(largest, piece.buffer.byteLength)
  t.ok(largest <= line.length, `${largest}`)
})
