import t from 'tap'
import { applyPatch } from '../../src/objects/patch.js'

const object: Record<string, unknown> = {
  name: 'n',
  parentId: 'p',
  tags: { a: true, b: true },
  rights: { deep: { x: 1 } },
  list: [{ y: 1 }],
  none: null,
}
const apply = (patch: Record<string, unknown>, normalise?: (path: string[]) => string[]) =>
  applyPatch(patch, {
    get: (property) => object[property],
    default: (property) => ({ parentId: null, tags: {} })[property],
    ...(normalise ? { normalise } : {}),
  })

t.test('RFC 8620 §5.3: what a patch makes of the properties it touches', async (t) => {
  const cases: [patch: Record<string, unknown>, values: Record<string, unknown>][] = [
    [{}, {}],
    [{ name: 'm' }, { name: 'm' }],
    [{ name: null }, { name: undefined }],
    [{ parentId: null }, { parentId: null }],
    [{ tags: null }, { tags: {} }],
    [{ tags: { c: true } }, { tags: { c: true } }],
    [{ 'tags/c': true }, { tags: { a: true, b: true, c: true } }],
    [{ 'tags/a': null }, { tags: { b: true } }],
    [{ 'tags/a': null, 'tags/c': true }, { tags: { b: true, c: true } }],
    // To remove what isn't there does nothing.
    [{ 'tags/z': null }, { tags: { a: true, b: true } }],
    [{ 'tags/x~1y~0z': true }, { tags: { a: true, b: true, 'x/y~z': true } }],
    [{ 'rights/deep/x': 2, 'rights/deep/y': 3 }, { rights: { deep: { x: 2, y: 3 } } }],
    [{ list: [] }, { list: [] }],
    // Whether there is such a property is not the patch's matter.
    [{ unknown: 1 }, { unknown: 1 }],
  ]
  for (const [patch, values] of cases) {
    const result = apply(patch)
    t.ok(result.ok, JSON.stringify(patch))
    if (result.ok) t.strictSame(Object.fromEntries(result.values), values, JSON.stringify(patch))
  }
  t.strictSame(object.tags, { a: true, b: true }, 'the object itself is not changed')
})

t.test('RFC 8620 §5.3: what no patch may be is an invalidPatch', async (t) => {
  const cases: [what: string, patch: Record<string, unknown>][] = [
    ['inside an array', { 'list/0': {} }],
    ['through an array', { 'list/0/y': 2 }],
    ['the end of an array', { 'list/-': {} }],
    ['below a property that is not there', { 'unknown/x': 1 }],
    ['below a value that is no object', { 'name/x': 1 }],
    ['below null', { 'none/x': 1 }],
    ['below something missing', { 'rights/shallow/x': 1 }],
    ['below a name that every object inherits', { 'tags/constructor/x': 1 }],
    ['one the beginning of another', { tags: {}, 'tags/a': null }],
    ['the same, in the other order', { 'tags/a': null, tags: {} }],
    ['the same, deeper', { 'rights/deep': {}, 'rights/deep/x': 1 }],
    ['a bad escape', { 'tags/~2': true }],
  ]
  for (const [what, patch] of cases)
    t.match(apply(patch), { ok: false, error: { type: 'invalidPatch' } }, what)
})

t.test('names with one meaning are one: two patches for it clash', async (t) => {
  const lower = (path: string[]) => path.map((token) => token.toLowerCase())
  t.match(apply({ 'tags/A': null }, lower), { ok: true })
  t.match(apply({ 'tags/A': null, 'tags/a': true }, lower), { ok: false, error: { type: 'invalidPatch' } })
})

t.test('__proto__ is a name like any other', async (t) => {
  const result = apply(JSON.parse('{"tags/__proto__": true}'))
  t.ok(result.ok && Object.hasOwn(result.values.get('tags') as object, '__proto__'))
})
