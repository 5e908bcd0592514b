import t from 'tap'
import { renderBodyStructure } from '../../src/render/body-structure.js'
import { COMPLEX, PLAIN, summaryOf, wire } from './messages.js'

const render = (bytes: Buffer, extended = true, rev2 = false) =>
  renderBodyStructure(summaryOf(bytes).structure, { extended, rev2 })

t.test('a text message', async (t) => {
  const basic = '("TEXT" "PLAIN" NIL NIL NIL "7BIT" 12 2'
  t.equal(render(PLAIN, false), `${basic})`)
  t.equal(render(PLAIN), `${basic} NIL NIL NIL NIL)`)
})

t.test('parameters, also those that are not US-ASCII', async (t) => {
  const message = wire(
    'Content-Type: text/html; charset="utf-8"; name="a \\"b\\""',
    "Content-Disposition: attachment; filename*=utf-8''na%C3%AFve%20%28x%29.html",
    'Content-Transfer-Encoding: quoted-printable',
    '',
    'x',
  )
  t.equal(
    render(message),
    '("TEXT" "HTML" ("CHARSET" "utf-8" "NAME" "a \\"b\\"") NIL NIL "QUOTED-PRINTABLE" 1 1' +
      ' NIL ("ATTACHMENT" ("FILENAME*" "utf-8\'\'na%C3%AFve%20%28x%29.html")) NIL NIL)',
  )
})

t.test('multiparts, messages in messages, and all the extension data', async (t) => {
  const nil = 'NIL NIL NIL NIL'
  const text = (octets: number, lines: number) =>
    `("TEXT" "PLAIN" NIL NIL NIL "7BIT" ${octets} ${lines} ${nil})`
  const envelope = (subject: string) => `(NIL "${subject}" NIL NIL NIL NIL NIL NIL NIL NIL)`
  const inner3 =
    `(${text(8, 1)}("APPLICATION" "OCTET-STREAM" NIL NIL NIL "7BIT" 8 ${nil})` +
    ' "MIXED" ("BOUNDARY" "B") NIL NIL NIL)'
  const start = COMPLEX.indexOf('Subject: inner 3')
  const length3 = COMPLEX.indexOf('\r\n--A\r\nContent-Type: multipart/mixed; boundary=C') - start
  t.equal(
    render(COMPLEX),
    `(${text(6, 1)}` +
      '("APPLICATION" "OCTET-STREAM" ("NAME" "x.bin") "<id2@x>" "some bytes" "BASE64" 4' +
      ' NIL ("ATTACHMENT" ("FILENAME" "x.bin")) NIL NIL)' +
      `("MESSAGE" "RFC822" NIL NIL NIL "7BIT" ${length3} ${envelope('inner 3')} ${inner3} 11 ${nil})` +
      '(("IMAGE" "GIF" NIL NIL NIL "7BIT" 3 "Q2hlY2s=" NIL ("de" "en") "http://x/y.gif")' +
      `("MESSAGE" "RFC822" NIL NIL NIL "7BIT" 40 ${envelope('inner 4.2')} ${text(18, 1)} 3 ${nil})` +
      ' "MIXED" ("BOUNDARY" "C") NIL NIL NIL)' +
      ' "MIXED" ("BOUNDARY" "A") NIL NIL NIL)',
  )
})

t.test('BODY has no extension data (RFC 3501 §7.4.2)', async (t) => {
  const body = render(COMPLEX, false)
  t.notMatch(body, 'BOUNDARY')
  t.notMatch(body, 'ATTACHMENT')
  t.match(body, '"MIXED")')
})

t.test('what BODYSTRUCTURE cannot express is shown as what it can', async (t) => {
  const multipart = wire('Content-Type: multipart/mixed; boundary=none', '', 'no parts here')
  t.equal(render(multipart), '("TEXT" "PLAIN" NIL NIL NIL "7BIT" 13 1 NIL NIL NIL NIL)')
  const encoded = wire(
    'Content-Type: message/rfc822',
    'Content-Transfer-Encoding: base64',
    '',
    'U3ViamVjdDogeA==',
  )
  t.match(render(encoded), /^\("APPLICATION" "OCTET-STREAM" NIL NIL NIL "BASE64" 16 /)
  const single = wire('Content-Language: de', '', 'x')
  t.match(render(single), 'NIL NIL "de" NIL)')
})

t.test('message/global is a basic part in IMAP4rev1, a message in IMAP4rev2 (RFC 9755 §6)', async (t) => {
  const global = wire('Content-Type: message/global', '', 'Subject: x', '', 'y')
  t.equal(render(global), '("MESSAGE" "GLOBAL" NIL NIL NIL "7BIT" 15 NIL NIL NIL NIL)')
  const content = '(NIL "x" NIL NIL NIL NIL NIL NIL NIL NIL) ("TEXT" "PLAIN" NIL NIL NIL "7BIT" 1 1) 3'
  t.equal(render(global, false, true), `("MESSAGE" "GLOBAL" NIL NIL NIL "7BIT" 15 ${content})`)
})

t.test(
  'parameters that are not US-ASCII: RFC 2231 again, or UTF-8 for IMAP4rev2 (RFC 9051 §7.5.2)',
  async (t) => {
    const bytes = wire(
      'Content-Type: application/x-a; name="plain"; foo*0*=utf-8\'\'na%C3%AF; foo*1*=ve',
      'Content-Disposition: attachment; filename*0="long"; filename*1="er"',
      '',
      'x',
    )
    const ve = Buffer.from('naïve').toString('latin1')
    t.match(render(bytes), `("NAME" "plain" "FOO*" "utf-8''na%C3%AFve")`)
    t.match(render(bytes, true, true), `("NAME" "plain" "FOO*" {6}\r\n${ve})`)
    for (const rev2 of [false, true])
      t.match(render(bytes, true, rev2), '("ATTACHMENT" ("FILENAME" "longer"))')
  },
)
