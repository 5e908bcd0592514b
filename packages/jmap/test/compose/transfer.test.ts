import { decodeBody } from '@tandem/mime'
import fc from 'fast-check'
import t from 'tap'
import { encodeBase64, encodeText, plainEncoding } from '../../src/compose/transfer.js'

const decode = (bytes: Uint8Array, encoding: string) =>
  Buffer.from(decodeBody(bytes, { encoding, bodyStart: 0, bodyEnd: bytes.length }).bytes)

t.test('any text comes back from lines that mail can carry', async (t) => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc.constantFrom('\r\n', '\r', '\n', ' ', '\t', 'From x', '.', '=', 'a'.repeat(80), 'ü'.repeat(40)),
  )
  const text = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join('').toWellFormed())
  fc.assert(
    fc.property(text, (whole) => {
      const { encoding, body } = encodeText(whole)
      const written = Buffer.from(body).toString('latin1')
      return (
        decode(body, encoding).equals(Buffer.from(whole)) &&
        /^[\t\x20-\x7e\r\n]*$/.test(written) &&
        written.split('\r\n').every((line) => line.length <= 76 && !/[\r\n]/.test(line))
      )
    }),
    { numRuns: 500 },
  )
  const encodings: [text: string, encoding: string][] = [
    ['plain\r\n', '7bit'],
    ['', '7bit'],
    ['trailing \r\n', 'quoted-printable'],
    ['a'.repeat(100), 'quoted-printable'],
    ['mostly ASCII, and an ü', 'quoted-printable'],
    ['\u65e5\u672c\u8a9e', 'base64'],
    ['bare\rend', 'base64'],
    [`${'ü'} and ${'a '.repeat(200_000)}`, 'base64'],
  ]
  for (const [each, encoding] of encodings) t.equal(encodeText(each).encoding, encoding, each.slice(0, 20))
})

t.test('bytes in any pieces are the same Base64', async (t) => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 10 })
  await fc.assert(
    fc.asyncProperty(pieces, async (list) => {
      const bytes: Uint8Array[] = []
      for await (const piece of encodeBase64(stream(list))) bytes.push(piece)
      const written = Buffer.concat(bytes)
      const isShort = written
        .toString('latin1')
        .split('\r\n')
        .every((line) => line.length <= 76)
      return isShort && decode(written, 'base64').equals(Buffer.concat(list))
    }),
  )
  t.pass()
})

t.test('RFC 2046 §5.2.1: a message goes as it is where it can', async (t) => {
  const cases: [text: string, encoding: string][] = [
    ['Subject: x\r\n\r\nplain\r\n', '7bit'],
    ['', '7bit'],
    ['Subject: x\r\n\r\nGrüße\r\n', '8bit'],
    ['bare\nline end', 'base64'],
    ['bare\rreturn', 'base64'],
    ['ends in\r', 'base64'],
    ['nul\0', 'base64'],
    [`${'a'.repeat(998)}\r\n`, '7bit'],
    [`${'a'.repeat(1_000)}\r\n`, 'base64'],
  ]
  for (const [text, encoding] of cases) {
    const bytes = Buffer.from(text)
    t.equal(await plainEncoding(stream([bytes])), encoding, text.slice(0, 20))
    t.equal(await plainEncoding(stream([...bytes].map((octet) => Buffer.of(octet)))), encoding, 'in octets')
  }
})

async function* stream(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces
}
