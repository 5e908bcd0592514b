import t from 'tap'
import { asAddresses, envelopeAddresses, isPlainAddress } from '../../src/index.js'

t.test('what was typed in an address’s place reads as it was typed, in JMAP and in ENVELOPE', async (t) => {
  const cases: [raw: string, email: string, mailbox: string][] = [
    [' <=?UTF-8?Q?bob_smith?=>', 'bob smith', 'bob smith'],
    [' =?UTF-8?Q?a=40b=2C_c=40d?=', 'a@b, c@d', 'a@b, c@d'],
    [' <=?UTF-8?Q?J=C3=B6rg_?= =?UTF-8?Q?x?=>', 'Jörg x', '=?UTF-8?Q?J=C3=B6rg_?= =?UTF-8?Q?x?='],
    [' <=?UTF-8?Q??=>', '', ''],
  ]
  for (const [raw, email, mailbox] of cases) {
    t.strictSame(asAddresses(raw), [{ name: null, email }], raw)
    t.strictSame(envelopeAddresses(raw), [{ name: null, adl: null, mailbox, host: '' }], raw)
  }
})

t.test('encoded words never hide an address: RFC 2047 §5 (3) has none there', async (t) => {
  for (const raw of ['=?UTF-8?Q?ceo=40x.test?=', '<=?UTF-8?Q?ceo?=>', '=?UTF-8?B?Y2VvQHgudGVzdA==?=']) {
    t.strictSame(asAddresses(raw), [{ name: null, email: raw.replace(/[<>]/g, '') }], raw)
  }
})

t.test('what can stand between brackets as it is', async (t) => {
  for (const text of ['a@b', 'a', 'a@', '"a b"@c', 'ü@ü.test', 'a@[IPv6:::1]', 'a..b@c']) {
    t.equal(isPlainAddress(text), true, text)
  }
  for (const text of [
    '',
    'a b',
    'a@b@c',
    'a,b',
    '<a@b>',
    '"ab"@c',
    'a(b)@c',
    '=?utf-8?q?a?=',
    'a'.repeat(600),
  ]) {
    t.equal(isPlainAddress(text), false, text)
  }
})
