import { asAddresses, asText, decodeBody, MAX_LINE, type Part, parseMessage, partName } from '@tandem/mime'
import fc from 'fast-check'
import t from 'tap'
import { formFor } from '../../../src/outbox/forms/form.js'
import { wholeOf } from '../../../src/outbox/message.js'
import { messageFrom } from '../../support/message.js'

const HOSTS = {
  utf8: { utf8: true, eightBit: true },
  '8bit': { utf8: false, eightBit: true },
  '7bit': { utf8: false, eightBit: false },
}
type Host = keyof typeof HOSTS

/** `text` is UTF-8. The form as latin1, or what stands in the way. */
async function form(text: string, host: Host, piece?: number): Promise<string> {
  const made = await formFor(await messageFrom(Buffer.from(text), piece), HOSTS[host])
  return typeof made === 'string' ? made : Buffer.from(await wholeOf(made)).toString('latin1')
}

/** What a reader sees of it, whatever its encodings. */
function seen(latin1: string) {
  const bytes = Buffer.from(latin1, 'latin1')
  const { headers, root } = parseMessage(bytes)
  const text = (part: Part): unknown => [
    part.type,
    partName(part),
    part.children.length > 0 || part.message
      ? [...part.children, ...(part.message ? [part.message] : [])].map(text)
      : Buffer.from(decodeBody(bytes, part).bytes).toString('latin1'),
  ]
  const one = (name: string) => headers.find((field) => field.name.toLowerCase() === name)?.raw ?? ''
  return { subject: asText(one('subject')), from: asAddresses(one('from')), parts: text(root) }
}

const asSeen = (text: string) => seen(Buffer.from(text).toString('latin1'))
const longest = (text: string) => Math.max(...text.split('\r\n').map((line) => line.length))

const multipart = (parts: string[], type = 'multipart/mixed') =>
  `MIME-Version: 1.0\r\nContent-Type: ${type}; boundary=b\r\nContent-Transfer-Encoding: 8bit\r\n\r\n${parts
    .map((part) => `--b\r\n${part}\r\n`)
    .join('')}--b--\r\n`
const TEXT = 'Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n'

t.test('what a host takes as it is stays as it is', async (t) => {
  const plain = 'From: a@b.c\r\nSubject: x\r\n\r\nhi\r\n'
  for (const host of Object.keys(HOSTS) as Host[]) t.equal(await form(plain, host), plain)
  const umlauts = `From: Jörg <a@b.c>\r\nSubject: ü\r\n${TEXT}ä\r\n`
  t.equal(await form(umlauts, 'utf8'), Buffer.from(umlauts).toString('latin1'))
})

t.test('RFC 6531 §3.2: without SMTPUTF8, a header is encoded, and reads the same', async (t) => {
  const header = [
    'From: Jörg <a@bücher.example>',
    'To: g: Ünal <b@c.d>, c@d.e;, "Ö, P" <d@e.f> (ä)',
    'Subject: Grüße aus Köln, and more =?utf-8?q?=C3=BC?= ü',
    `X-Long: ${'ü '.repeat(400)}`,
    'References: <a@b> <ü@b>',
    'Content-Type: text/plain; charset=utf-8; name="über uns.txt"',
  ].join('\r\n')
  const text = `${header}\r\nContent-Transfer-Encoding: 8bit\r\n\r\nä\r\n`
  const made = await form(text, '8bit')
  t.notMatch(made.slice(0, made.indexOf('\r\n\r\n')), /[^\x00-\x7f]/)
  t.ok(longest(made) <= MAX_LINE)
  t.strictSame(seen(made), { ...asSeen(text), from: [{ name: 'Jörg', email: 'a@xn--bcher-kva.example' }] })
  const name = 'Übersicht der vielen langen Namen, die es gibt – 2026.txt'
  const parts = `From: a@b.c\r\n${multipart([
    `Content-Type: text/plain\r\nContent-Disposition: attachment; filename="${name}"\r\n\r\nx`,
    'Content-Type: message/rfc822\r\n\r\nSubject: Ü\r\n\r\ny',
  ])}`
  const ascii = await form(parts, '8bit')
  t.notMatch(ascii, /[^\x00-\x7f]/)
  t.strictSame(seen(ascii), asSeen(parts))
  t.match(ascii, /filename\*0\*=utf-8''/)
})

t.test('only a local part beyond ASCII has no other form', async (t) => {
  t.equal(await form('From: a@b.c\r\nTo: jörg@b.c\r\n\r\nx', '8bit'), 'utf8')
  const within = multipart(['Content-Type: message/rfc822\r\n\r\nTo: ö@b.c\r\n\r\ny'])
  t.equal(await form(`From: a@b.c\r\n${within}`, '8bit'), 'utf8')
  t.match(await form('From: a@b.c\r\nTo: ö <a@bü.de>\r\n\r\nx', '8bit'), /<a@xn--b-eha.de>/)
})

t.test('RFC 6152 §3: without 8BITMIME, each part is encoded by itself', async (t) => {
  const text = `From: a@b.c\r\n${multipart([
    `${TEXT}Grüße = ü \r\n.\r\n`,
    `Content-Type: application/x-y\r\nContent-Transfer-Encoding: 8bit\r\n\r\n${'ü'.repeat(300)}`,
    `Content-Type: message/rfc822\r\nContent-Transfer-Encoding: 8bit\r\n\r\nFrom: x@y.z\r\n${TEXT}ä`,
    'Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\nYQ==',
  ])}`
  for (const piece of [1, 7, 100_000]) {
    const made = await form(text, '7bit', piece)
    t.notMatch(made, /[^\x00-\x7f]|8bit/)
    t.strictSame(seen(made), asSeen(text))
    t.match(made, /\r\nGr=C3=BC=C3=9Fe =3D =C3=BC=20\r\n\.\r\n/)
    t.match(made, /Content-Transfer-Encoding: base64\r\n\r\nYQ==\r\n/)
  }
  const bare = await form('From: a@b.c\r\n\r\nü\r\n', '7bit')
  t.match(bare, /^MIME-Version: 1\.0\r\nContent-Type: text\/plain; charset=utf-8\r\n/)
  const latin1 = await formFor(await messageFrom('From: a@b.c\r\n\r\n\xfc\r\n'), HOSTS['7bit'])
  t.match(typeof latin1 === 'string' ? latin1 : Buffer.from(latin1.header).toString(), /charset=unknown-8bit/)
})

// RFC 1847 §2.1
t.test('what is signed is altered by nobody', async (t) => {
  const signed = (part: string) => {
    const parts = [part, 'Content-Type: application/pgp-signature\r\n\r\nx']
    return `From: a@b.c\r\nSubject: x\r\n${multipart(parts, 'multipart/signed')}`
  }
  t.equal(await form(signed(`${TEXT}ü`), '7bit'), 'signed')
  const long = signed(`Content-Type: text/plain\r\n\r\n${'x'.repeat(2000)}`)
  const made = await form(long, '7bit')
  t.equal(made.slice(made.indexOf('\r\n\r\n--b')), long.slice(long.indexOf('\r\n\r\n--b')))
})

t.test('RFC 5321 §4.5.3.1.6: no line is too long for any host', async (t) => {
  const long = 'x'.repeat(3000)
  const quoted = 'Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
  const bodies = [
    `${TEXT}${long}\r\nü ${long}\r\n`,
    `Content-Type: text/html\r\n\r\n<p>${long}</p>`,
    `Content-Type: application/pdf\r\n\r\n${long}\r\n`,
    `Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n${'QUJD'.repeat(900)}\r\n`,
    `${quoted}${'a=3D '.repeat(900)}=\r\nb\r\n`,
  ]
  for (const body of [...bodies, multipart(bodies)]) {
    const text = `From: a@b.c\r\nSubject: x\r\n${body}`
    for (const host of Object.keys(HOSTS) as Host[]) {
      const made = await form(text, host, 1000)
      t.ok(longest(made) <= MAX_LINE, `${longest(made)} octets`)
      t.strictSame(seen(made), asSeen(text))
    }
  }
})

t.test('whatever a message is, its form is one that the host takes, and reads the same', async () => {
  const words = ['a', 'ü', ' ', '=', '\r\n', '.\r\n', '--b\r\n', '\t\r\n', 'x'.repeat(1001), '€']
  const text = fc.array(fc.constantFrom(...words), { maxLength: 12 }).map((some) => some.join(''))
  const head = fc.constantFrom(
    ...[TEXT, '\r\n', 'Content-Type: text/html\r\n\r\n', 'Content-Type: image/png\r\n\r\n'],
    ...['Content-Type: text/plain; name=ü\r\nContent-Description: ü\r\n\r\n'],
  )
  const part = fc.tuple(head, text).map((both) => both.join(''))
  const body = fc.oneof(
    part,
    fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => multipart(parts)),
  )
  const host = fc.constantFrom<Host>('utf8', '8bit', '7bit')
  await fc.assert(
    fc.asyncProperty(body, host, fc.constantFrom(7, 100, 4000), async (rest, to, piece) => {
      const source = `From: a@b.c\r\nSubject: ü\r\n${rest}`
      const made = await form(source, to, piece)
      const isFit = to !== '7bit' || !/[^\x00-\x7f]/.test(made)
      return isFit && JSON.stringify(seen(made)) === JSON.stringify(asSeen(source))
    }),
    { numRuns: 150 },
  )
})
