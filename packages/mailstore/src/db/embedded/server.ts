// The server of one cluster: starting it, finding it alive, stopping it.
import { spawn, spawnSync } from 'node:child_process'
import { open, readFile, rename, rm, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect, type Sql } from '../connect.js'
import { NAME, urlOf } from './cluster.js'
import { isAlive } from './lock.js'
import type { Place } from './place.js'
import { run, surroundings } from './programs.js'

const POLL_MS = 25
/** Recovery after a crash reads up to a gigabyte of WAL. */
const START_MS = 300_000
const STOP_SECONDS = 30
const ATTEMPTS = 5
const LOG_BYTES = 16 * 1024 * 1024

/** What postmaster.pid says: its lines are documented in Postgres's source, pidfile.h. */
type Postmaster = { pid: number; port: number; ready: boolean }

async function readPostmaster(cluster: string): Promise<Postmaster | null> {
  let lines: string[]
  try {
    lines = (await readFile(path.join(cluster, 'postmaster.pid'), 'utf8')).split('\n')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
  const [pid, , , port, , , , status] = lines
  return { pid: Number(pid), port: Number(port ?? 0), ready: status?.trim() === 'ready' }
}

/**
 * The port of the cluster's running server, waiting while it is starting or stopping; null when none runs.
 */
export async function runningPort(cluster: string, password: string): Promise<number | null> {
  for (const deadline = Date.now() + START_MS; ; await sleep(POLL_MS)) {
    const postmaster = await readPostmaster(cluster)
    if (postmaster === null || !isAlive(postmaster.pid)) return null
    if (!(await mayBeOurs(postmaster.pid, cluster))) {
      // Postgres would take the stranger that has its old process id for itself, and refuse to start.
      await rm(path.join(cluster, 'postmaster.pid'), { force: true })
      return null
    }
    if (postmaster.ready && (await answers(urlOf(postmaster.port, password, 'postgres'))))
      return postmaster.port
    if (Date.now() > deadline) {
      throw new Error(`Postgres (process ${postmaster.pid}) runs in ${cluster} and does not answer`)
    }
  }
}

/** Whether the process of the cluster's server is there. */
export async function isServing(cluster: string): Promise<boolean> {
  const postmaster = await readPostmaster(cluster)
  return postmaster !== null && isAlive(postmaster.pid)
}

/** False only if the process certainly is no postmaster of this cluster. */
async function mayBeOurs(pid: number, cluster: string): Promise<boolean> {
  if (process.platform === 'win32') return true
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(
    () => spawnSync('ps', ['-p', `${pid}`, '-o', 'command='], { encoding: 'utf8' }).stdout ?? '',
  )
  return command === '' || command.includes(cluster)
}

/** SQLSTATE class 28: the server is there, and refuses us. */
const REFUSED = /^28/

async function answers(url: string): Promise<boolean> {
  try {
    await ask(url, (sql) => sql`select 1`)
    return true
  } catch (error) {
    if (isRefusal(error)) throw error
    return false
  }
}

function isRefusal(error: unknown): boolean {
  return REFUSED.test((error as { code?: string }).code ?? '')
}

async function ask<T>(url: string, question: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = connect(url, { max: 1, connectTimeout: 5, applicationName: 'tandem check' })
  try {
    return await question(sql)
  } catch (error) {
    if (!isRefusal(error)) throw error
    const { code, message } = error as { code: string; message: string }
    throw Object.assign(new Error(`Postgres refuses the password in postgres.json: ${message}`), { code })
  } finally {
    await sql.end()
  }
}

/**
 * Starts the server and gives its port once it accepts connections. Its output goes to the end of `logFile`. `only`:
 * the port that it has to be, for those who are connected already.
 */
export async function launch(
  place: Place,
  logFile: string,
  durable: boolean,
  only?: number,
): Promise<number> {
  if (((await stat(logFile).catch(() => null))?.size ?? 0) > LOG_BYTES) await rename(logFile, `${logFile}.1`)
  // After a crash on the same port, so that those who were connected find the server again.
  const last = (await readPostmaster(place.cluster))?.port
  for (let attempt = 1; ; attempt++) {
    const port = only ?? (attempt === 1 && last ? last : await freePort())
    const failure = await launchOn(port, place, logFile, durable)
    if (failure === null) return port
    // Somebody may have taken the port since.
    if (!failure.includes('could not bind') || attempt === ATTEMPTS || only !== undefined) {
      throw new Error(`Postgres did not start: ${failure} (see ${logFile})`)
    }
  }
}

/** Null once the server is ready, else what it died of. */
async function launchOn(
  port: number,
  place: Place,
  logFile: string,
  durable: boolean,
): Promise<string | null> {
  const { cluster, programs, user } = place
  const log = await open(logFile, 'a+', 0o600)
  try {
    const { size } = await log.stat()
    const child = spawn(programs.postgres, ['-D', cluster, ...settings(port, durable)], {
      ...surroundings(user),
      stdio: ['ignore', log.fd, log.fd],
      // A session of its own: a Ctrl-C in the terminal must not stop the database before those who use it. A
      // throw-away cluster is better stopped too early than never.
      detached: durable,
    })
    let failure: string | null = null
    child.once('error', ({ message }) => {
      failure = message
    })
    child.unref()
    for (const deadline = Date.now() + START_MS; failure === null; await sleep(POLL_MS)) {
      if (child.exitCode !== null || child.signalCode !== null) return await causeOfDeath(log, size)
      const postmaster = await readPostmaster(cluster)
      if (postmaster?.pid === child.pid && postmaster?.ready) return null
      if (Date.now() > deadline) return 'it takes too long'
    }
    return failure
  } finally {
    await log.close()
  }
}

async function causeOfDeath(log: Awaited<ReturnType<typeof open>>, from: number): Promise<string> {
  const { size } = await log.stat()
  const { buffer } = await log.read({ buffer: Buffer.alloc(size - from), position: from })
  const lines = buffer.toString('utf8').trim().split('\n')
  const line =
    lines.find((text) => /could not bind/.test(text)) ?? lines.find((text) => /FATAL|PANIC/.test(text))
  return line ?? lines.at(-1) ?? 'no reason given'
}

/** On the command line, so that a cluster made by an earlier version of Tandem runs with today's. */
function settings(port: number, durable: boolean): string[] {
  const values: Record<string, string | number> = {
    listen_addresses: '127.0.0.1',
    port,
    // The path of a socket is limited to 100 bytes or so; TCP works everywhere.
    unix_socket_directories: '',
    max_connections: 200,
    shared_preload_libraries: 'pg_stat_statements',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_checkpoints: 'off',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  }
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

/** Makes the mailstore's database where it is missing; needs only a running server. */
export function ensureDatabase(port: number, password: string): Promise<void> {
  return ask(urlOf(port, password, 'postgres'), async (sql) => {
    const rows = await sql`select from pg_database where datname = ${NAME}`
    if (rows.length === 0) await sql`create database ${sql(NAME)}`
  })
}

/** Stops the server: connections are ended, transactions rolled back. */
export async function halt({ cluster, programs, user }: Place): Promise<void> {
  const stop = (mode: string) =>
    run(programs.pgCtl, ['stop', '-D', cluster, '-m', mode, '-w', '-t', `${STOP_SECONDS}`], user)
  try {
    await stop('fast')
  } catch (error) {
    const postmaster = await readPostmaster(cluster)
    if (postmaster === null || !isAlive(postmaster.pid)) return
    if (!/does not shut down/.test((error as Error).message)) throw error
    await stop('immediate')
  }
}
