import t from 'tap'
import { normalizeAddress, normalizeDomain, withoutTag } from '../../src/directory/address.js'

const ADDRESSES: [text: string, address: string | null][] = [
  ['Anna@Example.COM', 'anna@example.com'],
  ["o'brien+x.y=z@mail-1.example", "o'brien+x.y=z@mail-1.example"],
  ['anna@localhost', 'anna@localhost'],
  ['"anna"@example.com', 'anna@example.com'],
  ['"an\\na"@example.com', 'anna@example.com'],
  ['"anna smith"@example.com', null],
  ['JOSE\u0301@BU\u0308CHER.example', 'jos\u00e9@b\u00fccher.example'],
  ['anna@xn--bcher-kva.example', 'anna@b\u00fccher.example'],
  ['anna@xn--\u00fc.example', null],
  [`${'a'.repeat(64)}@example.com`, `${'a'.repeat(64)}@example.com`],
  [`${'a'.repeat(65)}@example.com`, null],
  [`${'\u00e9'.repeat(33)}@example.com`, null],
  [`a@${'b'.repeat(63)}.${'c'.repeat(191)}`, `a@${'b'.repeat(63)}.${'c'.repeat(191)}`],
  [`a@${'b'.repeat(63)}.${'c'.repeat(192)}`, null],
  ['anna', null],
  ['@example.com', null],
  ['anna@', null],
  ['.anna@example.com', '.anna@example.com'],
  ['anna.@example.com', 'anna.@example.com'],
  ['an..na@example.com', 'an..na@example.com'],
  ['"an..na"@example.com', 'an..na@example.com'],
  ['anna@example.com.', 'anna@example.com'],
  ['anna@example.com..', null],
  ['anna@.', null],
  ['an na@example.com', null],
  ['an\u00a0na@example.com', null],
  ['anna\n@example.com', null],
  ['anna@example.com\n', null],
  ['anna\0@example.com', null],
  ['anna\u200b@example.com', null],
  ['a@b@example.com', null],
  ['anna@example..com', null],
  ['anna@-example.com', null],
  ['anna@example-.com', null],
  ['anna@exa mple.com', null],
  ['anna@exa_mple.com', 'anna@exa_mple.com'],
  ['anna@[127.0.0.1]', null],
  ['<anna@example.com>', null],
]

for (const [text, address] of ADDRESSES) {
  t.test(`normalizeAddress(${JSON.stringify(text)})`, async (t) => {
    t.equal(normalizeAddress(text), address)
    if (address !== null) t.equal(normalizeAddress(address), address, 'and stays so')
  })
}

t.test('a domain has one spelling', async (t) => {
  t.equal(normalizeDomain('EXAMPLE.com'), 'example.com')
  t.equal(normalizeDomain('XN--BCHER-KVA.example'), 'b\u00fccher.example')
  t.equal(normalizeDomain(''), null)
  t.equal(normalizeDomain('a'.repeat(300)), null)
})

t.test('a tag is what follows the first plus sign of the local part', async (t) => {
  t.equal(withoutTag('anna+shop@example.com'), 'anna@example.com')
  t.equal(withoutTag('anna+a+b@example.com'), 'anna@example.com')
  t.equal(withoutTag('anna@example.com'), null)
  t.equal(withoutTag('+anna@example.com'), null)
})
