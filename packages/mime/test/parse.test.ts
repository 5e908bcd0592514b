import t from 'tap'
import type { Part } from '../src/index.js'
import { parseMessage } from '../src/index.js'

const parse = (text: string, limits = {}) => parseMessage(Buffer.from(text, 'latin1'), limits)

/** The tree as [section, type, body, lines, …parts], a message as one part. */
type Shape = [string, string, string, number, ...Shape[]]
function shape(text: string, part: Part): Shape {
  const inner = part.message ? [part.message] : part.children
  const body = text.slice(part.bodyStart, part.bodyEnd)
  return [part.section, part.type, body, part.lines, ...inner.map((child) => shape(text, child))]
}
const leaf = (part: Part): Part => part.message ?? part

const crlf = (lines: string[]) => lines.join('\r\n')
const mixed = 'Content-Type: multipart/mixed; boundary=b'

t.test('the tree, its numbers, bodies and lines', (t) => {
  const cases: { name: string; text: string; shape: Shape }[] = [
    { name: 'plain text', text: 'A: b\r\n\r\none\r\ntwo', shape: ['', 'text/plain', 'one\r\ntwo', 2] },
    {
      name: 'a last line with its end',
      text: 'A: b\n\none\ntwo\n',
      shape: ['', 'text/plain', 'one\ntwo\n', 2],
    },
    { name: 'an empty message', text: '', shape: ['', 'text/plain', '', 0] },
    { name: 'a header without end', text: 'Subject: x', shape: ['', 'text/plain', '', 0] },
    { name: 'only a blank line', text: '\r\n', shape: ['', 'text/plain', '', 0] },
    {
      name: 'no header at all',
      text: 'Hello Bob\nhow are you\n',
      shape: ['', 'text/plain', 'Hello Bob\nhow are you\n', 2],
    },
    {
      name: 'the line end before a delimiter belongs to it',
      text: crlf([mixed, '', '--b', '', 'one', '--b', '', 'two', '', '--b--', '']),
      shape: [
        '',
        'multipart/mixed',
        '--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n\r\n--b--\r\n',
        8,
        ['1', 'text/plain', 'one', 1],
        ['2', 'text/plain', 'two\r\n', 1],
      ],
    },
    {
      name: 'the line end of a header is no part of the delimiter after it, and the message it ends holds it',
      text: `${mixed}\n\n--b\nContent-Type: message/rfc822\n\nA: b\n\n--b--`,
      shape: [
        '',
        'multipart/mixed',
        '--b\nContent-Type: message/rfc822\n\nA: b\n\n--b--',
        6,
        ['1', 'message/rfc822', 'A: b\n\n', 2, ['1', 'text/plain', '', 0]],
      ],
    },
    {
      name: 'the line end of a delimiter is no part of the outer delimiter after it',
      text: `${mixed}\n\n--b\nContent-Type: multipart/x; boundary=c\n\n--c\n--b--`,
      shape: [
        '',
        'multipart/mixed',
        '--b\nContent-Type: multipart/x; boundary=c\n\n--c\n--b--',
        5,
        ['1', 'multipart/x', '--c\n', 1, ['1.1', 'text/plain', '', 0]],
      ],
    },
    {
      name: 'bare LF, mixed with CRLF',
      text: `${mixed}\n\n--b\n\none\r\n--b\r\n\ntwo\n--b--`,
      shape: [
        '',
        'multipart/mixed',
        '--b\n\none\r\n--b\r\n\ntwo\n--b--',
        7,
        ['1', 'text/plain', 'one', 1],
        ['2', 'text/plain', 'two', 1],
      ],
    },
    {
      name: 'preamble and epilogue are no parts; white space after a boundary is padding',
      text: `${mixed}\n\npre\n--b \t\n\none\n--b-- \nepilogue\n--b\nmore`,
      shape: [
        '',
        'multipart/mixed',
        'pre\n--b \t\n\none\n--b-- \nepilogue\n--b\nmore',
        8,
        ['1', 'text/plain', 'one', 1],
      ],
    },
    {
      name: 'a longer boundary is another boundary',
      text: `${mixed}\n\n--b\n\none\n--b1\n--bb--\n`,
      shape: [
        '',
        'multipart/mixed',
        '--b\n\none\n--b1\n--bb--\n',
        5,
        ['1', 'text/plain', 'one\n--b1\n--bb--\n', 3],
      ],
    },
    {
      name: 'parts that are empty, or a header alone',
      text: `${mixed}\n\n--b\n--b\n\n--b\nContent-Type: text/html\n--b--\n`,
      shape: [
        '',
        'multipart/mixed',
        '--b\n--b\n\n--b\nContent-Type: text/html\n--b--\n',
        6,
        ['1', 'text/plain', '', 0],
        ['2', 'text/plain', '', 0],
        ['3', 'text/html', '', 0],
      ],
    },
    {
      name: 'an unclosed multipart ends at its parent’s delimiter',
      text: `${mixed}\n\n--b\nContent-Type: multipart/x; boundary=c\n\n--c\n\none\n--b\n\ntwo`,
      shape: [
        '',
        'multipart/mixed',
        '--b\nContent-Type: multipart/x; boundary=c\n\n--c\n\none\n--b\n\ntwo',
        9,
        ['1', 'multipart/x', '--c\n\none', 3, ['1.1', 'text/plain', 'one', 1]],
        ['2', 'text/plain', 'two', 1],
      ],
    },
    {
      name: 'nested multiparts with the same boundary: the inner one is meant',
      text: `${mixed}\n\n--b\n${mixed}\n\n--b\n\nx\n--b--\n--b\n\ny\n--b--\n`,
      shape: [
        '',
        'multipart/mixed',
        `--b\n${mixed}\n\n--b\n\nx\n--b--\n--b\n\ny\n--b--\n`,
        11,
        ['1', 'multipart/mixed', '--b\n\nx\n--b--', 4, ['1.1', 'text/plain', 'x', 1]],
        ['2', 'text/plain', 'y', 1],
      ],
    },
    {
      name: 'multipart without a boundary, or without a delimiter',
      text: 'Content-Type: multipart/mixed\n\n--b\n\none\n',
      shape: ['', 'multipart/mixed', '--b\n\none\n', 3],
    },
    {
      name: 'a digest holds messages by default: RFC 2046 §5.1.5',
      text: 'Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: x\n\none\n--b--\n',
      shape: [
        '',
        'multipart/digest',
        '--b\n\nSubject: x\n\none\n--b--\n',
        6,
        ['1', 'message/rfc822', 'Subject: x\n\none', 3, ['1', 'text/plain', 'one', 1]],
      ],
    },
    {
      name: 'parts of an encapsulated message are numbered below it: RFC 9051 §6.4.5.1',
      text: `${mixed}\n\n--b\nContent-Type: message/rfc822\n\nContent-Type: multipart/x; boundary=c\n\n--c\n\none\n--c--\n--b--`,
      shape: [
        '',
        'multipart/mixed',
        '--b\nContent-Type: message/rfc822\n\nContent-Type: multipart/x; boundary=c\n\n--c\n\none\n--c--\n--b--',
        10,
        [
          '1',
          'message/rfc822',
          'Content-Type: multipart/x; boundary=c\n\n--c\n\none\n--c--',
          6,
          ['1', 'multipart/x', '--c\n\none\n--c--', 4, ['1.1', 'text/plain', 'one', 1]],
        ],
      ],
    },
    {
      name: 'a message that is a message that is a message',
      text: 'Content-Type: message/rfc822\n\nContent-Type: message/global\n\nA: b\n\nx',
      shape: [
        '',
        'message/rfc822',
        'Content-Type: message/global\n\nA: b\n\nx',
        5,
        ['1', 'message/global', 'A: b\n\nx', 3, ['1.1', 'text/plain', 'x', 1]],
      ],
    },
    {
      name: 'a multipart whose blank line is missing',
      text: `${mixed}\n--b\nContent-Type: text/html\n\none\n--b--\n`,
      shape: [
        '',
        'multipart/mixed',
        '--b\nContent-Type: text/html\n\none\n--b--\n',
        5,
        ['1', 'text/html', 'one', 1],
      ],
    },
    {
      name: 'a multipart that is closed before its first part has none',
      text: `${mixed}\n\npre\n--b--\nepilogue\n--b\n\n`,
      shape: ['', 'multipart/mixed', 'pre\n--b--\nepilogue\n--b\n\n', 5],
    },
    {
      name: 'a delimiter with more padding than a line has room for is none',
      text: `${mixed}\n\n--b${' '.repeat(998)}\n\none\n--b--${' '.repeat(999)}\n`,
      shape: [
        '',
        'multipart/mixed',
        `--b${' '.repeat(998)}\n\none\n--b--${' '.repeat(999)}\n`,
        4,
        ['1', 'text/plain', `one\n--b--${' '.repeat(999)}\n`, 2],
      ],
    },
    {
      name: 'a message in base64 stays closed',
      text: 'Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nQTogYg==',
      shape: ['', 'message/rfc822', 'QTogYg==', 1],
    },
  ]
  for (const c of cases) t.same(shape(c.text, parse(c.text).root), c.shape, c.name)
  t.end()
})

t.test('what the headers say of a part', (t) => {
  const part = (...fields: string[]) => parse(`${fields.join('\r\n')}\r\n\r\n`).root
  t.match(part('Content-Type: TEXT/Html; Charset="UTF-8"'), {
    type: 'text/html',
    params: { charset: 'UTF-8' },
  })
  t.match(part('Content-Disposition: Attachment; filename=x.pdf'), {
    disposition: 'attachment',
    dispositionParams: { filename: 'x.pdf' },
  })
  t.match(part('Content-Disposition: filename=x.pdf'), {
    disposition: null,
    dispositionParams: { filename: 'x.pdf' },
  })
  t.match(part('Content-Disposition: "inline"'), { disposition: 'inline' })
  t.match(part('Content-Type: text (x) / html; charset=utf-8'), {
    type: 'text/html',
    params: { charset: 'utf-8' },
  })
  t.match(part('Content-Transfer-Encoding:  "Base64" (old)'), { encoding: 'base64' })
  t.match(part('Content-Transfer-Encoding: 7bit, 8bit'), { encoding: '7bit' })
  t.match(part('Content-ID: <a@b>', 'Content-Description: =?utf-8?q?x?= y', 'Content-MD5: Q2hlY2s='), {
    id: '<a@b>',
    description: '=?utf-8?q?x?= y',
    md5: 'Q2hlY2s=',
  })
  t.match(part('Content-Language: de (German), en', 'Content-Location: http://a/\r\n b'), {
    language: ['de', 'en'],
    location: 'http://a/b',
  })
  t.match(part('A: b'), {
    type: 'text/plain',
    encoding: '7bit',
    disposition: null,
    id: null,
    language: null,
    location: null,
  })
  // RFC 2045 §5.2
  for (const value of ['text', 'x', '', ';', 'a/b/c', '/plain', `a/${'b'.repeat(128)}`])
    t.equal(part(`Content-Type: ${value}`).type, 'text/plain', value)
  t.equal(
    part('Content-Type: text/html', 'Content-Type: image/png').type,
    'text/html',
    'the first field counts',
  )
  t.end()
})

t.test('limits leave opaque parts and right offsets', (t) => {
  const nested = `${mixed}0\n\n--b0\n${mixed}1\n\n--b1\n${mixed}2\n\n--b2\n\nx\n--b2--\n--b1--\n--b0--\n`
  const deep = parse(nested, { maxDepth: 2 }).root.children[0]!.children[0]!
  t.match(deep, { section: '1.1', type: 'multipart/mixed', children: [] })
  t.equal(nested.slice(deep.bodyStart, deep.bodyEnd), '--b2\n\nx\n--b2--')

  const many = `${mixed}\n\n${'--b\n\nx\n'.repeat(5)}--b--\nepilogue`
  const parts = parse(many, { maxParts: 3 }).root.children
  t.same(
    parts.map((p) => p.type),
    ['text/plain', 'text/plain', 'application/octet-stream'],
  )
  t.equal(many.slice(parts[2]!.bodyStart, parts[2]!.bodyEnd), '\nx\n--b\n\nx\n--b\n\nx')
  t.equal(parse('Content-Type: message/rfc822\n\nA: b\n\n', { maxDepth: 0 }).root.message, null)

  const long = `A: ${'x'.repeat(50)}\nB: y\n\nbody`
  const message = parse(long, { maxHeaderBytes: 20 })
  t.same(
    message.headers.map((h) => h.raw),
    [` ${'x'.repeat(19)}`, ''],
  )
  t.equal(long.slice(message.headers[1]!.start, message.headers[1]!.end), 'B: y\n')
  t.equal(long.slice(message.root.bodyStart), 'body')
  t.equal(parse('a:\n'.repeat(9), { maxHeaderFields: 4 }).headers.length, 4)
  const twice = parse('Content-Type: message/rfc822\nB: 3456\n\nC: 34567\nD: 2\n\nx', {
    maxAllHeaderBytes: 36,
  })
  t.same(
    [...twice.headers, ...twice.root.message!.headers].map(({ name, raw }) => `${name}:${raw}`),
    ['Content-Type: message/rfc822', 'B: 3456', 'C: 3'],
    'names and values count, over all headers',
  )

  const named = `${mixed}\n\n${`--b\nContent-ID: <${'x'.repeat(400)}>\n\nx\n`.repeat(9)}--b--\n`
  const { children } = parse(named, { maxTreeBytes: 3_000 }).root
  t.ok(children.length > 2 && children.length < 6, 'what parts say of themselves is bounded too')
  t.equal(children.at(-1)!.type, 'application/octet-stream')
  t.end()
})

t.test('decodedSize is that of the decoded body', (t) => {
  const root = parse('Content-Transfer-Encoding: base64\n\naGVs\nbG8=\n').root
  t.equal(leaf(root).decodedSize, 5)
  t.equal(
    parse('Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64\n\n--b\n\nx').root
      .decodedSize,
    6,
  )
  t.end()
})
