import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import t, { type Test } from 'tap'
import { connect, type Sql } from '../../src/db/connect.js'
import { migrate, readMigrations } from '../../src/db/migrate.js'
import { createEmptyDatabase } from '../../src/testing.js'

async function setUp(t: Test, files: Record<string, string>): Promise<{ sql: Sql; folder: string }> {
  const { url } = await createEmptyDatabase(t)
  const sql = connect(url, { max: 4 })
  t.teardown(() => sql.end())
  const folder = await mkdtemp(path.join(tmpdir(), 'tandem-migrations-'))
  t.teardown(() => rm(folder, { recursive: true }))
  await write(folder, files)
  return { sql, folder }
}

async function write(folder: string, files: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text)
}

// One server for all tests of this file when it is run by hand.
await createEmptyDatabase(t)

t.test('applies what is missing, in order, once', async (t) => {
  const { sql, folder } = await setUp(t, {
    '0002-b.sql': 'insert into a values (2); insert into a values (3);',
    '0001-a.sql': 'create table a (n int8);',
    'README.md': 'not a migration',
  })
  const lines: string[] = []
  const log = (line: string) => lines.push(line)
  t.strictSame(await migrate(sql, { folder, log }), { applied: ['0001-a.sql', '0002-b.sql'] })
  t.strictSame(lines, ['applied migration 0001-a.sql', 'applied migration 0002-b.sql'])
  t.strictSame(await migrate(sql, { folder }), { applied: [] })
  await write(folder, { '0003-c.sql': '-- breaking\nalter table a add m text;' })
  t.strictSame(await migrate(sql, { folder }), { applied: ['0003-c.sql'] })
  t.strictSame(
    [...(await sql`select n, m from a order by n`)],
    [
      { n: 2, m: null },
      { n: 3, m: null },
    ],
  )
  t.strictSame(
    [...(await sql`select name, breaking from migration order by name`)],
    [
      { name: '0001-a.sql', breaking: false },
      { name: '0002-b.sql', breaking: false },
      { name: '0003-c.sql', breaking: true },
    ],
  )
})

t.test('a migration that fails leaves nothing of itself, and what came before stays', async (t) => {
  const { sql, folder } = await setUp(t, {
    '0001-a.sql': 'create table a (n int8);',
    '0002-b.sql': 'create table b (n int8);\n\ncreate tabel c (n int8);',
  })
  await t.rejects(migrate(sql, { folder }), {
    message: 'migration 0002-b.sql, line 3: syntax error at or near "tabel"',
  })
  t.strictSame(
    [...(await sql`select to_regclass('a')::text as a, to_regclass('b')::text as b`)],
    [{ a: 'a', b: null }],
  )
  t.strictSame([...(await sql`select name from migration`)], [{ name: '0001-a.sql' }])
})

t.test('several processes that start together apply each migration once', async (t) => {
  const { sql, folder } = await setUp(t, {
    '0001-a.sql': 'create table a (n int8);',
    '0002-b.sql': 'insert into a values (1);',
    '0003-c.sql': 'insert into a values (2);',
  })
  const results = await Promise.all(Array.from({ length: 4 }, () => migrate(sql, { folder })))
  t.strictSame(results.flatMap(({ applied }) => applied).sort(), ['0001-a.sql', '0002-b.sql', '0003-c.sql'])
  t.strictSame([...(await sql`select n from a order by n`)], [{ n: 1 }, { n: 2 }])
})

t.test(
  'an older program works on a newer database, unless a migration it does not know is breaking',
  async (t) => {
    const { sql, folder } = await setUp(t, { '0001-a.sql': 'create table a (n int8);' })
    const old = folder
    const newer = await mkdtemp(path.join(tmpdir(), 'tandem-migrations-'))
    t.teardown(() => rm(newer, { recursive: true }))
    await write(newer, {
      '0001-a.sql': 'create table a (n int8);',
      '0002-b.sql': 'alter table a add m text;',
    })
    await migrate(sql, { folder: newer })
    t.strictSame(await migrate(sql, { folder: old }), { applied: [] })

    await write(newer, { '0003-c.sql': '-- breaking\nalter table a drop n;' })
    await migrate(sql, { folder: newer })
    await t.rejects(migrate(sql, { folder: old }), {
      message: 'the database is newer than this program: it has the migration 0003-c.sql',
    })
  },
)

t.test('a migration numbered below one that is applied is refused', async (t) => {
  const { sql, folder } = await setUp(t, { '0002-b.sql': 'create table b (n int8);' })
  await migrate(sql, { folder })
  await write(folder, { '0001-a.sql': 'create table a (n int8);' })
  await t.rejects(migrate(sql, { folder }), {
    message: 'migration 0001-a.sql comes too late: the database already has 0002-b.sql',
  })
  t.strictSame([...(await sql`select to_regclass('a')::text as a`)], [{ a: null }])
})

t.test('file names are checked', async (t) => {
  const cases: [string[], string][] = [
    [['1-a.sql'], 'migration 1-a.sql: want NNNN-name.sql'],
    [['0001_a.sql'], 'migration 0001_a.sql: want NNNN-name.sql'],
    [['0001-a.sql', '0001-b.sql'], 'migrations 0001-a.sql and 0001-b.sql have the same number'],
  ]
  for (const [names, message] of cases) {
    const folder = await mkdtemp(path.join(tmpdir(), 'tandem-migrations-'))
    t.teardown(() => rm(folder, { recursive: true }))
    await write(folder, Object.fromEntries(names.map((name) => [name, ''])))
    await t.rejects(readMigrations(folder), { message }, names.join(', '))
  }
})
