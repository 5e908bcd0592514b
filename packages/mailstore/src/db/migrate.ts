// Migrations: db/migrations/NNNN-name.sql, forward only, each in a transaction of its own.
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import postgres from 'postgres'
import type { Sql, TransactionSql } from './connect.js'

export type Migration = {
  /** The file's name, `0001-mailstore.sql`. */
  name: string
  text: string
  /** Whether a program that does not know this migration must not touch the database any more. */
  breaking: boolean
}

export type MigrateOptions = {
  log?: (line: string) => void
  /** The folder of the files, default db/migrations at the root of the project. */
  folder?: string
}

/** From packages/mailstore/dist/src/db/ to the root of the project. */
const MIGRATIONS = fileURLToPath(new URL('../../../../../db/migrations', import.meta.url))

/** Any constant: everybody who migrates this database must agree on it. */
const ADVISORY_LOCK = 7_463_101

/**
 * Reads the migrations of `folder`, sorted by number.
 * Throws where a file's name is not `NNNN-name.sql` or two share a number.
 */
export async function readMigrations(folder: string = MIGRATIONS): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  for (const [index, name] of names.entries()) {
    if (!/^\d{4}-[a-z0-9-]+\.sql$/.test(name)) throw new Error(`migration ${name}: want NNNN-name.sql`)
    const before = names[index - 1]
    if (before?.slice(0, 4) === name.slice(0, 4)) {
      throw new Error(`migrations ${before} and ${name} have the same number`)
    }
  }
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(`${folder}/${name}`, 'utf8')
      return { name, text, breaking: /^--\s*breaking\b/.test(text) }
    }),
  )
}

/**
 * Brings the database up to date and gives the names of what was applied now. Several processes may do this at
 * once. Throws, having changed nothing, when the database has a breaking migration that this program does not know.
 */
export async function migrate(sql: Sql, options: MigrateOptions = {}): Promise<{ applied: string[] }> {
  const migrations = await readMigrations(options.folder)
  const applied: string[] = []
  for (;;) {
    const name = await sql.begin((tx) => applyNext(tx, migrations))
    if (name === null) return { applied }
    applied.push(name)
    options.log?.(`applied migration ${name}`)
  }
}

/** Applies the first migration that is not there yet and gives its name; null when none is left. */
async function applyNext(tx: TransactionSql, migrations: Migration[]): Promise<string | null> {
  // The lock goes with the transaction, so that it also works through a transaction pooler.
  await tx`select pg_advisory_xact_lock(${ADVISORY_LOCK})`
  await tx`create table if not exists migration (
    name       text primary key,
    applied_at timestamptz not null default now(),
    breaking   boolean not null
  )`
  const rows = await tx<Pick<Migration, 'name' | 'breaking'>[]>`
    select name, breaking from migration order by name`
  const known = new Set(migrations.map(({ name }) => name))
  const stranger = rows.find(({ name, breaking }) => breaking && !known.has(name))
  if (stranger !== undefined) {
    throw new Error(`the database is newer than this program: it has the migration ${stranger.name}`)
  }
  const there = new Set(rows.map(({ name }) => name))
  const next = migrations.find(({ name }) => !there.has(name))
  if (next === undefined) return null
  const last = rows.at(-1)?.name
  if (last !== undefined && last > next.name) {
    throw new Error(`migration ${next.name} comes too late: the database already has ${last}`)
  }
  try {
    await tx.unsafe(next.text)
  } catch (error) {
    throw located(error, next)
  }
  await tx`insert into migration (name, breaking) values (${next.name}, ${next.breaking})`
  return next.name
}

/** The database's error with the file and line it points to. */
function located(error: unknown, { name, text }: Migration): unknown {
  if (!(error instanceof postgres.PostgresError)) return error
  const line = error.position ? text.slice(0, Number(error.position)).split('\n').length : null
  const place = line === null ? name : `${name}, line ${line}`
  return new Error(`migration ${place}: ${error.message}`, { cause: error })
}
