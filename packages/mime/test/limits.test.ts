// Messages far beyond anything real: what they take, and that the default limits hold.
import t from 'tap'
import type { Part, Summarized, SummarizerLimits } from '../src/index.js'
import { createSummarizer } from '../src/index.js'
import { chunked, figures, type Measured, measure, repeated } from './measure.js'

const MB = 1e6
const none: Required<Omit<SummarizerLimits, 'searchBytes'>> = {
  maxDepth: 1e9,
  maxParts: 1e9,
  maxTreeBytes: 1e9,
  maxHeaderBytes: 1e9,
  maxAllHeaderBytes: 1e9,
  maxHeaderFields: 1e9,
}

function* all(...texts: Iterable<string>[]): Generator<string> {
  for (const each of texts) yield* each
}

function summarized(texts: () => Iterable<string>, limits: SummarizerLimits = {}): Measured<Summarized> {
  return measure(
    () => createSummarizer(limits),
    () => chunked(texts()),
  )
}

function count(part: Part): { parts: number; depth: number } {
  const inner = part.message ? [part.message] : part.children
  let parts = 1
  let depth = 0
  for (const child of inner) {
    const counted = count(child)
    parts += counted.parts
    depth = Math.max(depth, counted.depth + 1)
  }
  return { parts, depth }
}

const multiparts = (deep: number) =>
  all(
    ['Content-Type: multipart/mixed; boundary=b0\r\n\r\n'],
    repeated(deep, (i) => `--b${i}\r\nContent-Type: multipart/mixed; boundary=b${i + 1}\r\n\r\n`),
    [`--b${deep}\r\n\r\nin the middle\r\n`],
    repeated(deep + 1, (i) => `--b${deep - i}--\r\n`),
  )
const messages = (deep: number) =>
  all(
    repeated(deep, (i) => `Subject: ${i}\r\nContent-Type: message/rfc822\r\n\r\n`),
    ['Subject: last\r\n\r\nin the middle\r\n'],
  )
const parts = (many: number) =>
  all(
    ['Content-Type: multipart/mixed; boundary=b\r\n\r\n'],
    repeated(many, (i) => `--b\r\nContent-Type: text/plain; name=n${i}\r\n\r\ntext ${i}\r\n`),
    ['--b--\r\n'],
  )
const header = (begin: string, fields: (i: number) => string, bytes: number) =>
  all([`Subject: first\r\n${begin}`], repeated(Math.ceil(bytes / fields(0).length), fields), [
    '\r\nSubject: last\r\n\r\nbody',
  ])

t.test('1,000 deep', (t) => {
  for (const [name, message] of [
    ['multiparts', multiparts],
    ['messages', messages],
  ] as const) {
    const bounded = summarized(() => message(1000))
    t.comment(`${name}, 1,000 deep, default limits: ${figures(bounded)}`)
    t.same(count(bounded.result.message.root), { parts: 101, depth: 100 }, `${name}: the default is 100`)
    t.ok(bounded.peakBytes < 8 * MB)
    const whole = summarized(() => message(1000), none)
    t.comment(`${name}, 1,000 deep, no limits: ${figures(whole)}`)
    t.equal(
      count(whole.result.message.root).depth,
      name === 'messages' ? 1000 : 1001,
      `${name}: the whole tree`,
    )
    t.ok(whole.peakBytes < 64 * MB)
    t.ok(whole.ms < 10_000)
  }
  t.end()
})

t.test('100,000 parts', (t) => {
  const bounded = summarized(() => parts(100_000))
  t.comment(`100,000 parts, default limits: ${figures(bounded)}`)
  const { root, size } = bounded.result.message
  t.ok(root.children.length <= 2001 && root.children.length > 1500, `${root.children.length} are listed`)
  const rest = root.children.at(-1)!
  t.equal(rest.type, 'application/octet-stream', 'the last one takes the rest')
  t.equal(rest.bodyEnd, size - '\r\n--b--\r\n'.length)
  t.ok(bounded.peakBytes < 16 * MB)

  const whole = summarized(() => parts(100_000), none)
  t.comment(`100,000 parts, no limits: ${figures(whole)}`)
  t.equal(whole.result.message.root.children.length, 100_000)
  t.equal(whole.result.message.root.children.at(-1)!.section, '100000')
  t.ok(whole.peakBytes < 512 * MB)
  t.ok(whole.ms < 20_000)
  t.end()
})

t.test('10 MB of headers', (t) => {
  const cases: [name: string, begin: string, fields: (i: number) => string][] = [
    [
      'fields of 70 bytes',
      'A: b',
      (i) => Array.from({ length: 100 }, (_, j) => `\r\nX-Field-${i}-${j}: ${'x'.repeat(55)}`).join(''),
    ],
    ['fields of 4 bytes', 'A: b', () => '\r\na:'.repeat(1000)],
    ['one folded field', 'A: b', () => `\r\n ${'x'.repeat(70)}`.repeat(100)],
    ['names of 900 bytes', 'A: b', () => `\r\n${'n'.repeat(900)}:`],
    ['one line', 'A: b', () => 'x'.repeat(10_000)],
  ]
  for (const [name, begin, fields] of cases) {
    const bounded = summarized(() => header(begin, fields, 10 * MB))
    t.comment(`10 MB of headers, ${name}, default limits: ${figures(bounded)}`)
    const { message, summary } = bounded.result
    t.equal(message.root.bodyEnd - message.root.bodyStart, 4, `${name}: the body is found`)
    t.ok(message.headers.length <= 50_000, `${name}: ${message.headers.length} fields are listed`)
    t.equal(summary.envelope.subject, summary.subject, 'the last that is listed')
    t.ok(bounded.peakBytes < 24 * MB)
  }
  const [name, begin, fields] = cases[0]!
  const whole = summarized(() => header(begin, fields, 10 * MB), none)
  t.comment(`10 MB of headers, ${name}, no limits: ${figures(whole)}`)
  t.equal(whole.result.summary.subject, 'last', 'all of it can be read')
  t.ok(whole.ms < 20_000)
  t.end()
})

t.test('40 MB in chunks of 64 KiB', (t) => {
  const bodies: [name: string, header: string, line: string][] = [
    ['base64', 'Content-Transfer-Encoding: base64\r\n', `${'QUJD'.repeat(19)}\r\n`],
    [
      'quoted-printable',
      'Content-Transfer-Encoding: quoted-printable\r\n',
      `${'=C3=A4 text '.repeat(6)}=\r\n`,
    ],
    ['8-bit html', 'Content-Type: text/html; charset=utf-8\r\n', `<p>${'w\xc3\xb6rds '.repeat(12)}</p>\r\n`],
    ['one line of dashes', '', '-'.repeat(100)],
  ]
  for (const [name, fields, line] of bodies) {
    const block = line.repeat(1000)
    const many = Math.ceil((40 * 1024 * 1024) / block.length)
    const begin =
      'Subject: big\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhello\r\n--b\r\n'
    const texts = () =>
      all(
        [begin, fields, '\r\n'],
        repeated(many, () => block),
        ['\r\n--b--\r\n'],
      )
    const streamed = summarized(texts, { searchBytes: 1024 * 1024 })
    t.comment(`40 MB, ${name}: ${figures(streamed)}`)
    const { message, summary, searchText } = streamed.result
    t.equal(message.root.children[1]!.bodyEnd, message.size - '\r\n--b--\r\n'.length)
    t.equal(summary.preview, 'hello')
    t.ok(searchText.startsWith('hello') && searchText.length < 1024 * 1024 + 10)
    t.ok(streamed.peakBytes < 16 * MB, `${name}: the body is not kept`)
  }
  t.end()
})
