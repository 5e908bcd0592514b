import { execFileSync } from 'node:child_process'
import { chmod, mkdtemp, readFile, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Embedded, startEmbedded } from '../../src/db/embedded/index.js'
import { type Mailstore, type MailstoreOptions, migrate, openMailstore } from '../../src/index.js'
import type { Test } from '../../src/testing.js'

/** By `npm run test:long`: the same tests with more rounds. */
export const isLong = process.env.TANDEM_LONG === '1'
export const rounds = (short: number, long: number): number => (isLong ? long : short)

export interface Cluster {
  url: string
  /** Where its data is. */
  folder: string
  /** SIGKILL to the postmaster and to all its children: what a machine's loss of power leaves. */
  kill(): Promise<void>
  /** Starts the server again, on the same data and port. */
  restart(): Promise<void>
  open(options?: Partial<MailstoreOptions>): Promise<Mailstore>
}

/** Why there can be no disk of a size of its own here; false where there can. */
export const noDisk =
  process.platform === 'linux' && process.getuid?.() === 0 ? false : 'needs root on Linux, to mount one'

/** A durable cluster of the test's own with the current schema; with `disk`, on one of so many octets. */
export async function startCluster(t: Test, { disk }: { disk?: number } = {}): Promise<Cluster> {
  // Root's Postgres runs as another user, who may be unable to enter root's own folder for temporary files.
  const base = process.getuid?.() === 0 ? '/tmp' : tmpdir()
  const folder = await realpath(await mkdtemp(path.join(base, 'tandem-faults-')))
  if (disk) execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${disk}`, 'tmpfs', folder])
  await chmod(folder, 0o711)
  const started: Embedded[] = []
  t.teardown(async () => {
    for (const each of started) await each.stop()
    if (disk) execFileSync('umount', [folder])
    await rm(folder, { recursive: true, force: true })
  })
  const start = async () => {
    const embedded = await startEmbedded(folder)
    started.push(embedded)
    return embedded
  }
  const { url, cluster } = await start()
  await migrate({ url })
  return {
    url,
    folder,
    async kill() {
      const postmaster = Number.parseInt(await readFile(path.join(cluster, 'postmaster.pid'), 'utf8'), 10)
      // First itself, or it would restart its children.
      for (const pid of [postmaster, ...childrenOf(postmaster)]) killNow(pid)
      for (const pid of childrenOf(postmaster)) killNow(pid)
    },
    async restart() {
      const again = await start()
      if (again.url !== url) throw new Error('the server came back elsewhere')
    },
    async open(options = {}) {
      const mailstore = await openMailstore({ url, ...options })
      t.teardown(() => mailstore.close())
      return mailstore
    },
  }
}

function childrenOf(parent: number): number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n')
  const pairs = lines.map((line) => line.trim().split(/\s+/).map(Number))
  return pairs.filter(([, ppid]) => ppid === parent).map(([pid]) => pid!)
}

function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
