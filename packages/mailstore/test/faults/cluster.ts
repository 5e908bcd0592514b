import { execFileSync } from 'node:child_process'
import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Mailstore, type MailstoreOptions, openMailstore } from '../../src/index.js'
import * as testing from '../../src/testing.js'

/** By `npm run test:long`: the same tests with more rounds. */
export const isLong = process.env.TANDEM_LONG === '1'
export const rounds = (short: number, long: number): number => (isLong ? long : short)

export interface Cluster extends testing.Cluster {
  /** Where its data is. */
  folder: string
  open(options?: Partial<MailstoreOptions>): Promise<Mailstore>
}

/** Why there can be no disk of a size of its own here; false where there can. */
export const noDisk =
  process.platform === 'linux' && process.getuid?.() === 0 ? false : 'needs root on Linux, to mount one'

/** A durable cluster of the test's own with the current schema; with `disk`, on one of so many octets. */
export async function startCluster(t: testing.Test, { disk }: { disk?: number } = {}): Promise<Cluster> {
  // Root's Postgres runs as another user, who may be unable to enter root's own folder for temporary files.
  const base = process.getuid?.() === 0 ? '/tmp' : tmpdir()
  const folder = await realpath(await mkdtemp(path.join(base, 'tandem-faults-')))
  if (disk) execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${disk}`, 'tmpfs', folder])
  await chmod(folder, 0o711)
  t.teardown(async () => {
    if (disk) execFileSync('umount', [folder])
    await rm(folder, { recursive: true, force: true })
  })
  const cluster = await testing.startCluster(t, folder)
  return {
    ...cluster,
    folder,
    async open(options = {}) {
      const mailstore = await openMailstore({ url: cluster.url, ...options })
      t.teardown(() => mailstore.close())
      return mailstore
    },
  }
}
