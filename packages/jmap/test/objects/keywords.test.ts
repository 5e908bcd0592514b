import t from 'tap'
import { readKeywords } from '../../src/objects/keywords.js'

t.test('RFC 8621 §4.1.1: a set of keywords, in lower case', async (t) => {
  const cases: [value: object, keywords: string[]][] = [
    [{}, []],
    [{ $seen: true, $Flagged: true }, ['$flagged', '$seen']],
    [{ Foo: true, foo: true }, ['foo']],
    [{ "a/b~c!#&'+,-.:;<=>?@[^_`|}": true }, ["a/b~c!#&'+,-.:;<=>?@[^_`|}"]],
    [{ ['x'.repeat(255)]: true }, ['x'.repeat(255)]],
  ]
  for (const [value, keywords] of cases) t.strictSame(readKeywords(value), keywords)
})

t.test('what is no such set', async (t) => {
  const names = ['', 'a b', 'é', 'a\u0000', '(', ')', '{', ']', '%', '*', '"', '\\', 'x'.repeat(256)]
  const values = [null, [], 'x', { $seen: false }, { $seen: 1 }, { $seen: null }]
  for (const value of [...values, ...names.map((name) => ({ [name]: true }))]) {
    t.match(readKeywords(value), { problem: String }, JSON.stringify(value))
  }
})

t.test('$deleted and $recent are refused in any case; what is there already may stay', async (t) => {
  for (const name of ['$deleted', '$Deleted', '$recent', '$RECENT']) {
    t.match(readKeywords({ [name]: true }), { problem: String }, name)
  }
  t.strictSame(readKeywords({ $recent: true }, ['$recent']), ['$recent'])
})
