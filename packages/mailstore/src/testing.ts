// Databases for tests: each test file clones a template, so that no test meets another's leftovers.
import { createHash, randomBytes } from 'node:crypto'
import { assertServerVersion, connect, type Sql } from './db/connect.js'
import { startTemporaryPostgres, type TemporaryPostgres } from './db/embedded/temporary.js'
import { migrate, readMigrations } from './db/migrate.js'
import { dumpSchema } from './db/schema.js'

export { startTemporaryPostgres, type TemporaryPostgres } from './db/embedded/temporary.js'
export { type Cluster, startCluster } from './testing/cluster.js'
export { live } from './testing/memory.js'
export { Model, type ModelEmail, type ModelMailbox, type ModelMembership } from './testing/model.js'
export { weakenPasswords } from './testing/passwords.js'
export { openPushService, type Push, type PushService } from './testing/push-service.js'
export { createRandom, type Random } from './testing/random.js'
export { createScramClient, type ScramClient, type ScramClientOptions } from './testing/scram-client.js'
export { countingWire, type Traffic, type Wire } from './testing/wire.js'
export { buildView, type ViewRow } from './view/version.js'

/** What a test has to offer: tap's `t` does. */
export type Test = { teardown(fn: () => unknown): void }

export type TestDatabase = { url: string }

/** Any constant: everybody who makes templates on this server must agree on it. */
const TEMPLATE_LOCK = 7_463_102

/** SQLSTATE object_in_use: somebody is still connected to the template. */
const OBJECT_IN_USE = '55006'

/**
 * A database with the current schema and no rows, or a copy of the one at `copyOf`, which nobody may be connected to;
 * dropped when `t` ends. Register the closing of your own connections after this call: tap runs teardowns last to first.
 *
 * The server is the one of `npm test` (TANDEM_TEST_DATABASE_URL); for a test file run by hand, a private one.
 */
export async function createTestDatabase(
  t: Test,
  { copyOf }: { copyOf?: string } = {},
): Promise<TestDatabase> {
  const server = await testServer(t)
  const template = copyOf === undefined ? await prepareTemplate(server) : databaseOf(copyOf)
  const url = await cloneDatabase(
    server,
    template,
    `${testDatabasePrefix()}${randomBytes(6).toString('hex')}`,
  )
  t.teardown(() => withAdmin(server, (sql) => dropDatabase(sql, databaseOf(url))))
  return { url }
}

/** An empty database without any schema, dropped when `t` ends. */
export async function createEmptyDatabase(t: Test): Promise<TestDatabase> {
  const server = await testServer(t)
  const name = `${testDatabasePrefix()}${randomBytes(6).toString('hex')}`
  await withAdmin(server, (sql) => sql`create database ${sql(name)} template template0`)
  t.teardown(() => withAdmin(server, (sql) => dropDatabase(sql, name)))
  return { url: withDatabase(server, name) }
}

/**
 * Makes the template of the current migrations where it is missing; gives its name. Old templates stay on the
 * server: another checkout may be using them.
 */
export function prepareTemplate(server: string): Promise<string> {
  return withAdmin(server, async (sql) => {
    await assertServerVersion(sql)
    const name = `tandem_template_${await schemaHash()}`
    // The pool has one connection, so lock and unlock meet the same session.
    await sql`select pg_advisory_lock(${TEMPLATE_LOCK})`
    try {
      const [row] = await sql<{ complete: boolean }[]>`
        select datistemplate as complete from pg_database where datname = ${name}`
      if (row?.complete) return name
      await dropDatabase(sql, name)
      await sql`create database ${sql(name)} template template0`
      const fresh = connect(withDatabase(server, name), { max: 1 })
      try {
        await migrate(fresh)
      } finally {
        await fresh.end()
      }
      // Closed to connections: CREATE DATABASE … TEMPLATE refuses a source somebody is connected to.
      await sql`alter database ${sql(name)} with is_template true allow_connections false`
      return name
    } finally {
      await sql`select pg_advisory_unlock(${TEMPLATE_LOCK})`
    }
  })
}

/** What the migrations give, as the text of db/schema.sql. */
export async function freshSchema(t: Test): Promise<string> {
  const { url } = await createEmptyDatabase(t)
  const sql = connect(url, { max: 1 })
  try {
    await migrate(sql)
    return await dumpSchema(sql)
  } finally {
    await sql.end()
  }
}

/** Drops what killed test files of this run left on the server. */
export function dropTestDatabases(server: string): Promise<void> {
  return withAdmin(server, async (sql) => {
    const rows = await sql<{ name: string }[]>`
      select datname as name from pg_database where starts_with(datname, ${testDatabasePrefix()})`
    for (const { name } of rows) await dropDatabase(sql, name)
  })
}

/** TANDEM_TEST_RUN tells the databases of one `npm test` from those of another on the same server. */
function testDatabasePrefix(): string {
  return `tandem_test_${process.env.TANDEM_TEST_RUN ?? process.pid}_`
}

/** The server of a test file that is run by hand, shared by its tests. */
let own: Promise<TemporaryPostgres> | undefined
let users = 0

async function testServer(t: Test): Promise<string> {
  const given = process.env.TANDEM_TEST_DATABASE_URL
  if (given) return given
  users++
  own ??= startTemporaryPostgres()
  const { url, stop } = await own
  t.teardown(async () => {
    if (--users > 0) return
    own = undefined
    await stop()
  })
  return url
}

async function cloneDatabase(server: string, template: string, name: string): Promise<string> {
  await withAdmin(server, async (sql) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await sql`create database ${sql(name)} template ${sql(template)}`
      } catch (error) {
        // Postgres itself waits 5 s for the others to leave.
        if ((error as { code?: unknown }).code !== OBJECT_IN_USE || attempt === 3) throw error
      }
    }
  })
  return withDatabase(server, name)
}

async function schemaHash(): Promise<string> {
  const hash = createHash('sha256')
  for (const { name, text } of await readMigrations()) hash.update(`${name}\0${text}\0`)
  return hash.digest('hex').slice(0, 12)
}

async function withAdmin<T>(server: string, use: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = connect(server, { max: 1, applicationName: 'tandem tests' })
  try {
    return await use(sql)
  } finally {
    await sql.end()
  }
}

async function dropDatabase(sql: Sql, name: string): Promise<void> {
  await sql`drop database if exists ${sql(name)} with (force)`
}

function withDatabase(server: string, name: string): string {
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}

function databaseOf(url: string): string {
  return new URL(url).pathname.slice(1)
}
