// A durable Postgres of a test's own, to be killed as a machine's loss of power or the kernel would.
import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { connect, type Sql } from '../db/connect.js'
import { type Embedded, startEmbedded } from '../db/embedded/index.js'
import { migrate } from '../db/migrate.js'
import type { Test } from '../testing.js'

export interface Cluster {
  url: string
  /** SIGKILL to the postmaster and to all its children: what a machine's loss of power leaves. */
  kill(): Promise<void>
  /** Starts the server again, on the same data and port. */
  restart(): Promise<void>
  /**
   * SIGKILL to one backend, in the middle of a transaction where there is such a one: the postmaster then ends all
   * others and recovers. Resolves once it takes connections again.
   */
  killBackend(): Promise<void>
}

/** With the current schema, its data in `folder`; stopped when `t` ends. */
export async function startCluster(t: Test, folder: string): Promise<Cluster> {
  let embedded: Embedded = await startEmbedded(folder)
  let leaving: Promise<void> = Promise.resolve()
  t.teardown(async () => {
    await leaving
    await embedded.stop()
  })
  const { url, cluster } = embedded
  const using = async <T>(work: (sql: Sql) => Promise<T>): Promise<T> => {
    const sql = connect(url, { max: 1, applicationName: 'tandem tests' })
    return await work(sql).finally(() => sql.end({ timeout: 1 }))
  }
  await using((sql) => migrate(sql))
  return {
    url,
    async kill() {
      const postmaster = Number.parseInt(await readFile(path.join(cluster, 'postmaster.pid'), 'utf8'), 10)
      // First itself, or it would restart its children.
      for (const pid of [postmaster, ...childrenOf(postmaster)]) killNow(pid)
      for (const pid of childrenOf(postmaster)) killNow(pid)
    },
    async restart() {
      const dead = embedded
      embedded = await startEmbedded(folder)
      if (embedded.url !== url) throw new Error('the server came back elsewhere')
      await leaving
      leaving = dead.stop()
    },
    killBackend: () =>
      using(async (sql) => {
        const [victim] = await sql<{ pid: number }[]>`
          select pid from pg_stat_activity
          where backend_type = 'client backend' and application_name = 'tandem'
          order by state <> 'idle' desc, random() limit 1`
        if (!victim) throw new Error('nobody is connected')
        // Its connection goes when the postmaster ends the others: only then has the crash come.
        const crash = sql`select pg_sleep(600)`.catch(() => {})
        killNow(victim.pid)
        await crash
        while (!(await sql`select 1`.catch(() => null)));
      }),
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
