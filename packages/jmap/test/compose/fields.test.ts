import { asAddresses, asDate, asText, isPlainAddress } from '@tandem/mime'
import fc from 'fast-check'
import t from 'tap'
import { UnwritableValue, writeField } from '../../src/compose/fields.js'
import type { HeaderForm } from '../../src/objects/header-property.js'

const raw = (value: string) => Buffer.from(value).toString('latin1')

t.test('fields are written as RFC 5322 has them', async (t) => {
  const cases: [name: string, form: HeaderForm, value: unknown, written: string][] = [
    ['Subject', 'Text', 'Hello there', ' Hello there'],
    ['Subject', 'Text', '', ''],
    ['Subject', 'Text', 'two  spaces', ' two  spaces'],
    ['Subject', 'Text', 'Viele Grüße', ' =?UTF-8?Q?Viele_Gr=C3=BC=C3=9Fe?='],
    ['Subject', 'Text', '=?utf-8?q?x?=', ' =?UTF-8?Q?=3D=3Futf-8=3Fq=3Fx=3F=3D?='],
    ['Subject', 'Raw', ' as it is', ' as it is'],
    ['X-A', 'Raw', 'none', 'none'],
    ['X-A', 'Raw', ' a\r\n\tb', ' a\r\n\tb'],
    ['From', 'Addresses', [{ name: 'Ann', email: 'ann@example.com' }], ' Ann <ann@example.com>'],
    ['From', 'Addresses', [{ email: 'ann@example.com' }], ' ann@example.com'],
    ['From', 'Addresses', [{ name: 'A. "B" \\', email: 'a@b' }], ' "A. \\"B\\" \\\\" <a@b>'],
    ['From', 'Addresses', [{ name: null, email: 'ü@ü.example' }], ' ü@ü.example'],
    ['From', 'Addresses', [{ name: null, email: '"a b"@c' }], ' <"a b"@c>'],
    ['From', 'Addresses', [{ name: 'Half', email: 'done' }], ' Half <done>'],
    ['From', 'Addresses', [{ name: 'Nearly', email: '' }], ' Nearly <>'],
    ['From', 'Addresses', [{ name: null, email: 'a@[IPv6:::1]' }], ' <a@[IPv6:::1]>'],
    ['To', 'GroupedAddresses', [{ name: 'None', addresses: [] }], ' None: ;'],
    [
      'To',
      'GroupedAddresses',
      [
        { name: null, addresses: [{ name: null, email: 'a@b' }] },
        { name: 'G', addresses: [{ name: null, email: 'c@d' }] },
      ],
      ' a@b, G: c@d;',
    ],
    ['References', 'MessageIds', ['a@b', 'c@d'], ' <a@b> <c@d>'],
    ['Date', 'Date', '2024-05-06T07:08:09+02:00', ' Mon, 06 May 2024 07:08:09 +0200'],
    ['Date', 'Date', '2024-05-06T07:08:09.123Z', ' Mon, 06 May 2024 07:08:09 +0000'],
    ['List-Post', 'URLs', ['mailto:a@b', 'http://c'], ' <mailto:a@b>, <http://c>'],
  ]
  for (const [name, form, value, written] of cases) {
    t.strictSame(writeField(name, form, value), { name, value: written }, `${name} ${JSON.stringify(value)}`)
  }
})

t.test('no value smuggles in a field, or turns into another value', async (t) => {
  const email = 'a@b'
  const cases: [form: HeaderForm, value: unknown][] = [
    ['Text', 'a\r\nBcc: x@y'],
    ['Text', 'a\nb'],
    ['Text', 'a\0'],
    ['Text', 5],
    ['Raw', ' a\r\nBcc: x@y'],
    ['Raw', ' a\nb'],
    ['Raw', ' a\rb'],
    ['Raw', ' a\r\n \r\n b'],
    ['Raw', ' a\r\n '],
    ['Raw', ` ${'a'.repeat(1_000)}`],
    ['Addresses', [{ name: 'a\r\nBcc: x', email }]],
    ['Addresses', [{ email: 'a@b\r\nBcc: x@y' }]],
    ['Addresses', [{ email, extra: 1 }]],
    ['Addresses', [{ name: 'x' }]],
    ['Addresses', { email }],
    ['GroupedAddresses', [{ name: 'g\n', addresses: [] }]],
    ['MessageIds', ['a b@c']],
    ['MessageIds', ['a>\r\nX: <b']],
    ['MessageIds', ['a> <b']],
    ['MessageIds', ['']],
    ['MessageIds', 'a@b'],
    ['URLs', ['http://a>, <http://b']],
    ['URLs', ['http://a\r\nX: y']],
    ['Date', 'yesterday'],
    ['Date', '2024-02-30T00:00:00Z'],
    ['Date', 0],
  ]
  for (const [form, value] of cases) {
    t.throws(() => writeField('X-Test', form, value), UnwritableValue, `${form} ${JSON.stringify(value)}`)
  }
})

const word = fc.string({ unit: 'grapheme', maxLength: 40 })
/** Of any text that a header field can hold. */
const text = fc.array(word, { maxLength: 12 }).map((words) =>
  words
    .join(' ')
    // Controls are refused; RFC 8621 §4.1.2.2 drops those above 127.
    .replace(/\p{Cc}/gu, '')
    .normalize('NFC'),
)

const lines = (name: string, value: string) => `${name}:${value}`.split('\r\n')

t.test('any text comes back, in short lines of which none is empty', async () => {
  fc.assert(
    fc.property(text, (subject) => {
      const { value } = writeField('Subject', 'Text', subject)
      const wrapped = lines('Subject', value)
      return (
        asText(raw(value)) === subject.replace(/^ +/, '') &&
        wrapped.every((line) => line.length <= 998 && (wrapped.length === 1 || line.trim() !== '')) &&
        /^[\t\x20-\x7e\r\n]*$/.test(value)
      )
    }),
    { numRuns: 500 },
  )
})

t.test('any display name comes back beside its address', async () => {
  const address = fc.record({ name: text, email: fc.emailAddress() })
  fc.assert(
    fc.property(fc.array(address, { minLength: 1, maxLength: 20 }), (addresses) => {
      const { value } = writeField('To', 'Addresses', addresses)
      const wanted = addresses.map(({ name, email }) => ({ name: name.trim() || null, email }))
      return (
        JSON.stringify(asAddresses(raw(value))) === JSON.stringify(wanted) &&
        lines('To', value).every((line) => line.length <= 998)
      )
    }),
    { numRuns: 300 },
  )
})

t.test('any date comes back to the second, in its zone', async () => {
  const zone = fc.tuple(fc.constantFrom('+', '-'), fc.nat(13), fc.nat(59)).map(([sign, hours, minutes]) => {
    const two = (n: number) => String(n).padStart(2, '0')
    return hours + minutes === 0 ? 'Z' : `${sign}${two(hours)}:${two(minutes)}`
  })
  const instant = fc.date({
    min: new Date('1900-01-02T00:00:00Z'),
    max: new Date('9999-12-30T00:00:00Z'),
    noInvalidDate: true,
  })
  fc.assert(
    fc.property(instant, zone, (date, offset) => {
      const wanted = `${date.toISOString().slice(0, 19)}${offset}`
      return asDate(raw(writeField('Date', 'Date', wanted).value)) === wanted
    }),
  )
})

const typed = fc.oneof(
  text,
  fc.string(),
  fc.stringMatching(/^[ab@.,;:<>()"\\[\]=?_ é]{0,30}$/),
  fc.emailAddress(),
  fc.constantFrom(
    ...[
      'bob smith',
      'a@b, c@d',
      'a@b> <c@d',
      'a@b@c',
      'a(comment)@b',
      'a;b: c@d',
      '"ab"@c',
      '"',
      '<',
      '@',
      ' ',
    ],
    ...[
      '=?utf-8?q?a=40b?=',
      '=?utf-8?q?a_b?= x',
      'Bob <bob@x.test>',
      'bob@',
      'x'.repeat(3_000),
      '\\',
      'a@b ',
    ],
  ),
)

t.test(
  'RFC 8621 §4.6: whatever is typed into an address field comes back, and is one item of the list',
  async () => {
    const address = fc.record({ name: fc.option(typed), email: typed })
    fc.assert(
      fc.property(fc.array(address, { minLength: 1, maxLength: 6 }), (addresses) => {
        const { value } = writeField('To', 'Addresses', addresses)
        const wanted = addresses.map(({ name, email }) => ({
          name: name?.normalize('NFC').trim() || null,
          email,
        }))
        const wrapped = lines('To', value)
        return (
          JSON.stringify(asAddresses(raw(value))) === JSON.stringify(wanted) &&
          wrapped.every((line, index) => line.length <= 998 && (index === 0 || /^ \S/.test(line)))
        )
      }),
      { numRuns: 1_000 },
    )
  },
)

t.test('what is typed and no address never reads as one, to any reader that splits at commas', async () => {
  fc.assert(
    fc.property(typed, (email) => {
      const { value } = writeField('To', 'Addresses', [{ name: null, email }])
      return isPlainAddress(email) || /^(?:\s+<?=\?UTF-8\?[QB]\?[\w=!*+/-]*\?=>?)+$/.test(value)
    }),
  )
})
