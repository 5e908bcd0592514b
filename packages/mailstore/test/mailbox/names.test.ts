import fc from 'fast-check'
import t from 'tap'
import { canonicalName, canonicalPath, checkMailboxName } from '../../src/mailbox/names.js'

/** In US-ASCII, for the name of a test. */
const inAscii = (name: string) => JSON.stringify(encodeURIComponent(name))

t.test('names as other servers have them are mapped to one that can be here', async (t) => {
  const cases: [name: string, kept: string][] = [
    ['Work', 'Work'],
    ['Work ', 'Work'],
    [' Work', 'Work'],
    ['  Work\u00a0 ', 'Work'],
    ['a  b', 'a  b'],
    ['a\tb', 'a b'],
    ['a\r\nb', 'a b'],
    ['a\u0007', 'a'],
    ['a\u0000b', 'a b'],
    ['a\u0085\u2028b', 'a b'],
    ['Entwu\u0308rfe ', 'Entw\u00fcrfe'],
    [' ', '_'],
    ['\u0001\u0002', '_'],
    ['', ''],
  ]
  for (const [name, kept] of cases) t.equal(canonicalName(name), kept, inAscii(name))
  const paths: [path: string, kept: string][] = [
    ['Work /2026 /a', 'Work/2026/a'],
    ['inbox /a', 'INBOX/a'],
    ['a/b/', 'a/b'],
    ['a//b', 'a//b'],
    [' /x', '_/x'],
  ]
  for (const [path, kept] of paths) t.equal(canonicalPath(path), kept, inAscii(path))
})

t.test('the mapping has an end: a name that is kept is its own, and stands', async (t) => {
  const odd = fc.constantFrom(
    ' ',
    '\t',
    '\0',
    '\u0085',
    '\u2028',
    '\u0301',
    '\u00e9',
    'e',
    'A',
    '\u3000',
    '\ufeff',
  )
  const names = fc.string({
    unit: fc.oneof(odd, fc.string({ minLength: 1, maxLength: 1, unit: 'grapheme' })),
    maxLength: 20,
  })
  const holds = () =>
    fc.assert(
      fc.property(names, (name) => {
        const kept = canonicalName(name)
        if (canonicalName(kept) !== kept) return false
        if (kept === '' || kept.includes('/')) return true
        return (
          checkMailboxName(name, 1, null) === kept &&
          !/[\u0000-\u001f\u007f-\u009f\u2028\u2029]|^\s|\s$/.test(kept)
        )
      }),
    )
  t.doesNotThrow(holds)
})

t.test('what can be no name', async (t) => {
  for (const name of ['', 'a/b', 'x'.repeat(256), '\ud800', 'inbox', ' INBOX '])
    t.throws(() => checkMailboxName(name, null, null), { code: 'invalidMailboxName' }, JSON.stringify(name))
})
