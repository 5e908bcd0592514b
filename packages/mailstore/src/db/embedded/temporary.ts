// A throw-away server for one test file that is run by hand, or for one run of all tests.
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type EmbeddedOptions, startEmbedded } from './index.js'

export type TemporaryPostgres = { url: string; stop(): Promise<void> }

/**
 * A private, empty server in the system's folder for temporary files, not durable unless asked for; stop() leaves
 * nothing behind.
 */
export async function startTemporaryPostgres(options: EmbeddedOptions = {}): Promise<TemporaryPostgres> {
  const folder = await mkdtemp(path.join(tmpdir(), 'tandem-test-'))
  // Root's Postgres runs as another user, who has to get in. The cluster itself is closed to others.
  await chmod(folder, 0o711)
  const removeFolder = () => rm(folder, { recursive: true, force: true })
  try {
    const { url, cluster, stop } = await startEmbedded(folder, { durable: false, ...options })
    return {
      url,
      async stop() {
        await stop()
        await rm(cluster, { recursive: true, force: true })
        await removeFolder()
      },
    }
  } catch (error) {
    await removeFolder()
    throw error
  }
}
