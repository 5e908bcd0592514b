import t from 'tap'
import { type Invocation, resolveReferences } from '../../src/api/references.js'
import { caught } from '../caught.js'

const responses: Invocation[] = [
  [
    'Foo/get',
    {
      list: [
        { id: 'f1', tags: ['a', 'b'], parent: null },
        { id: 'f2', tags: [], parent: 'f1' },
      ],
      'a/b': { '~': 1 },
      '*': { x: 2 },
      nested: [[1, [2]], [3]],
      empty: [],
    },
    'c0',
  ],
  ['error', { type: 'serverFail' }, 'c1'],
  ['Foo/changes', { created: ['f3'] }, 'c0'],
]
const resolve = (args: Record<string, unknown>, left = 1_000_000) =>
  resolveReferences(args, responses, { left, values: 1_000 })
const reference = (path: string, name = 'Foo/get', resultOf = 'c0') => ({ '#x': { resultOf, name, path } })

t.test('RFC 8620 §3.7: where a path leads', async (t) => {
  const cases: [path: string, value: unknown][] = [
    ['/list/*/id', ['f1', 'f2']],
    ['/list/*/tags', ['a', 'b']],
    ['/list/*/parent', [null, 'f1']],
    ['/list/0/id', 'f1'],
    ['/list/1', { id: 'f2', tags: [], parent: 'f1' }],
    ['/a~1b/~0', 1],
    // An object's own "*" is a name.
    ['/*/x', 2],
    // Flattened one level at each star, and only there.
    ['/nested', [[1, [2]], [3]]],
    ['/nested/*', [1, [2], 3]],
    ['/nested/*/*', [1, 2, 3]],
    ['/empty/*', []],
    ['/empty/*/id', []],
    ['', responses[0]![1]],
  ]
  for (const [path, value] of cases) t.strictSame(resolve(reference(path)), { x: value }, path)
})

t.test('a reference that leads nowhere is an invalidResultReference', async (t) => {
  const cases: [what: string, args: Record<string, unknown>][] = [
    ['no such call', reference('/list', 'Foo/get', 'c9')],
    ['the first response of the call is another one', reference('/created', 'Foo/changes')],
    ['the call failed', reference('/list', 'Foo/get', 'c1')],
    ['no such name', reference('/lists')],
    ['no such name in one of the items', reference('/list/*/nothing')],
    ['a name every object inherits', reference('/constructor')],
    ['past the end', reference('/list/2')],
    ['the place after the end', reference('/list/-')],
    ['a leading zero', reference('/list/00')],
    ['into a string', reference('/list/0/id/0')],
    ['a star on a string', reference('/list/0/id/*')],
    ['no slash', reference('list')],
    ['a bad escape', reference('/a~2b')],
    ['no object', { '#x': '/list' }],
    ['null', { '#x': null }],
    ['no path', { '#x': { resultOf: 'c0', name: 'Foo/get' } }],
    ['a path that is no string', { '#x': { resultOf: 'c0', name: 'Foo/get', path: 1 } }],
  ]
  for (const [what, args] of cases) {
    t.match(
      caught(() => resolve(args)),
      { type: 'invalidResultReference' },
      what,
    )
  }
})

t.test('an argument in both forms is an invalidArguments', async (t) => {
  t.match(
    caught(() => resolve({ ...reference('/list'), x: 1 })),
    { type: 'invalidArguments' },
  )
})

t.test('other arguments stay, and a "#" inside of one is no reference', async (t) => {
  const args = { update: { '#k': { '#x': 1 } }, ...reference('/empty') }
  t.strictSame(resolve(args), { update: { '#k': { '#x': 1 } }, x: [] })
  const plain = { a: 1 }
  t.equal(resolve(plain), plain)
})

t.test('references bring in no more than the room that is left to the request', async (t) => {
  const room = { left: 100, values: 1_000 }
  resolveReferences(reference('/list/*/id'), responses, room)
  t.ok(room.left < 100 && room.left > 50)
  resolveReferences(reference('/list/*/id'), responses, room)
  t.match(
    caught(() => {
      for (let i = 0; i < 10; i++) resolveReferences(reference('/list/*/id'), responses, room)
    }),
    { type: 'invalidResultReference' },
  )
  t.match(
    caught(() => resolveReferences(reference('/empty'), responses, room)),
    { type: 'invalidResultReference' },
  )
})

t.test('what a path walks over counts, though it brings in nothing', async (t) => {
  const long: Invocation = ['Core/echo', { list: Array.from({ length: 1_000 }, () => ({ none: [] })) }, 'c0']
  const walk = { '#x': { resultOf: 'c0', name: 'Core/echo', path: '/list/*/none' } }
  const room = { left: 1_000_000, values: 5_000 }
  for (let i = 0; i < 4; i++) t.strictSame(resolveReferences(walk, [long], room), { x: [] })
  const args = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`#x${i}`, walk['#x']]))
  t.match(
    caught(() => resolveReferences(args, [long], room)),
    { type: 'invalidResultReference' },
  )
})

t.test('a path of thousands of tokens is no pointer', async (t) => {
  for (const path of ['/0'.repeat(1_000_000), `/${'a'.repeat(10_000)}`, '/a'.repeat(100)]) {
    t.match(
      caught(() => resolve(reference(path))),
      { type: 'invalidResultReference', message: /^.{1,300}$/ },
      path.slice(0, 20),
    )
  }
})
