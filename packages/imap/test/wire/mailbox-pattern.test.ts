import t from 'tap'
import { createPattern, lineage } from '../../src/wire/mailbox-pattern.js'

t.test('wildcards (RFC 3501 §6.3.8)', async (t) => {
  const paths = ['INBOX', 'INBOX/child', 'foo', 'foo/bar', 'foo/bar/baz', 'foobar', 'Äpfel', 'a.c']
  const cases: [reference: string, name: string, matching: string[]][] = [
    ['', '*', paths],
    ['', '%', ['INBOX', 'foo', 'foobar', 'Äpfel', 'a.c']],
    ['', '%/%', ['INBOX/child', 'foo/bar']],
    ['', 'foo', ['foo']],
    ['', 'FOO', []],
    ['', 'foo/%', ['foo/bar']],
    ['', 'foo/*', ['foo/bar', 'foo/bar/baz']],
    ['', 'foo*', ['foo', 'foo/bar', 'foo/bar/baz', 'foobar']],
    ['', 'foo%', ['foo', 'foobar']],
    ['', '*bar', ['foo/bar', 'foobar']],
    ['', '%*%', paths],
    ['', 'inbox', ['INBOX']],
    ['', 'inb%', ['INBOX']],
    ['', 'inbox/%', ['INBOX/child']],
    ['', 'a.c', ['a.c']],
    ['', 'a?c', []],
    ['', 'A\u0308pfel', ['Äpfel']],
    ['foo/', '%', ['foo/bar']],
    ['foo/', '*', ['foo/bar', 'foo/bar/baz']],
    ['foo', '%', ['foo', 'foobar']],
    ['INBOX/', 'child', ['INBOX/child']],
  ]
  for (const [reference, name, matching] of cases) {
    const isMatch = createPattern(reference, name)
    t.same(paths.filter(isMatch), matching, `${reference}|${name}`)
  }
})

t.test('no pattern takes long', async (t) => {
  const isMatch = createPattern('', `${'%a*'.repeat(500)}b`)
  t.equal(isMatch('a'.repeat(1000)), false)
})

t.test('lineage', async (t) => {
  t.same(lineage('a/b/c'), ['a', 'a/b', 'a/b/c'])
  t.same(lineage('a'), ['a'])
})
