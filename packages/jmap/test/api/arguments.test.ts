import t from 'tap'
import {
  arrayOf,
  boolean,
  byCreationId,
  int,
  isId,
  mapOf,
  nullable,
  object,
  positiveInt,
  type Reader,
  readArguments,
  string,
  unsignedInt,
  withDefault,
} from '../../src/api/arguments.js'
import { caught } from '../caught.js'

t.test('RFC 8620 §1: which values are of which type', async (t) => {
  const cases: [name: string, read: Reader<unknown>, good: unknown[], bad: unknown[]][] = [
    ['String', string, ['', 'a'], [1, null, undefined, ['a'], {}]],
    ['Boolean', boolean, [true, false], [0, 'true', null, undefined]],
    ['Int', int, [0, -5, 2 ** 53 - 1, 1 - 2 ** 53], [1.5, 2 ** 53, '1', null, undefined]],
    ['UnsignedInt', unsignedInt, [0, 2 ** 53 - 1], [-1, 0.5, '0', null, undefined]],
    ['positive', positiveInt, [1], [0, -1, null, undefined]],
    ['Int|null', nullable(int), [1, null, undefined], ['1']],
    ['String[]', arrayOf(string), [[], ['a']], [['a', 1], 'a', {}, null, undefined]],
    ['Object', object, [{}], [[], null, 'a', undefined]],
    ['Boolean, default true', withDefault(boolean, true), [true, false, undefined], [null, 'x']],
    ['String[Int]', mapOf(int), [{}, { a: 1 }], [{ a: 'b' }, [], null]],
    [
      'Id[Int]',
      byCreationId(int),
      [{}, { 'k-1_A': 1 }],
      [{ 'a b': 1 }, { '': 1 }, { [`${'x'.repeat(256)}`]: 1 }],
    ],
  ]
  for (const [name, read, good, bad] of cases) {
    for (const value of good) t.doesNotThrow(() => read(value, 'x'), `${name}: ${JSON.stringify(value)}`)
    for (const value of bad) {
      t.match(
        caught(() => read(value, 'x')),
        { type: 'invalidArguments' },
        `${name}: ${JSON.stringify(value)}`,
      )
    }
  }
})

t.test('what is left out is null, or its default', async (t) => {
  const shape = { a: nullable(int), b: withDefault(int, 7), c: withDefault(boolean, false) }
  t.strictSame(readArguments({}, shape), { a: null, b: 7, c: false })
  t.strictSame(readArguments({ a: 1, b: 2, c: true }, shape), { a: 1, b: 2, c: true })
})

t.test('an argument that the method has not is an invalidArguments, whatever its name', async (t) => {
  for (const name of ['x', 'constructor', '__proto__']) {
    const args = JSON.parse(`{"${name}": 1}`)
    t.match(
      caught(() => readArguments(args, { a: nullable(int) })),
      { type: 'invalidArguments' },
      name,
    )
  }
})

t.test('a creation id may be __proto__', async (t) => {
  t.strictSame([...byCreationId(int)(JSON.parse('{"__proto__": 1}'), 'x')], [['__proto__', 1]])
})

t.test('RFC 8620 §1.2: ids', async (t) => {
  for (const id of ['a', 'A-Z_9', 'x'.repeat(255)]) t.ok(isId(id), id.slice(0, 10))
  for (const id of ['', 'a.b', 'a=', 'é', '#a', 'x'.repeat(256), 1, null])
    t.notOk(isId(id), String(id).slice(0, 10))
})
