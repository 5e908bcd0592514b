// The one place that configures the Postgres driver: pool, types, names, the oldest server we accept.
import postgres from 'postgres'

type Types = { bigint: number }

/** A pool of connections to the mailstore's database. */
export type Sql = postgres.Sql<Types>
/** One transaction on one connection of a pool. */
export type TransactionSql = postgres.TransactionSql<Types>
/** What a pool and a transaction have in common: the query template itself. */
export type Queryable = postgres.ISql<Types>

/** A piece of a statement, to be put into another. */
export type Fragment = postgres.PendingQuery<postgres.Row[]>

/** An array parameter of booleans: the driver takes the array itself for a single boolean. */
export const booleans = (values: readonly boolean[]): string => `{${values.join(',')}}`

/** A row of a result, as the driver types it. */
export type Row = postgres.Row

export type ConnectOptions = {
  /** Connections the pool may hold, default 10. LISTEN takes one more. */
  max?: number
  /** What pg_stat_activity shows, default `tandem`. */
  applicationName?: string
  /** False behind a pooler that does not keep prepared statements. */
  prepare?: boolean
  /** Seconds before an attempt to connect fails, default 30. */
  connectTimeout?: number
}

const INT8 = 20

/** The lowest `server_version_num` that works: NULLS NOT DISTINCT and security of the public schema came with 15. */
const OLDEST_SERVER = 150_000

/**
 * A pool of connections to `url` (`postgres://user:pass@host:port/database`); connects on first use.
 * int8 is a JavaScript number, checked: a value beyond 2^53 fails its query. bytea is a Buffer.
 */
export function connect(url: string, options: ConnectOptions = {}): Sql {
  return postgres(url, {
    max: options.max ?? 10,
    prepare: options.prepare ?? true,
    connect_timeout: options.connectTimeout ?? 30,
    connection: { application_name: options.applicationName ?? 'tandem' },
    onnotice: () => {},
    types: { bigint: { to: INT8, from: [INT8], serialize: serializeInt8, parse: parseInt8 } },
  })
}

function parseInt8(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new RangeError(`int8 ${text} is beyond 2^53`)
  return value
}

// Must not throw: an exception here would leave its query in the driver's queue and fail another one. Postgres
// refuses the text instead, and the error arrives where it belongs.
function serializeInt8(value: number): string {
  return typeof value !== 'number' || Number.isSafeInteger(value) ? `${value}` : `${value} is no safe integer`
}

/**
 * Throws a one-line Error when the server is too old for Tandem's SQL.
 */
export async function assertServerVersion(sql: Sql, oldest: number = OLDEST_SERVER): Promise<void> {
  const [row] = await sql<{ number: number; name: string }[]>`
    select current_setting('server_version_num')::int as number, current_setting('server_version') as name`
  if (row === undefined || row.number < oldest) {
    throw new Error(`Tandem needs Postgres ${Math.floor(oldest / 10_000)} or newer; this is ${row?.name}`)
  }
}

export type Listener = {
  /** Nothing is heard any more from now on; the connection itself goes with the pool. */
  stop(): Promise<void>
}

/**
 * LISTEN on `channel` over a connection of its own, which reconnects by itself. `onListening` runs each time
 * listening begins, the first time included: what was announced in between is lost, so look for yourself then.
 */
export async function listen(
  sql: Sql,
  channel: string,
  onNotify: (payload: string) => void,
  onListening: () => void = () => {},
): Promise<Listener> {
  // The driver's own unlisten does not find its listener again once the connection has been replaced.
  let active = true
  const whileActive =
    <A extends unknown[]>(action: (...args: A) => void) =>
    (...args: A) => {
      if (active) action(...args)
    }
  try {
    const { unlisten } = await sql.listen(channel, whileActive(onNotify), whileActive(onListening))
    return {
      async stop() {
        active = false
        await unlisten()
      },
    }
  } catch (error) {
    active = false
    throw error
  }
}
