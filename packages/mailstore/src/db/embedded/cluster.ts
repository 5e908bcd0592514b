// One Postgres cluster on disk: how it is made, and what it is called.
import { spawnSync } from 'node:child_process'
import { chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Place } from './place.js'
import { run } from './programs.js'

/** The cluster's superuser and the mailstore's database. */
export const NAME = 'tandem'

/** Makes the cluster with initdb, all or nothing; the caller holds the lock. */
export async function initialise({ cluster, programs, user }: Place, password: string, durable: boolean) {
  const work = `${cluster}.new`
  const [data, passwordFile] = [path.join(work, 'data'), path.join(work, 'password')]
  try {
    // One that was interrupted may have left its own.
    await rm(work, { recursive: true, force: true })
    await mkdir(work, { mode: 0o700 })
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600 })
    if (user !== null) for (const file of [work, passwordFile]) await chown(file, user.uid, user.gid)
    // Order by code point and Unicode's letters, the same on every platform and in every later version.
    const locale = ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
    // Full text search and trigrams ask the C library what a letter is.
    if (hasUnicodeLocale()) locale.push('--lc-ctype=C.UTF-8')
    const access = [`--username=${NAME}`, '--auth=scram-sha-256', `--pwfile=${passwordFile}`]
    const sync = durable ? [] : ['--no-sync']
    await run(programs.initdb, [`--pgdata=${data}`, '--encoding=UTF8', ...locale, ...access, ...sync], user)
    await rename(data, cluster)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

function hasUnicodeLocale(): boolean {
  const { stdout } = spawnSync('locale', ['-a'], { encoding: 'utf8' })
  return /^C\.utf-?8$/im.test(stdout ?? '')
}

/** Throws, in one line, when another major version of Postgres made the cluster. */
export async function assertVersion({ cluster, programs, user }: Place): Promise<void> {
  const made = (await readFile(path.join(cluster, 'PG_VERSION'), 'utf8')).trim()
  const brought = /(\d+)/.exec(await run(programs.postgres, ['--version'], user))?.[1]
  if (made !== brought) {
    throw new Error(
      `Postgres ${made} made the database in ${cluster}, and this program brings Postgres ${brought}: ` +
        `dump it with Postgres ${made} and load it into a new data folder`,
    )
  }
}

/** The URL of the mailstore's database in a cluster that listens on `port`. */
export function urlOf(port: number, password: string, database = NAME): string {
  return `postgres://${NAME}:${password}@127.0.0.1:${port}/${database}`
}
