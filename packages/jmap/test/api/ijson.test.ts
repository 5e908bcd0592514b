import t from 'tap'
import { NotIJson, parseIJson } from '../../src/api/ijson.js'

const parse = (text: string) => parseIJson(Buffer.from(text))
const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)

t.test('values come through as JSON.parse gives them', async (t) => {
  const texts = [
    '{}',
    ' [1, -2.5e3, true, null, "é\\u00e9\\n"] ',
    '{"a":{"a":1},"b":[{"a":1},{"a":2}],"":{"":0}}',
    '{"a,b":1,"a:b":2,"a}":3,"a\\"":4,"a\\\\":5}',
    '"\\ud83d\\ude00"',
    nested(1_000),
  ]
  for (const text of texts) t.strictSame(parse(text), JSON.parse(text), text.slice(0, 40))
})

t.test('__proto__ is a name like any other', async (t) => {
  const value = parse('{"__proto__":{"x":1}}') as Record<string, unknown>
  t.ok(Object.hasOwn(value, '__proto__'))
  t.equal(value.x, undefined)
})

t.test('what is no I-JSON is refused, and the reason is given', async (t) => {
  const cases: [what: string, text: string | Buffer, reason: RegExp][] = [
    ['nothing', '', /not JSON/],
    ['no JSON', '{"a":', /not JSON/],
    ['a string without end, full of escaped quotes', `"${'\\"'.repeat(500_000)}`, /not JSON/],
    ['a trailing comma', '[1,]', /not JSON/],
    ['a byte order mark', Buffer.from('\ufeff{}'), /not JSON/],
    ['bad UTF-8', Buffer.from([0x22, 0xff, 0x22]), /UTF-8/],
    ['an encoded surrogate', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), /UTF-8/],
    ['half of an escaped surrogate pair', '["\\ud83d"]', /surrogate/],
    ['the same in a name', '{"\\udc00":1}', /surrogate/],
    ['a name twice', '{"a":1,"a":2}', /"a" twice/],
    ['a name twice, spelled differently', '{"a":1,"\\u0061":2}', /twice/],
    ['a name twice, deep inside', '[{"x":[{"b":{},"c":[1,2],"b":1}]}]', /"b" twice/],
    ['too deep', nested(1_001), /deeper/],
    ['much too deep', '{"a":'.repeat(1_000_000), /deeper/],
  ]
  for (const [what, text, reason] of cases) {
    const bytes = typeof text === 'string' ? Buffer.from(text) : text
    t.throws(() => parseIJson(bytes), NotIJson, what)
    t.throws(() => parseIJson(bytes), { message: reason }, what)
  }
})
