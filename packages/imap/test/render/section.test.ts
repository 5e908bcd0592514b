import t from 'tap'
import {
  cut,
  locate,
  pickFields,
  renderSection,
  type Section,
  type SectionText,
} from '../../src/render/section.js'
import { COMPLEX, PLAIN, summaryOf, wire } from './messages.js'

/** `3.HEADER` as a section. */
function section(text: string, ...fields: string[]): Section {
  const match = /^([\d.]*?)\.?([A-Z.]*)$/.exec(text)!
  const path = match[1] ? match[1].split('.').map(Number) : []
  return { path, text: (match[2] || null) as SectionText | null, fields }
}

function content(message: Buffer, spec: string): string | null {
  const extent = locate(summaryOf(message).structure, message.length, section(spec))
  return extent && message.toString('latin1', extent.start, extent.end)
}

t.test('sections of the complex message of RFC 3501 §6.4.5', async (t) => {
  const inner3 = COMPLEX.toString('latin1')
    .split('Content-Type: message/rfc822\r\n\r\n')[1]!
    .split('\r\n--A\r\n')[0]!
  const cases: [spec: string, expected: string | null][] = [
    ['', COMPLEX.toString('latin1')],
    ['HEADER', COMPLEX.toString('latin1').split('preamble')[0]!],
    ['TEXT', COMPLEX.toString('latin1').slice(COMPLEX.indexOf('preamble'))],
    ['1', 'part 1'],
    ['1.MIME', '\r\n'],
    ['2', 'AAEC'],
    ['3', inner3],
    ['3.MIME', 'Content-Type: message/rfc822\r\n\r\n'],
    ['3.HEADER', 'Subject: inner 3\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n'],
    ['3.TEXT', inner3.slice(inner3.indexOf('--B'))],
    ['3.1', 'part 3.1'],
    ['3.2', 'part 3.2'],
    ['3.2.MIME', 'Content-Type: application/octet-stream\r\n\r\n'],
    ['4.1', 'GIF'],
    ['4.2.HEADER', 'Subject: inner 4.2\r\n\r\n'],
    ['4.2.TEXT', 'plain inner body\r\n'],
    ['4.2.1', 'plain inner body\r\n'],
    ['4.2.1.MIME', 'Subject: inner 4.2\r\n\r\n'],
    // There are none such.
    ['5', null],
    ['1.1', null],
    ['4.2.2', null],
    ['1.HEADER', null],
    ['4.TEXT', null],
    ['9.9.9.MIME', null],
  ]
  for (const [spec, expected] of cases) t.equal(content(COMPLEX, spec), expected, `[${spec}]`)
})

t.test('a message without parts has a part 1', async (t) => {
  t.equal(content(PLAIN, '1'), 'Hello\r\nyou\r\n')
  t.equal(content(PLAIN, '1.MIME'), 'Subject: hi\r\nFrom: a@b\r\n\r\n')
  t.equal(content(PLAIN, '2'), null)
  t.equal(content(PLAIN, '1.1'), null)
})

t.test('a message that is a message', async (t) => {
  const message = wire('Content-Type: message/rfc822', '', 'Subject: in', '', 'body')
  t.equal(content(message, '1'), 'Subject: in\r\n\r\nbody')
  t.equal(content(message, '1.HEADER'), 'Subject: in\r\n\r\n')
  t.equal(content(message, '1.1'), 'body')
})

t.test('header fields: those asked for in any case, and the blank line where there is one', async (t) => {
  const header = wire('Subject: a', ' folded', 'X-One: 1', 'subject: b', 'From: c', '', '')
  const cases: [text: SectionText, fields: string[], expected: string][] = [
    ['HEADER.FIELDS', ['SUBJECT'], 'Subject: a\r\n folded\r\nsubject: b\r\n\r\n'],
    ['HEADER.FIELDS', ['From', 'X-One'], 'X-One: 1\r\nFrom: c\r\n\r\n'],
    ['HEADER.FIELDS', ['Sub'], '\r\n'],
    ['HEADER.FIELDS.NOT', ['Subject'], 'X-One: 1\r\nFrom: c\r\n\r\n'],
    ['HEADER.FIELDS.NOT', ['Nothing'], header.toString()],
  ]
  for (const [text, fields, expected] of cases) {
    t.equal(pickFields(header, { text, fields }).toString(), expected, `${text} ${fields}`)
  }
  const odd: [header: string, expected: string][] = [
    ['Subject: a', 'Subject: a'],
    ['Subject: a\r\n', 'Subject: a\r\n'],
    ['Subject: a\n\n', 'Subject: a\n\n'],
    ['X: y\n\n', '\n'],
    ['\r\n', '\r\n'],
    ['', ''],
  ]
  for (const [text, expected] of odd) {
    const picked = pickFields(Buffer.from(text), { text: 'HEADER.FIELDS', fields: ['subject'] })
    t.equal(picked.toString(), expected, JSON.stringify(text))
  }
})

t.test('partials: cut at the end, empty beyond it', async (t) => {
  const extent = { start: 100, end: 110 }
  const cases: [offset: number, length: number, expected: [number, number]][] = [
    [0, 4, [100, 104]],
    [0, 2048, [100, 110]],
    [8, 4, [108, 110]],
    [10, 1, [110, 110]],
    [4294967295, 4294967295, [110, 110]],
  ]
  for (const [offset, length, [start, end]] of cases) t.same(cut(extent, { offset, length }), { start, end })
  t.same(cut(extent, null), extent)
})

t.test('the response repeats the section', async (t) => {
  const cases: [Section, string][] = [
    [section(''), ''],
    [section('1.2.MIME'), '1.2.MIME'],
    [section('HEADER.FIELDS', 'Date', 'odd name'), 'HEADER.FIELDS (Date "odd name")'],
    [section('3.HEADER.FIELDS.NOT', 'To'), '3.HEADER.FIELDS.NOT (To)'],
  ]
  for (const [spec, text] of cases) t.equal(renderSection(spec), text)
})
