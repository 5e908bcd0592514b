import { parseMessage, searchText } from '@tandem/mime'
import fc from 'fast-check'
import t from 'tap'
import { searchDocument } from '../../src/search/document.js'

const documentOf = (bytes: Uint8Array) => {
  const message = parseMessage(bytes)
  return searchDocument(message, searchText(bytes, message))
}

t.test('what is searched of a message', async (t) => {
  const document = documentOf(
    Buffer.from(
      [
        'From: "Doe, J\\"" <j.doe@example.org>',
        'To: Team: =?utf-8?q?J=C3=B6rg?= <joerg@example.net>, b@example.net;',
        'Subject: =?iso-8859-1?q?F=FCr?=',
        ' =?utf-8?b?w4lsYW4=?= folded',
        'X-Odd:',
        'Content-Type: multipart/mixed; boundary=x',
        '',
        '--x',
        'Content-Type: text/plain; charset=koi8-r',
        'Content-Transfer-Encoding: base64',
        '',
        '8NLJ18XU', // "Привет" in KOI8-R
        '--x',
        'Content-Type: message/rfc822',
        '',
        'Subject: Inner =?utf-8?q?th=C3=AAme?=',
        'Content-Type: text/html',
        'Content-Transfer-Encoding: quoted-printable',
        '',
        '<style>p {}</style><p title=3D"x">Caf=E9 &amp; <b>T</b>ea</p>',
        '--x',
        'Content-Type: application/pdf; name="Rechnung.pdf"',
        "Content-Disposition: attachment; filename*=utf-8''Bel%C3%A8g.pdf",
        'Content-Transfer-Encoding: base64',
        '',
        'c2VjcmV0',
        '--x--',
        '',
      ].join('\r\n'),
    ),
  )
  t.equal(
    document.envelope,
    [
      '',
      'from: doe, j" <j.doe@example.org>',
      'to: team',
      'to: jörg <joerg@example.net>',
      'to: <b@example.net>',
      'subject: fürélan folded',
    ].join('\n'),
  )
  const [own, parts] = document.header.split('\n\n')
  t.match(own, /\nsubject: fürélan folded\nx-odd: \n/)
  t.match(parts, /content-type: text\/plain; charset=koi8-r\n/, 'the headers of its parts')
  t.match(parts, /\nbelèg\.pdf$/)
  t.match(document.body, /^привет\ncafé & tea\n/)
  t.match(document.body, /\nsubject: inner thême\n/, 'the header of a message within it')
  t.notMatch(document.body, /secret|style|title/)
  t.match(document.people, /'doe':1A,\d+A .*'jorg':\d+B/)
  t.match(document.words, /'furelan':1A/)
  t.match(document.words, /'beleg':\d+C 'pdf':\d+C 'привет':\d+/)
})

t.test('of fields of one name the last is the one in the envelope', async (t) => {
  const names = ['From', 'To', 'Cc', 'Bcc', 'Subject']
  const fields = ['first', 'last'].flatMap((word) => names.map((name) => `${name}: ${word}-${name}`))
  const document = documentOf(Buffer.from([...fields, '', 'x'].join('\r\n')))
  t.equal(
    document.envelope,
    '\nfrom: <last-from>\nto: <last-to>\ncc: <last-cc>\nbcc: <last-bcc>\nsubject: last-subject',
  )
  t.notMatch(document.people + document.words, /first/)
  t.match(document.header, /\nfrom: first-from\n.*\nfrom: last-from\n/s, 'the header has them all')
})

t.test('a fold by TAB is a space, octets are in the charset of a body', async (t) => {
  const text =
    'Subject: one\r\n\ttwo \xbe\xc8\xb3\xe7\r\nX-A: b\r\n\tc\r\nContent-Type: text/plain; charset=euc-kr\r\n\r\na\tb'
  const document = documentOf(Buffer.from(text, 'latin1'))
  t.equal(document.envelope, '\nsubject: one two 안녕')
  t.match(document.header, /\nsubject: one two 안녕\nx-a: b c\n/)
  t.equal(document.body, 'a\tb', 'a body is as it is')
})

t.test('any bytes give a document without NUL', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), fc.boolean(), (body, isHeader) => {
      const head = isHeader ? 'Subject: ' : 'Content-Type: text/html; charset=utf-7\r\n\r\n'
      const bytes = Buffer.concat([Buffer.from(head), body])
      const document = documentOf(bytes)
      if (Object.values(document).some((text) => text.includes('\0'))) throw new Error('NUL')
      // One line for each.
      if (/\n[^\n]*\n[^a-z]/.test(document.envelope)) throw new Error(document.envelope)
    }),
  )
})
