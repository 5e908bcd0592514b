import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Test } from 'tap'
import { connect, type Sql } from '../../src/db/connect.js'
import { migrate } from '../../src/db/migrate.js'
import { createEmptyDatabase } from '../../src/testing.js'

const MIGRATIONS = resolve(import.meta.dirname, '../../../../../db/migrations')

/** A database with the migrations below that number, `NNNN`, and none of the others. */
export async function databaseBefore(t: Test, number: string): Promise<{ url: string; sql: Sql }> {
  const { url } = await createEmptyDatabase(t)
  const sql = connect(url, { max: 2 })
  t.teardown(() => sql.end())
  const folder = await mkdtemp(join(tmpdir(), 'tandem-'))
  t.teardown(() => rm(folder, { recursive: true }))
  for (const name of await readdir(MIGRATIONS)) {
    if (name < number) await cp(join(MIGRATIONS, name), join(folder, name))
  }
  await migrate(sql, { folder })
  return { url, sql }
}
