// Where the cluster lives and who runs it. Postgres refuses to run as root, so for root it runs as the system user
// `postgres`. That user can often not enter the folders of root (a checkout in /root, a folder made by mktemp): what
// it cannot reach lives under /var/lib/tandem instead, with a symbolic link in the data folder.
import { createHash, randomBytes } from 'node:crypto'
import { chmod, cp, lstat, mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { type Programs, run, type User } from './programs.js'

export type Place = {
  /** The cluster's folder; it need not exist yet. */
  cluster: string
  programs: Programs
  user: User
}

/** Where root's clusters and programs go when the system user cannot reach the given ones. */
export const SYSTEM_FOLDER = '/var/lib/tandem'

/**
 * Decides for the data folder `dataDir` (a real path).
 * `recorded` is where an earlier start put the cluster, if not inside the data folder.
 */
export async function findPlace(
  dataDir: string,
  recorded: string | undefined,
  packaged: Programs,
  system: string,
  log: (line: string) => void,
): Promise<Place> {
  const inside = path.join(dataDir, 'postgres')
  const owner = await ownerOf(inside)
  const uid = process.getuid?.()
  if (uid !== 0) {
    if (owner !== null && uid !== undefined && owner.uid !== uid) {
      throw new Error(`${inside} belongs to another user (uid ${owner.uid}): start Tandem as that user`)
    }
    return { cluster: inside, programs: packaged, user: null }
  }
  const user = owner === null || owner.uid === 0 ? await systemUser() : owner
  const programs = (await runnable(packaged, user)) ? packaged : await copyPrograms(packaged, system, log)
  if (recorded !== undefined) return { cluster: recorded, programs, user }
  if (await reachable(dataDir, user, 0o1)) return { cluster: inside, programs, user }
  if (owner !== null) throw new Error(`${inside} is out of reach for its owner ${user.name}`)
  return { cluster: await outside(dataDir, system, user, log), programs, user }
}

/** A folder for the cluster that does not exist yet: one of the same name may belong to a data folder that moved. */
async function outside(
  dataDir: string,
  system: string,
  user: NonNullable<User>,
  log: (line: string) => void,
): Promise<string> {
  const hash = createHash('sha256').update(dataDir).digest('hex').slice(0, 8)
  const clusters = path.join(system, 'clusters')
  await makeFolder(system)
  await makeFolder(clusters)
  const taken = new Set(await readdir(clusters))
  let name = `${path.basename(dataDir)}-${hash}`
  for (let n = 2; taken.has(name); n++) name = `${path.basename(dataDir)}-${hash}-${n}`
  const cluster = path.join(clusters, name)
  log(`Postgres runs as the user ${user.name}, who cannot enter ${dataDir}: the database is in ${cluster}`)
  return cluster
}

async function ownerOf(cluster: string): Promise<NonNullable<User> | null> {
  try {
    const { uid, gid } = await stat(cluster)
    return { name: `with uid ${uid}`, uid, gid }
  } catch {
    const link = await lstat(cluster).catch(() => null)
    if (link?.isSymbolicLink()) throw new Error(`the database that ${cluster} points to is gone`)
    return null
  }
}

/** The user `postgres` of this system, made where there is none. */
async function systemUser(): Promise<NonNullable<User>> {
  const found = await lookUp('postgres')
  if (found !== null) return found
  const options = ['--system', '--no-create-home', '--shell', '/usr/sbin/nologin']
  try {
    await run('useradd', [...options, '--user-group', 'postgres'], null).catch(() =>
      // The group alone may be there.
      run('useradd', [...options, '--gid', 'postgres', 'postgres'], null),
    )
  } catch (cause) {
    throw new Error(
      `Postgres refuses to run as root, and the user postgres cannot be made (${(cause as Error).message}): ` +
        'run Tandem as an ordinary user, or set DATABASE_URL',
      { cause },
    )
  }
  const made = await lookUp('postgres')
  if (made === null) throw new Error('useradd made no user postgres: run Tandem as an ordinary user')
  return made
}

async function lookUp(name: string): Promise<NonNullable<User> | null> {
  try {
    const [uid, gid] = [
      Number(await run('id', ['-u', name], null)),
      Number(await run('id', ['-g', name], null)),
    ]
    return { name, uid, gid }
  } catch {
    return null
  }
}

/** One of each kind stands for all: npm gives them the same owner and mode. */
async function runnable(programs: Programs, user: NonNullable<User>): Promise<boolean> {
  return (
    (await reachable(programs.postgres, user, 0o5)) &&
    (await reachable(path.join(programs.home, 'lib', 'postgresql'), user, 0o5)) &&
    (await reachable(path.join(programs.home, 'share', 'postgresql', 'postgres.bki'), user, 0o4))
  )
}

/**
 * Whether `user` has the rights `want` (4 read, 2 write, 1 execute) on a file and may enter every folder above it.
 * Only owner, own group and others count: Node drops the supplementary groups of a child with another uid.
 */
export async function reachable(
  file: string,
  user: { uid: number; gid: number },
  want: number,
): Promise<boolean> {
  const { uid, gid, mode } = await stat(file)
  const rights = uid === user.uid ? mode >> 6 : gid === user.gid ? mode >> 3 : mode
  if ((rights & want) !== want) return false
  const above = path.dirname(file)
  return above === file || reachable(above, user, 0o1)
}

/** Copies the programs to where every user reaches them, once for each version. */
async function copyPrograms(
  packaged: Programs,
  system: string,
  log: (line: string) => void,
): Promise<Programs> {
  const home = path.join(system, `postgres-${packaged.version}`)
  const moved = (program: string) => path.join(home, path.relative(packaged.home, program))
  const programs = {
    home,
    version: packaged.version,
    initdb: moved(packaged.initdb),
    pgCtl: moved(packaged.pgCtl),
    postgres: moved(packaged.postgres),
  }
  if (await stat(home).catch(() => null)) return programs
  log(`Postgres cannot run as its own user from ${packaged.home}: copying it to ${home}`)
  await makeFolder(system)
  const temporary = `${home}.${randomBytes(4).toString('hex')}.tmp`
  try {
    // Static libraries serve compilers alone.
    await cp(packaged.home, temporary, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (file) => !file.endsWith('.a'),
    })
    await openToAll(temporary)
    await rename(temporary, home)
  } catch (error) {
    // Another process may have been faster.
    if (!(await stat(home).catch(() => null))) throw error
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
  return programs
}

/** The modes of a copy made under a strict umask. */
async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755)
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name)
    if (entry.isDirectory()) await openToAll(file)
    else if (entry.isFile()) await chmod(file, (await stat(file)).mode & 0o100 ? 0o755 : 0o644)
  }
}

async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  await chmod(folder, 0o755)
}
