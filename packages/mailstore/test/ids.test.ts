import t from 'tap'
import { formatBlobId, formatId, parseBlobId, parseId } from '../src/index.js'

t.test('an id comes back from the wire as it went', (t) => {
  for (const id of [1, 31, 32, 2 ** 40, 2 ** 40 + 7, Number.MAX_SAFE_INTEGER]) {
    const wire = formatId('email', id)
    t.match(wire, /^e[0-9a-hjkmnp-tv-z]+$/)
    t.equal(parseId('email', wire), id)
    t.equal(parseId('thread', wire), null, 'the letter tells the type')
  }
  t.equal(formatId('mailbox', 2 ** 40 + 7), 'm100000007')
  t.end()
})

t.test('what cannot be an id is not found, never another id', (t) => {
  for (const text of [
    '',
    'e',
    'e0',
    'e01',
    'eu',
    'E1',
    'e-1',
    'e1 ',
    'ezzzzzzzzzzz',
    'ezzzzzzzzzzzz',
    'eé',
  ]) {
    t.equal(parseId('email', text), null, JSON.stringify(text))
  }
  t.end()
})

t.test('blob ids name a whole blob or a part of one', (t) => {
  const digest = Buffer.alloc(32, 0xab)
  t.same(parseBlobId(formatBlobId({ digest })), { digest })
  const part = { offset: 12, length: 3456, encoding: 'base64' as const }
  t.same(parseBlobId(formatBlobId({ digest, part })), { digest, part })
  for (const text of [
    'b',
    `b${'a'.repeat(63)}`,
    `B${'a'.repeat(64)}`,
    `b${'a'.repeat(64)}-1-2-x`,
    `b${'a'.repeat(64)}-1`,
  ]) {
    t.equal(parseBlobId(text), null, text)
  }
  t.end()
})
