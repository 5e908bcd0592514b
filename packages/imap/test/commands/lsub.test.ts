import t from 'tap'
import { subscribedMatches } from '../../src/commands/lsub.js'
import { createPattern } from '../../src/wire/mailbox-pattern.js'

t.test('LSUB with % shows the parent of what is subscribed (RFC 3501 §6.3.9)', async (t) => {
  const paths = ['foo/bar', 'foo/baz', 'a', 'a/b', 'INBOX']
  const cases: [pattern: string, expected: [string, boolean][]][] = [
    [
      '*',
      [
        ['foo/bar', true],
        ['foo/baz', true],
        ['a', true],
        ['a/b', true],
        ['INBOX', true],
      ],
    ],
    [
      '%',
      [
        ['foo', false],
        ['a', true],
        ['INBOX', true],
      ],
    ],
    [
      'foo/%',
      [
        ['foo/bar', true],
        ['foo/baz', true],
      ],
    ],
    ['foo', []],
    ['f%', [['foo', false]]],
    ['%/b', [['a/b', true]]],
  ]
  for (const [pattern, expected] of cases) {
    const found = subscribedMatches(paths, createPattern('', pattern), pattern.endsWith('%'))
    t.same([...found], expected, pattern)
  }
})
