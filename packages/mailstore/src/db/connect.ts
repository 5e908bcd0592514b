// The one place that configures the Postgres driver: pool, types, names, the oldest server we accept.
import { Socket } from 'node:net'
import postgres from 'postgres'
import { addArrays } from './arrays.js'
import { guardTransactions } from './begin.js'
import { renewed } from './renewed.js'

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
  /** Seconds before an attempt to connect fails, default 10. */
  connectTimeout?: number
}

const INT8 = 20

/** Seconds between two attempts of one connection; with the driver's pauses, up to 20, those who wait wait for long. */
const PAUSE = 0.02

/** The lowest `server_version_num` that works: NULLS NOT DISTINCT and security of the public schema came with 15. */
const OLDEST_SERVER = 150_000

/**
 * A pool of connections to `url` (`postgres://user:pass@host:port/database`); connects on first use.
 * int8 is a JavaScript number, checked: a value beyond 2^53 fails its query. bytea is a Buffer.
 */
export function connect(url: string, options: ConnectOptions = {}): Sql {
  const open = (onclose: () => void, more: object = {}): Sql => {
    const sql = postgres(url, {
      max: options.max ?? 10,
      prepare: options.prepare ?? true,
      connect_timeout: options.connectTimeout ?? 10,
      connection: { application_name: options.applicationName ?? 'tandem' },
      onnotice: () => {},
      types: { bigint: { to: INT8, from: [INT8], serialize: serializeInt8, parse: parseInt8 } },
      // addArrays() knows them.
      fetch_types: false,
      backoff: () => PAUSE,
      onclose,
      // What the driver takes and its types leave out.
      ...{ socket: openSocket, ...more },
    })
    addArrays(sql.options)
    return guardTransactions(sql)
  }
  return renewed(open, ({ onNotify, onLoss }) => {
    const onnotify = (_channel: string, payload: string) => onNotify(payload)
    return open(onLoss, { max: 1, max_lifetime: null, onnotify })
  })
}

/**
 * Like the driver's own socket, but one that is closed before a word was said is an error: the driver would try again
 * at once and for ever, and the query with it. A proxy whose server is away closes like that.
 */
function openSocket({ host, port, path }: { host: string[]; port: number[]; path?: string | false }): Socket {
  const [firstHost, firstPort] = [host[0]!, port[0]!]
  const socket = Object.assign(new Socket(), { host: firstHost, port: firstPort })
  socket.once('end', () => {
    const error = new Error(`${firstHost}:${firstPort} closed the connection at once`)
    if (socket.bytesRead === 0) socket.destroy(Object.assign(error, { code: 'ECONNRESET' }))
  })
  // A reset during the handshake would end the process: the driver's own first question has nobody to be rejected to.
  // As a plain close, it is an attempt that the driver makes again.
  const destroy = socket.destroy.bind(socket)
  socket.destroy = (error?: Error) => destroy(socket.bytesRead > 0 ? undefined : error)
  // The driver stops listening when it gives a connection up; an error after that has nobody, and would end the process.
  socket.on('error', () => {})
  // Once the driver hears errors.
  queueMicrotask(() => (path ? socket.connect(path) : socket.connect(firstPort, firstHost)))
  return socket
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
  const { unlisten } = await sql.listen(channel, onNotify, onListening)
  return { stop: unlisten }
}
