import { createPrivateKey } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { generateSigningKey, keyRecord, signaturesOf, txtStrings } from '../../src/dkim/index.js'
import { signatureOf, signedText } from '../../src/dkim/sign.js'
import { wholeOf } from '../../src/outbox/message.js'
import { verifyDkim } from '../support/dkim.js'
import { messageFrom } from '../support/message.js'

// RFC 8463 Appendix A.
const RFC_KEY = 'v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo='
const RFC_MESSAGE = `DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=brisbane; t=1528637909; h=from : to :
 subject : date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus
 Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==
From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game.  Are you hungry yet?

Joe.
`.replaceAll('\n', '\r\n')

t.test(
  'the example of RFC 8463: the verifier of these tests agrees, and the signature is the same',
  async (t) => {
    t.match(
      verifyDkim(RFC_MESSAGE, () => RFC_KEY),
      [{ result: 'pass' }],
    )
    const fields = RFC_MESSAGE.slice(0, RFC_MESSAGE.indexOf('\r\n\r\n'))
      .split(/\r\n(?! )/)
      .map((field) => ({
        name: field.slice(0, field.indexOf(':')),
        raw: field.slice(field.indexOf(':') + 1),
      }))
    const [own, ...headers] = fields
    const names = 'from to subject date message-id from subject date'.split(' ')
    const text = signedText(headers, names, own!.raw.replace(/ b=[\s\S]*$/, ' b='))
    const secret = createPrivateKey({
      key: {
        kty: 'OKP',
        crv: 'Ed25519',
        d: Buffer.from('nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=', 'base64').toString('base64url'),
        x: Buffer.from('11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=', 'base64').toString('base64url'),
      },
      format: 'jwk',
    }).export({ format: 'der', type: 'pkcs8' })
    t.equal(keyRecord({ algorithm: 'ed25519', privateKey: secret }), RFC_KEY)
    t.equal(
      signatureOf(text, 'ed25519', secret),
      '/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11BusFa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==',
    )
  },
)

const rsa = { selector: 's1', algorithm: 'rsa' as const, privateKey: await generateSigningKey('rsa') }
const ed = { selector: 's2', algorithm: 'ed25519' as const, privateKey: await generateSigningKey('ed25519') }
const record = (name: string) => keyRecord(name.startsWith('s1.') ? rsa : ed)
const sign = async (text: string, piece?: number) => {
  const message = await messageFrom(text, piece)
  const lines = await signaturesOf(
    { headers: message.headers, body: message.body.read() },
    { domain: 'b\u00fccher.example', keys: [rsa, ed], now: new Date(1e12) },
  )
  return lines + Buffer.from(await wholeOf(message)).toString('latin1')
}
const PASSED = [
  { domain: 'xn--bcher-kva.example', selector: 's1', result: 'pass' },
  { domain: 'xn--bcher-kva.example', selector: 's2', result: 'pass' },
]

const MESSAGES: [name: string, message: string][] = [
  ['a small one', 'From: a@b.c\r\nSubject: hi\r\n\r\nbody\r\n'],
  [
    'folding, tabs and trailing space',
    'From:  a@b.c \r\nSubject: a\r\n\t b  c\t\r\nTo : x@y.z\r\n\r\n a\t b \r\n\r\n',
  ],
  ['no body', 'From: a@b.c\r\n\r\n'],
  ['empty lines alone', 'From: a@b.c\r\n\r\n\r\n\r\n'],
  ['no line end at the end', 'From: a@b.c\r\n\r\nlast'],
  ['bare LF and CR, which go out as CRLF', 'From: a@b.c\nSubject: x\n\na\rb\nc\n'],
  ['octets beyond ASCII, 0xA0 at an edge', 'From: a@b.c\r\nSubject: \xa0\xe9\xa0\r\n\r\n\xa0x\xa0\r\n'],
  [
    'repeated fields',
    'To: a@b.c\r\nReferences: <1@b>\r\nFrom: a@b.c\r\nReferences: <2@b>\r\nTo: d@b.c\r\n\r\nx\r\n',
  ],
]

for (const [name, message] of MESSAGES) {
  t.test(`both keys sign: ${name}`, async (t) => {
    const signed = await sign(message)
    t.strictSame(verifyDkim(signed, record), PASSED)
    t.ok(signed.endsWith(message.replace(/\r\n|\r|\n/g, '\r\n')))
    for (const line of signed.split('\r\n')) t.ok(line.length < 100, 'RFC 5322 §2.1.1: no line is long')
  })
}

t.test('whatever the body, the signatures hold', async () => {
  const parts = fc.constantFrom(' ', '\t', '\r\n', '\n', '\r', 'a', '.', '\xff')
  await fc.assert(
    fc.asyncProperty(
      fc.array(parts, { maxLength: 30 }),
      fc.integer({ min: 1, max: 40 }),
      async (body, piece) => {
        const signed = await sign(`From: a@b.c\r\n\r\n${body.join('')}`, piece)
        return verifyDkim(signed, record).every(({ result }) => result === 'pass')
      },
    ),
    { numRuns: 100 },
  )
})

t.test('a body of many pieces, with line ends and spaces across their edges', async (t) => {
  for (const filler of ['x'.repeat(256 * 1024 - 1), 'x'.repeat(256 * 1024 - 2), '\r\n'.repeat(200_000)]) {
    const signed = await sign(`From: a@b.c\r\n\r\n${filler}\r\n \r\nend  \r\n`, 256 * 1024)
    t.strictSame(verifyDkim(signed, record), PASSED)
  }
})

const FORGED: [name: string, change: (message: string) => string, result: string][] = [
  ['the body', (message) => message.replace('body', 'b0dy'), 'body'],
  ['the subject', (message) => message.replace('Subject: hi', 'Subject: ho'), 'header'],
  ['a second From', (message) => message.replace('From:', 'From: evil@b.c\r\nFrom:'), 'header'],
  ['a To that was not there', (message) => message.replace('From:', 'To: evil@b.c\r\nFrom:'), 'header'],
]

for (const [name, change, result] of FORGED) {
  t.test(`a change on the way is seen: ${name}`, async (t) => {
    const changed = change(await sign('From: a@b.c\r\nSubject: hi\r\n\r\nbody\r\n'))
    t.match(verifyDkim(changed, record), [{ result }, { result }])
  })
}

t.test('a TXT record is cut at 255 octets', async (t) => {
  const text = keyRecord(rsa)
  const strings = [...txtStrings(text).matchAll(/"([^"]*)"/g)].map((match) => match[1]!)
  t.strictSame(
    strings.map(({ length }) => length),
    [255, text.length - 255],
  )
  t.equal(strings.join(''), text)
  t.equal(txtStrings('a "b" \\'), '"a \\"b\\" \\\\"')
})
