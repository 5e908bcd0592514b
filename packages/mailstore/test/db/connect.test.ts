import t from 'tap'
import { assertServerVersion, connect, listen } from '../../src/db/connect.js'
import { createEmptyDatabase } from '../../src/testing.js'

const { url } = await createEmptyDatabase(t)
const sql = connect(url, { max: 3, applicationName: 'connect test' })
t.teardown(() => sql.end())

t.test('int8 comes as a number, alone and in arrays', async (t) => {
  const [row] = await sql`select 9007199254740991::int8 as a, (-5)::int8 as b, array[1, 2]::int8[] as c`
  t.strictSame(row, { a: 9007199254740991, b: -5, c: [1, 2] })
})

t.test('an int8 beyond 2^53 fails its query, and only that', async (t) => {
  const rows = sql`select n::int8 as n from unnest(array[1, 9007199254740993, 3]) n`
  const next = sql`select 7::int8 as n`
  await t.rejects(rows, { message: 'int8 9007199254740993 is beyond 2^53' })
  t.strictSame([...(await next)], [{ n: 7 }])
})

t.test('a number that is no safe integer is refused as int8, pipelined queries unharmed', async (t) => {
  for (const bad of [2 ** 53, 1.5, Number.NaN]) {
    const queries = sql.begin((tx) => [tx`select 1 as n`, tx`select ${bad}::int8 as n`, tx`select 2 as n`])
    await t.rejects(queries, { code: '22P02' }, `${bad}`)
    await t.rejects(sql`select ${[1, bad]}::int8[] as n`, { code: '22P02' }, `[1, ${bad}]`)
  }
  t.strictSame([...(await sql`select ${5}::int8 as a, ${[6, 7]}::int8[] as b`)], [{ a: 5, b: [6, 7] }])
})

t.test('bytea goes in and out as bytes', async (t) => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i)
  const [row] = await sql<{ bytes: Buffer; length: number }[]>`
    select bytes, length(bytes) from (select ${bytes}::bytea as bytes) b`
  t.equal(row?.length, 256)
  t.ok(Buffer.from(bytes).equals(row?.bytes ?? Buffer.alloc(0)))
})

t.test('the connection carries its name, and notices are not printed', async (t) => {
  const printed = t.capture(console, 'log')
  await sql`drop table if exists missing`
  t.strictSame(printed(), [])
  t.strictSame(
    [...(await sql`select current_setting('application_name') as name`)],
    [{ name: 'connect test' }],
  )
})

t.test('an old server is refused in one line', async (t) => {
  await assertServerVersion(sql)
  await t.rejects(assertServerVersion(sql, 990_000), {
    message: /^Tandem needs Postgres 99 or newer; this is \d+/,
  })
})

t.test('LISTEN hears, survives the loss of its connection, and says so', async (t) => {
  const heard: string[] = []
  const waiting: (() => void)[] = []
  const changed = () =>
    waiting.splice(0).forEach((wake) => {
      wake()
    })
  let listening = 0
  const until = async (condition: () => boolean) => {
    while (!condition()) await new Promise<void>((resolve) => waiting.push(resolve))
  }
  const listener = await listen(
    sql,
    'Some "channel"',
    (payload) => {
      heard.push(payload)
      changed()
    },
    () => {
      listening++
      changed()
    },
  )
  await sql.notify('Some "channel"', 'one')
  await until(() => heard.length === 1)

  await sql`
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and query like 'listen%'`
  await until(() => listening === 2)
  await sql.notify('Some "channel"', 'two')
  await until(() => heard.length === 2)
  t.strictSame(heard, ['one', 'two'])

  await listener.stop()
  await sql.notify('Some "channel"', 'three')
  // Notifications come in the order they were sent, all over the one connection.
  await new Promise<void>((resolve) => {
    listen(sql, 'marker', () => resolve()).then(() => sql.notify('marker', ''))
  })
  t.strictSame(heard, ['one', 'two'], 'nothing after stop()')
})
