import type { Account, OpenBlob, TextSearch } from '@tandem/mailstore'
import { SEARCH_BYTES } from '@tandem/mime'
import t from 'tap'
import { isCut, lookThrough, mayBeCut } from '../../../src/commands/search/long-text.js'
import { COMPLEX, summaryOf } from '../../render/messages.js'

/** A blob that remembers the largest piece it was asked for at once. */
function blobOf(bytes: Buffer): OpenBlob & { largest: number } {
  const blob = {
    digest: new Uint8Array(),
    size: bytes.length,
    largest: 0,
    async read(offset = 0, length = bytes.length) {
      blob.largest = Math.max(blob.largest, length)
      return bytes.subarray(offset, offset + length)
    },
    async *stream(offset = 0, length = bytes.length) {
      for (let at = offset; at < offset + length; at += 256 * 1024) {
        yield bytes.subarray(at, Math.min(at + 256 * 1024, offset + length))
      }
    },
  }
  return blob
}

/** Reads where it is. */
const HERE: Account['reading'] = { run: async (task, ...args) => task.run(...args) }

const find = (bytes: Buffer, ...searches: TextSearch[]) =>
  lookThrough(HERE, blobOf(bytes), summaryOf(bytes).structure, searches)
const body = (value: string): TextSearch => ({ field: 'body', value })
const text = (value: string): TextSearch => ({ field: 'text', value })

const MIB = 1024 * 1024

/** A message of one part whose body is `count` numbered lines and then the last words. */
function numbered(type: string, encoding: string, encode: (text: string) => Buffer, count = 60_000): Buffer {
  const lines = Array.from(
    { length: count },
    (_, index) => `Zeile ${index}: schöne Grüße aus Köln, und mehr davon`,
  )
  const header = `Subject: lang\r\nContent-Type: ${type}\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n`
  return Buffer.concat([Buffer.from(header), encode(`${lines.join('\r\n')}\r\nLETZTE Worte`)])
}

const wrapped = (bytes: Buffer, width = 76) =>
  Buffer.from(bytes.toString('base64').replace(new RegExp(`.{${width}}`, 'g'), '$&\r\n'))
const quoted = (text: string) =>
  Buffer.from(
    text
      .replace(/[^\x20-\x7e\r\n]/g, (char) =>
        [...Buffer.from(char)].map((octet) => `=${octet.toString(16).toUpperCase()}`).join(''),
      )
      .replace(/((?:=[0-9A-F]{2}|[^=\r\n]){24})(?=.)/g, '$1=\r\n'),
  )

t.test('text beyond the first MiB is found in any encoding', async (t) => {
  const utf16 = (text: string) => Buffer.from(text, 'utf16le')
  const messages: [name: string, bytes: Buffer][] = [
    ['8bit', numbered('text/plain; charset=utf-8', '8bit', (text) => Buffer.from(text))],
    ['quoted-printable', numbered('text/plain; charset=utf-8', 'quoted-printable', quoted)],
    ['base64', numbered('text/plain; charset=utf-8', 'base64', (text) => wrapped(Buffer.from(text)))],
    [
      'base64, odd lines',
      numbered('text/plain; charset=utf-8', 'base64', (text) => wrapped(Buffer.from(text), 75)),
    ],
    ['base64 of UTF-16', numbered('text/plain; charset=utf-16le', 'base64', (text) => wrapped(utf16(text)))],
    [
      'one line',
      numbered('text/plain; charset=utf-8', '8bit', (text) => Buffer.from(text.replaceAll('\r\n', ' '))),
    ],
    [
      'HTML',
      numbered('text/html; charset=utf-8', '8bit', (text) =>
        Buffer.from(`<p>${text.replaceAll('\r\n', '<br>\n')}</p>`),
      ),
    ],
  ]
  for (const [name, bytes] of messages) {
    t.ok(bytes.length > 2 * MIB, name)
    t.ok(isCut(body('x'), summaryOf(bytes).structure), name)
    const asked = Array.from({ length: 40 }, (_, index) => body(`zeile ${index * 1499 + 7}: SCHÖNE grüße`))
    const found = await find(
      bytes,
      ...asked,
      body('letzte worte'),
      body('zeile 60000'),
      body('lang'),
      text('subject: lang'),
    )
    t.same(found, [...asked.map(() => true), true, false, false, true], name)
  }
})

t.test('nothing is lost where pieces are cut, be it within a line or between two', async (t) => {
  // Any cut falls into one of the needles: they overlap by half.
  const needlesOf = (text: string) => {
    const needles: TextSearch[] = []
    for (let at = 0; at + 6000 <= text.length; at += 3000)
      needles.push(body(text.slice(at, at + 6000).trim()))
    return needles
  }
  const words = (between: string) =>
    Array.from({ length: 130_000 }, (_, index) => `größe${index}`).join(between)
  const utf8 = 'text/plain; charset=utf-8'
  const cases: [
    name: string,
    text: string,
    type: string,
    encoding: string,
    encode: (text: string) => Buffer,
  ][] = [
    ['one line', words(' '), utf8, '8bit', (text) => Buffer.from(text)],
    ['many lines', words('\r\n'), utf8, '8bit', (text) => Buffer.from(text)],
    ['quoted-printable', words(' '), utf8, 'quoted-printable', quoted],
    ['base64', words(' '), utf8, 'base64', (text) => wrapped(Buffer.from(text), 75)],
    [
      'UTF-16',
      words(' '),
      'text/plain; charset=utf-16le',
      'base64',
      (text) => wrapped(Buffer.from(text, 'utf16le')),
    ],
  ]
  for (const [name, text, type, encoding, encode] of cases) {
    const header = `Content-Type: ${type}\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n`
    const needles = needlesOf(text)
    const found = await find(Buffer.concat([Buffer.from(header), encode(text)]), ...needles)
    t.equal(found.filter(Boolean).length, needles.length, name)
  }
})

t.test('a body is streamed, never read at once', async (t) => {
  const bytes = numbered('text/plain', '8bit', (text) => Buffer.from(text), 200_000)
  const blob = blobOf(bytes)
  await lookThrough(HERE, blob, summaryOf(bytes).structure, [body('nowhere')])
  t.ok(blob.largest <= MIB, `${blob.largest} octets at once`)
})

t.test('what belongs to the body, and what to TEXT alone (RFC 9051 §6.4.4)', async (t) => {
  const words = ['part 1', 'part 3.1', 'inner 3', 'subject: inner 4.2', 'plain inner body']
  t.same(
    await find(COMPLEX, ...words.map(body)),
    words.map(() => true),
  )
  t.same(
    await find(COMPLEX, ...words.map(text)),
    words.map(() => true),
  )
  const headers = ['subject: complex', 'x.bin', 'q2hly2s=']
  t.same(
    await find(COMPLEX, ...headers.map(body)),
    headers.map(() => false),
  )
  t.same(
    await find(COMPLEX, ...headers.map(text)),
    headers.map(() => true),
  )
  t.same(await find(COMPLEX, body('GIF89'), text('AAEC')), [false, false])
})

t.test('only what the index may have cut is looked through', async (t) => {
  t.equal(mayBeCut(body('x'), SEARCH_BYTES), false)
  t.equal(mayBeCut(body('x'), SEARCH_BYTES + 1), true)
  t.equal(mayBeCut(body(''), 10 * MIB), false)
  t.equal(mayBeCut(text('x'), 128 * 1024), false)
  t.equal(mayBeCut(text('x'), 129 * 1024), true)
  t.equal(mayBeCut({ field: 'subject', value: 'x' }, 10 * MIB), false)
  const attachment = Buffer.concat([
    Buffer.from(
      'Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhi\r\n--b\r\nContent-Type: image/png\r\n\r\n',
    ),
    Buffer.alloc(3 * MIB, 'x'),
    Buffer.from('\r\n--b--\r\n'),
  ])
  t.equal(isCut(text('x'), summaryOf(attachment).structure), false, 'not for an attachment')
  const parts = Array.from({ length: 1500 }, () => `--b\r\nX-Long: ${'y'.repeat(100)}\r\n\r\n\r\n`).join('')
  const many = Buffer.from(`Content-Type: multipart/mixed; boundary=b\r\n\r\n${parts}--b--\r\n`)
  t.equal(isCut(text('x'), summaryOf(many).structure), true)
  t.equal(isCut(body('x'), summaryOf(many).structure), false)
})
