// Any bytes at all: nothing throws, the tree holds together, the summary can be stored, the time is linear.
import fc from 'fast-check'
import t from 'tap'
import { asAddresses, asRaw, baseSubject, parseMessage, searchText, summarize } from '../src/index.js'
import { bytes, limits } from './soup.js'
import { checkTree } from './tree.js'

t.test('any bytes', (t) => {
  fc.assert(
    fc.property(bytes, limits, (message, limits) => {
      const parsed = parseMessage(message, limits)
      const wrong = checkTree(message, parsed)
      if (wrong) throw new Error(wrong)
      const summary = summarize(message, parsed)
      // What jsonb refuses: NUL and lone surrogates.
      if (/\\u0000|\\ud[89a-f]/.test(JSON.stringify(summary))) throw new Error('not storable')
      if (summary.preview.length > 256) throw new Error('preview')
      baseSubject(summary.subject ?? '')
      searchText(message, parsed, 100)
      for (const header of parsed.headers) asRaw(header.raw)
    }),
    { numRuns: 3000 },
  )
  t.end()
})

// Each unit repeated is some parser's worst case.
const worst: [before: string, unit: string | ((i: number) => string)][] = [
  ['Content-Type: multipart/mixed; boundary=b\n\n', '--b\n'],
  ['Content-Type: multipart/mixed; boundary=b\n\n', '--\n'],
  ['', 'Content-Type: message/rfc822\n\n'],
  [
    'Content-Type: multipart/x; boundary=b0\n\n',
    (i) => `--b${i}\nContent-Type: multipart/x; boundary=b${i + 1}\n\n`,
  ],
  ['', 'a:\n'],
  ['', 'x\n'],
  ['a: b\n\n', '\n'],
  ['To: ', '<'],
  ['To: ', 'a:'],
  ['To: a', '"\\'],
  ['To: ', '('],
  ['To: ', 'a.'],
  ['To: ', '=?a?q?'],
  ['Date: Mon', ' '],
  ['References: ', '<'],
  ['Subject: ', '=?utf-8?q?a?= '],
  ['Content-Type: a/b; ', ' ('],
  ['Content-Type: a/b; a="', '\\"'],
  ['Content-Type: a/b; ', (i) => `a*${i}=b; `],
  ['Content-Transfer-Encoding: quoted-printable\n\n', ' '],
  ['Content-Transfer-Encoding: quoted-printable\n\n', '= '],
  ['Subject: ', '[a]'],
  ['Subject: ', '[fwd:'],
]

function fill(before: string, unit: string | ((i: number) => string), size: number): Buffer {
  let text = before
  if (typeof unit === 'string') text += unit.repeat(Math.ceil(size / unit.length))
  else for (let i = 0; text.length < size; i++) text += unit(i)
  return Buffer.from(text, 'latin1')
}

t.test('time is linear', (t) => {
  const wide = { maxDepth: 500, maxParts: 100_000, maxTreeBytes: 1e9, maxHeaderBytes: 4 << 20 }
  for (const [begin, unit] of worst) {
    const message = fill(begin, unit, 1 << 20)
    const before = process.cpuUsage()
    const parsed = parseMessage(message, wide)
    baseSubject(summarize(message, parsed).subject ?? '')
    // A summary stops after so many addresses; a property of JMAP does not.
    for (const { name, raw } of parsed.headers) if (name === 'To') asAddresses(raw)
    const { user, system } = process.cpuUsage(before)
    const spent = (user + system) / 1000
    // Quadratic would be minutes; linear is below a second.
    t.ok(
      spent < 10_000,
      `${begin.trim()} … ${typeof unit === 'string' ? JSON.stringify(unit) : 'nested'}: ${Math.round(spent)} ms`,
    )
  }
  t.end()
})
