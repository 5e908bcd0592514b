import fc from 'fast-check'
import t from 'tap'
import { parseArray, serializeArray } from '../../src/db/arrays.js'
import { connect } from '../../src/db/connect.js'
import { createEmptyDatabase } from '../../src/testing.js'

const { url } = await createEmptyDatabase(t)
const sql = connect(url, { max: 1 })
t.teardown(() => sql.end())

t.test('arrays of texts go to the database and come back, whatever they hold', async (t) => {
  const text = fc.string({ unit: fc.constantFrom('a', '"', '\\', '{', '}', ',', ' ', 'é', '\n', 'NULL') })
  await fc.assert(
    fc.asyncProperty(fc.array(fc.option(text)), async (texts) => {
      const [row] = await sql`select ${texts}::text[] as texts, array_to_json(${texts}::text[]) as json`
      t.strictSame(row, { texts, json: texts })
      t.strictSame(parseArray(serializeArray(texts)), texts)
    }),
    { numRuns: 50 },
  )
})

t.test('arrays of each type that statements use come as values of that type', async (t) => {
  const [row] = await sql`
    select array[1, null]::bigint[] as bigint, array[2]::smallint[] as smallint, array[3]::integer[] as integer,
      array['t', 'f']::boolean[] as boolean, array['\\x00ff']::bytea[] as bytea, '{}'::bigint[] as none,
      array['2026-11-20T08:00:00Z']::timestamptz[] as time, array['{"a": [1]}']::jsonb[] as json,
      array[array[1, 2], array[3, 4]]::bigint[] as nested, array[0.5]::float8[] as float`
  t.strictSame(row, {
    bigint: [1, null],
    smallint: [2],
    integer: [3],
    boolean: [true, false],
    bytea: [Buffer.from([0, 255])],
    none: [],
    time: [new Date('2026-11-20T08:00:00Z')],
    json: [{ a: [1] }],
    nested: [
      [1, 2],
      [3, 4],
    ],
    float: [0.5],
  })
  t.throws(() => serializeArray([undefined]), TypeError)
})
