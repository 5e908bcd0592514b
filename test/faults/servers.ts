// Processes of `tandem serve` on one database, to be killed and started again.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Test } from '@tandem/mailstore/testing'
import { PORTS, projectRoot, readyAddresses, type Tandem } from '../support/tandem.js'

export type Server = Pick<Tandem, 'address'>

export interface Servers {
  /** Those that live. */
  readonly alive: readonly Server[]
  count: number
  /** SIGKILL; resolves when it is gone. */
  kill(index: number): Promise<void>
  /** Starts what was killed; `ready` waits for it, too. */
  start(index: number): Promise<void>
  /** Resolves once all say that they are ready, and reach the database. */
  ready(): Promise<void>
}

export async function startServers(t: Test, count: number, env: Record<string, string>): Promise<Servers> {
  const data = await mkdtemp(path.join(tmpdir(), 'tandem-data-'))
  t.teardown(() => rm(data, { recursive: true, force: true }))
  const running: ({ child: ChildProcess; server: Server } | null)[] = []
  const starting: Promise<void>[] = []
  /** One that nobody killed. */
  let ended: Error | null = null

  async function start(index: number): Promise<void> {
    const child = spawn(
      process.execPath,
      [path.join(projectRoot, 'packages/server/bin/tandem.js'), 'serve'],
      {
        env: { PATH: process.env.PATH, TANDEM_DATA: data, TANDEM_WORKERS: '1', ...PORTS, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
    const exited = once(child, 'exit')
    let log = ''
    child.stderr.on('data', (bytes: Buffer) => {
      // What it says while the database is away is expected, and much.
      log = (log + bytes.toString()).slice(-10_000)
    })
    child.once('exit', (code, signal) => {
      if (running[index]?.child === child) ended = new Error(`a server ended with ${signal ?? code}:\n${log}`)
    })
    const addresses = await readyAddresses(child, exited, () => log)
    running[index] = { child, server: { address: (name) => addresses.get(name)! } }
  }
  t.teardown(async () => {
    for (const each of running) {
      if (!each || each.child.exitCode !== null) continue
      each.child.kill('SIGKILL')
      await once(each.child, 'exit')
    }
  })
  // One after the other: the first one makes the certificate.
  for (let index = 0; index < count; index++) await start(index)
  return {
    count,
    get alive() {
      return running.flatMap((each) => (each ? [each.server] : []))
    },
    async kill(index) {
      const { child } = running[index]!
      running[index] = null
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    },
    start(index) {
      starting[index] = start(index)
      return starting[index]
    },
    async ready() {
      await Promise.all(starting)
      for (const each of running) {
        const { host, port } = each!.server.address('http')
        const look = () => fetch(`http://${host}:${port}/readyz`)
        while (
          !(
            await look().catch((error: unknown) => {
              throw ended ?? error
            })
          ).ok
        );
      }
    },
  }
}
