// What is stored of a message stays small, whatever it says of itself.
import t from 'tap'
import { parseMessage, summarize } from '../src/index.js'

const summary = (text: string) => {
  const bytes = Buffer.from(text, 'latin1')
  return summarize(bytes, parseMessage(bytes))
}
const jsonBytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value))
const maxJson = 2 * 1024 * 1024

const mixed = 'Content-Type: multipart/mixed; boundary=b\n\n'
const list = (count: number, item: (i: number) => string, between = ',\n ') =>
  Array.from({ length: count }, (_, i) => item(i)).join(between)
const addressFields = ['From', 'Sender', 'Reply-To', 'To', 'Cc', 'Bcc']
/** One byte here, six in JSON. */
const control = '\x01'

const hostile: [name: string, text: string][] = [
  ['parts', mixed + '--b\n\n\n'.repeat(200_000)],
  [
    'parts with long names',
    mixed + `--b\nContent-Type: a/b; name="${control.repeat(1500)}"\n\n`.repeat(3000),
  ],
  [
    'parts with many parameters',
    mixed + `--b\nContent-Type: a/b${list(3000, (i) => `;p${i}=x`, '')}\n\n`.repeat(50),
  ],
  [
    'parts with every field',
    mixed +
      `--b\n${list(1, () => ['ID', 'Description', 'MD5', 'Location', 'Language', 'Disposition', 'Transfer-Encoding'].map((name) => `Content-${name}: ${`${control},`.repeat(4000)}\n`).join(''))}\n`.repeat(
        100,
      ),
  ],
  [
    'nested multiparts',
    list(100, (i) => `Content-Type: multipart/x; boundary=b${i}\n\n--b${i}\n`, '') +
      list(5000, (i) => `--b${i % 100}\n\n`, ''),
  ],
  [
    'every part nested deep',
    list(98, (i) => `Content-Type: multipart/x; boundary=b${i}\n\n--b${i}\n`, '') +
      '\n--b97\n\n'.repeat(20_000),
  ],
  ...addressFields.map((name): [string, string] => [
    `addresses in ${name}`,
    `${name}: ${list(90_000, (i) => `a${i}@b`)}\n\n`,
  ]),
  [
    'addresses everywhere',
    `${addressFields.map((name) => `${name}: ${list(5000, (i) => `"N ${i}" <a${i}@example.com>`)}\n`).join('')}\n`,
  ],
  [
    'addresses with long names',
    `${addressFields.map((name) => `${name}: ${list(100, () => `"${control.repeat(1500)}" <a@b>`)}\n`).join('')}\n`,
  ],
  ['many fields To', `${'To: a@b, g:\n'.repeat(40_000)}\n`],
  ['groups', `To: ${'g:;'.repeat(100_000)}\n\n`],
  [
    'message ids',
    `${['References', 'In-Reply-To', 'Message-ID'].map((name) => `${name}: ${list(20_000, (i) => `<${i}@x>`, '\n ')}\n`).join('')}\n`,
  ],
  [
    'long strings',
    `${['Subject', 'Date', 'Message-ID', 'In-Reply-To', 'From'].map((name) => `${name}: ${control.repeat(150_000)}\n`).join('')}\n`,
  ],
  [
    'messages with fat envelopes',
    `Content-Type: multipart/digest; boundary=b\n\n${`--b\n\nSubject: ${control.repeat(1900)}\nTo: ${list(100, () => `${control.repeat(100)}@b`)}\n\n`.repeat(2000)}`,
  ],
  [
    'messages with empty envelopes',
    `Content-Type: multipart/digest; boundary=b\n\n${'--b\n\n\n'.repeat(100_000)}`,
  ],
  [
    'all of it',
    `${addressFields.map((name) => `${name}: ${list(1500, (i) => `"N ${i}" <a${i}@example.com>`)}\n`).join('')}References: ${list(2000, (i) => `<${i}@example.com>`, '\n ')}\nSubject: ${control.repeat(3000)}\nContent-Type: multipart/digest; boundary=b\n\n${`--b\n\nSubject: ${control.repeat(1900)}\nTo: ${list(50, () => `${control.repeat(100)}@b`)}\nContent-Type: a/b; name="${control.repeat(100)}"\n\n`.repeat(3000)}`,
  ],
]

t.test('the JSON of a summary takes at most 2 MiB', (t) => {
  for (const [name, text] of hostile) {
    const bytes = jsonBytes(summary(text))
    t.comment(`${name}: ${Math.round(text.length / 1024)} KiB in, ${Math.round(bytes / 1024)} KiB stored`)
    t.ok(bytes <= maxJson, name)
  }
  t.end()
})

t.test('a long list of recipients is cut at 1,000, in either form', (t) => {
  const { envelope, to, cc } = summary(
    `To: ${list(1500, (i) => `"Person ${i}" <p${i}@example.com>`)}\nCc: g: ${list(1500, (i) => `c${i}@x`)};\n\n`,
  )
  t.equal(to!.length, 1000)
  t.same(to!.at(-1), { name: 'Person 999', email: 'p999@example.com' })
  t.equal(envelope.to!.length, 1000)
  t.equal(cc!.length, 999, 'the group counts')
  const end = { name: null, adl: null, mailbox: null, host: null }
  t.same(envelope.cc!.at(-1), end, 'a group that is cut still ends')
  t.equal(envelope.cc!.length, 1001)
  t.end()
})

t.test('the nearest references stay', (t) => {
  const { references } = summary(`References: ${list(5000, (i) => `<id${i}@example.com>`, '\n ')}\n\n`)
  t.equal(references!.at(-1), 'id4999@example.com')
  t.ok(references!.length > 1000)
  t.same(summary(`References: <${'x'.repeat(3000)}@y> <a@b>\n\n`).references, ['a@b'], 'an id is never cut')
  t.end()
})

t.test('a message of ordinary size is stored whole', (t) => {
  const digest = `Content-Type: multipart/digest; boundary=b\n\n${list(800, (i) => `--b\n\nSubject: message ${i} of the digest\nFrom: "Somebody ${i}" <somebody${i}@example.com>\nDate: Fri, 21 Nov 1997 09:55:06 -0600\nMessage-ID: <${i}.abcdefghijkl@mail.example.com>\n\nText\n`, '')}--b--\n`
  const { structure } = summary(digest)
  t.equal(structure.children.length, 800)
  t.ok(structure.children.every((part, i) => part.envelope?.subject === `message ${i} of the digest`))
  t.end()
})
