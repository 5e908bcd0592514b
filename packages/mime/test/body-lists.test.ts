import t from 'tap'
import type { SummaryPart } from '../src/index.js'
import {
  bodyLists,
  declaredType,
  hasAttachment,
  parseMessage,
  partName,
  presentedType,
  summarize,
} from '../src/index.js'

/** A part from 'type; name [disposition]'; a multipart from [subtype, ...parts]. */
type Spec = string | [string, ...Spec[]]
let boundaries = 0
function build(spec: Spec): string {
  if (typeof spec === 'string') {
    const [type, disposition] = spec.split('|')
    return `Content-Type: ${type}\n${disposition ? `Content-Disposition: ${disposition}\n` : ''}\nx`
  }
  const [subtype, ...parts] = spec
  const boundary = `b${boundaries++}`
  const body = parts.map((part) => `--${boundary}\n${build(part)}\n`).join('')
  return `Content-Type: multipart/${subtype}; boundary=${boundary}\n\n${body}--${boundary}--`
}
const parse = (spec: Spec) => Buffer.from(build(spec))
const lists = (root: SummaryPart) => {
  const { textBody, htmlBody, attachments } = bodyLists<SummaryPart>(root)
  return [textBody, htmlBody, attachments].map((list) => list.map((part) => part.section).join(' '))
}

t.test('bodyLists: RFC 8621 §4.1.4', (t) => {
  const cases: [name: string, spec: Spec, text: string, html: string, attachments: string][] = [
    [
      'the example of the RFC',
      [
        'mixed',
        'text/plain|inline', // 1 A
        [
          'mixed',
          [
            'alternative', // 2.1
            ['mixed', 'text/plain|inline', 'image/jpeg|inline', 'text/plain|inline'], // B C D
            ['related', 'text/html', 'image/jpeg'],
          ], // E F
          'image/jpeg|attachment',
          'application/x-excel',
          'message/rfc822',
        ], // G H J
        'text/plain|inline',
      ], // K
      '1 2.1.1.1 2.1.1.2 2.1.1.3 3',
      '1 2.1.2.1 3',
      '2.1.1.2 2.1.2.2 2.2 2.3 2.4',
    ],
    ['a plain message', 'text/plain', '', '', ''],
    ['an alternative with one kind only', ['alternative', 'text/html'], '1', '1', ''],
    ['an alternative with both', ['alternative', 'text/plain', 'text/html'], '1', '2', ''],
    ['other kinds of an alternative', ['alternative', 'text/plain', 'text/calendar'], '1', '1', '2'],
    [
      'a named text that is not first',
      ['mixed', 'text/plain; name=a', 'text/plain; name=b', 'text/plain'],
      '1 3',
      '1 3',
      '2',
    ],
    [
      'an alternative in an alternative',
      ['alternative', ['mixed', 'text/plain', ['alternative', 'text/html']], 'text/html'],
      '1.1',
      '2',
      '1.2.1',
    ],
    ['images in the body', ['mixed', 'text/plain', 'image/png'], '1 2', '1 2', ''],
  ]
  for (const [name, spec, ...expected] of cases) {
    const bytes = parse(spec)
    const message = parseMessage(bytes)
    t.same(lists(message.root), expected, name)
    t.same(lists(summarize(bytes, message).structure), expected, `${name}: of a summary`)
  }
  t.equal(bodyLists(parseMessage(parse('text/plain')).root).textBody.length, 1)
  t.equal(bodyLists(parseMessage(parse('application/pdf')).root).attachments.length, 1)
  t.equal(
    bodyLists(parseMessage(parse(['mixed'])).root).textBody.length,
    1,
    'a multipart without parts is text',
  )
  t.end()
})

t.test('hasAttachment', (t) => {
  const cases: [spec: Spec, expected: boolean][] = [
    ['text/plain', false],
    ['application/pdf', true],
    [['mixed', 'text/plain', 'application/pdf|attachment'], true],
    [['mixed', 'text/plain', 'application/pdf|inline'], false],
    [['mixed', 'text/plain', 'text/plain|attachment'], true],
    [['related', 'text/html', 'image/png\nContent-ID: <a@b>'], false],
    [['related', 'text/html', 'image/png'], true],
    [['signed', 'text/plain', 'application/pgp-signature'], false],
    [['signed', 'text/plain', 'application/pkcs7-signature; name=smime.p7s|attachment'], false],
    [['signed', ['mixed', 'text/plain', 'text/plain'], 'application/x-pkcs7-signature|attachment'], false],
    [['signed', ['mixed', 'text/plain', 'application/pdf'], 'application/pgp-signature'], true],
    ['application/pkcs7-mime', true],
  ]
  for (const [spec, expected] of cases) {
    t.equal(hasAttachment(parseMessage(parse(spec)).root), expected, JSON.stringify(spec))
  }
  t.end()
})

t.test('presentedType, declaredType and partName', (t) => {
  const root = (spec: Spec) => parseMessage(parse(spec)).root
  t.equal(presentedType(root(['mixed', 'text/plain'])), 'multipart/mixed')
  t.equal(presentedType(root('multipart/mixed')), 'text/plain')
  t.equal(presentedType(root('message/rfc822')), 'message/rfc822')
  t.equal(presentedType({ ...root('message/rfc822'), message: null }), 'application/octet-stream')
  t.equal(declaredType({ ...root('message/rfc822'), message: null }), 'message/rfc822')
  t.equal(declaredType(root('multipart/mixed')), 'text/plain')
  t.equal(partName(root('a/b; name="=?utf-8?q?=C3=A4?="')), 'ä')
  t.equal(partName(root('a/b; name=x|inline; filename=y')), 'y')
  t.equal(partName(root('a/b')), null)
  t.end()
})
