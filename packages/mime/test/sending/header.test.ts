import fc from 'fast-check'
import t from 'tap'
import { leavingHeader, MAX_LINE, parseMessage, withCrlf, writeFields } from '../../src/index.js'

const leaves = (text: string) => {
  const { fields } = leavingHeader(withCrlf(Buffer.from(text, 'latin1')))!
  return Buffer.from(writeFields(fields)).toString('latin1')
}

const CASES: [name: string, message: string, header: string][] = [
  ['what is right stays', 'A: 1\r\nB:\r\n 2\r\n\r\nbody', 'A: 1\r\nB:\r\n 2\r\n\r\n'],
  ['bare CR', 'X: a\rFrom: ceo@x.test\r\n\r\n', 'X: a\r\nFrom: ceo@x.test\r\n\r\n'],
  ['bare LF', 'A: 1\nB: 2\n\nbody', 'A: 1\r\nB: 2\r\n\r\n'],
  ['CR CR LF ends the header', 'A: 1\r\r\nB: 2\r\n\r\n', 'A: 1\r\n\r\n'],
  ['a space before the colon', 'From : a\r\nTo\t:b\r\n\r\n', 'From: a\r\nTo:b\r\n\r\n'],
  ['a fold of white space alone', 'A: 1\r\n \t \r\n 2\r\nB: 3\r\n\r\n', 'A: 1\r\n 2\r\nB: 3\r\n\r\n'],
  ['a fold that lost its white space', 'A: 1\r\ntail\r\nB: 3\r\n\r\n', 'A: 1\r\n tail\r\nB: 3\r\n\r\n'],
  ['a name beyond ASCII', 'A: 1\r\nFr\xf6m: 2\r\nB: 3\r\n\r\n', 'A: 1\r\n Fr\xf6m: 2\r\nB: 3\r\n\r\n'],
  ['a name with a control', 'A: 1\r\nFr\x01m: 2\r\nB: 3\r\n\r\n', 'A: 1\r\n Fr\x01m: 2\r\nB: 3\r\n\r\n'],
  ['a colon alone', 'A: 1\r\n: 2\r\nB: 3\r\n\r\n', 'A: 1\r\n : 2\r\nB: 3\r\n\r\n'],
  ['a byte order mark', '\xef\xbb\xbfA: 1\r\n\r\n', 'A: 1\r\n\r\n'],
  ['an mbox separator', 'From alice Mon Jan 1\r\nA: 1\r\n\r\n', 'A: 1\r\n\r\n'],
  ['a fold with nothing to fold', ' From: ceo\r\nA: 1\r\n\r\n', 'A: 1\r\n\r\n'],
  ['no end', 'A: 1', 'A: 1\r\n\r\n'],
  ['no header', '\r\nFrom: x', '\r\n'],
]

for (const [name, message, header] of CASES) {
  t.test(`the header that leaves: ${name}`, async (t) => t.equal(leaves(message), header))
}

const LONG: [name: string, value: string][] = [
  ['words', ' word'.repeat(1000)],
  ['one word', ` ${'x'.repeat(5000)}`],
  ['umlauts', Buffer.from(` ${'ü'.repeat(3000)}`).toString('latin1')],
  ['white space', `${' '.repeat(3000)}x`],
  ['a long fold', `\r\n ${'x'.repeat(3000)}`],
]

for (const [name, value] of LONG) {
  t.test(`no line is too long: ${name}`, async (t) => {
    const header = leaves(`A:${value}\r\nB: 2\r\n\r\n`)
    const lines = header.split('\r\n')
    t.ok(
      lines.every((line) => line.length <= MAX_LINE),
      `${Math.max(...lines.map((line) => line.length))} octets`,
    )
    t.notOk(lines.slice(0, -2).some((line) => /^\s*$/.test(line)))
    const [field, next] = parseMessage(Buffer.from(header, 'latin1')).headers
    t.equal(field!.raw.replace(/\s/g, ''), value.replace(/\s/g, ''), 'nothing is lost')
    t.match(next, { name: 'B', raw: ' 2' })
    t.notMatch(Buffer.from(field!.raw, 'latin1').toString('utf8'), '\ufffd', 'no character is cut')
  })
}

const SOUP = [
  '\r',
  '\n',
  '\r\n',
  '\r\n\r\n',
  '\r\n ',
  ' ',
  '\t',
  ':',
  'From',
  'From: x\r\n',
  '--',
  '\xff',
  'a',
  '\0',
]

t.test('what leaves is in its final form, and reads as it was judged', async () => {
  await fc.assert(
    fc.property(fc.array(fc.constantFrom(...SOUP), { maxLength: 30 }), (parts) => {
      const header = leaves(parts.join(''))
      const { headers, root } = parseMessage(Buffer.from(`${header}From: body\r\n\r\n`, 'latin1'))
      const { fields } = leavingHeader(withCrlf(Buffer.from(parts.join(''), 'latin1')))!
      return (
        leaves(header) === header &&
        root.bodyStart === header.length &&
        JSON.stringify(headers.map(({ name, raw }) => [name, raw])) ===
          JSON.stringify(fields.map(({ name, raw }) => [name, raw]))
      )
    }),
    { numRuns: 5000 },
  )
})

t.test('a header beyond what anybody judges', async (t) => {
  t.equal(leavingHeader(Buffer.from('X:\r\n'.repeat(20_000))), null)
  t.equal(leavingHeader(Buffer.from(`X: ${'x'.repeat(900)}\r\n`.repeat(1_300))), null)
})
