import fc from 'fast-check'
import t from 'tap'
import { createJsonMeter, SHAPE } from '../../src/api/json-meter.js'

/** What the meter says of a text that comes in pieces of `size` octets. */
function measure(text: string, size = 1_000_000, shape = SHAPE as { [K in keyof typeof SHAPE]: number }) {
  const meter = createJsonMeter(shape)
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += size) {
    const excess = meter.add(bytes.subarray(at, at + size))
    if (excess) return excess
  }
  return meter.names
}

const names = (value: unknown): number =>
  typeof value !== 'object' || value === null
    ? 0
    : Object.values(value).reduce(
        (sum: number, item) => sum + names(item) + (Array.isArray(value) ? 0 : 1),
        0,
      )

t.test('names are counted wherever the pieces break', async (t) => {
  fc.assert(
    fc.property(fc.json(), fc.integer({ min: 1, max: 9 }), (text, size) => {
      return measure(text, size) === names(JSON.parse(text))
    }),
  )
  t.equal(measure('{"a\\\\":{"b\\":,{[":1},"c":"\\\\"}', 1), 3, 'quotes and braces in strings are text')
})

t.test('a request that holds too much is found out on the way', async (t) => {
  const shape = { depth: 3, values: 10, names: 4 }
  const cases: [what: string, text: string, result: ReturnType<typeof measure>][] = [
    ['just so deep', '[[[]]]', 0],
    ['deeper', '[[[[', 'depth'],
    ['so many values', '[1,2,3,4,5,6,7,8,9]', 0],
    ['one more', '[1,2,3,4,5,6,7,8,9,10]', 'values'],
    ['empty objects and lists', '[{},[],{ },[],{},[],{},[],{}]', 0],
    ['one more', `[${'{},'.repeat(9)}1]`, 'values'],
    ['so many names', '{"a":1,"b":2,"c":3,"d":4}', 4],
    ['one more in the same object', '{"a":1,"b":2,"c":3,"d":4,"e":5}', 'names'],
    ['one more in another object', '{"a":1,"b":2,"c":{"d":4,"e":5}}', 5],
    ['one more behind an inner object', '{"a":1,"b":{"x":1},"c":3,"d":4,"e":5}', 'names'],
    ['closed more often than opened', ']]]}}}[]', 0],
  ]
  for (const [what, text, result] of cases) t.equal(measure(text, 3, shape), result, what)
})
