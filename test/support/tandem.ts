import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type Mailstore, openMailstore, type Principal } from '@tandem/mailstore'
import { createTestDatabase, type Test } from '@tandem/mailstore/testing'

export const projectRoot = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..')

export const PASSWORD = 'correct horse battery'

/** A running `tandem serve`, as a process of its own, with an account or two. */
export interface Tandem {
  /** host and port of each listener, by its name in the ready line. */
  address(name: 'http' | 'imap' | 'imaps' | 'submission' | 'submissions' | 'lmtp'): {
    host: string
    port: number
  }
  /** The file of its certificate, which signs itself: localhost and 127.0.0.1. */
  certificate: string
  /** Of its database, for commands of `tandem`. */
  databaseUrl: string
  /** The same database, for setting up and for looking. */
  mailstore: Mailstore
  /** What the process has written to its log so far. */
  log(): string
  /** The server's process. */
  process: ChildProcess
}

/** Starts it on a database of its own, or a copy of one, with every port 0, and stops it when `t` ends. */
export async function startTandem(
  t: Test,
  env: Record<string, string> = {},
  copy: { copyOf?: string } = {},
): Promise<Tandem> {
  const base = await openBase(t, copy)
  const server = await startServer(t, base, env)
  return { ...base, ...server }
}

/** A second process on the same database. Each can be killed, and comes back on other ports. */
export interface TandemPair {
  mailstore: Mailstore
  databaseUrl: string
  /** As it was last started. */
  at(name: 'A' | 'B'): Tandem
  /** kill -9, and its end. */
  kill(name: 'A' | 'B'): Promise<void>
  restart(name: 'A' | 'B'): Promise<void>
}

export async function startTandemPair(t: Test, env: Record<string, string> = {}): Promise<TandemPair> {
  const base = await openBase(t)
  const start = async () => ({ ...base, ...(await startServer(t, base, env)) })
  const servers = { A: await start(), B: await start() }
  return {
    ...base,
    at: (name) => servers[name],
    async kill(name) {
      const { process } = servers[name]
      const exited = once(process, 'exit')
      process.kill('SIGKILL')
      await exited
    },
    async restart(name) {
      servers[name] = await start()
    },
  }
}

type Base = Pick<Tandem, 'certificate' | 'databaseUrl' | 'mailstore'> & { data: string }

async function openBase(t: Test, copy: { copyOf?: string } = {}): Promise<Base> {
  const { url } = await createTestDatabase(t, copy)
  const data = await mkdtemp(path.join(tmpdir(), 'tandem-data-'))
  t.teardown(() => rm(data, { recursive: true, force: true }))
  const mailstore = await openMailstore({ url, poolSize: 2 })
  t.teardown(() => mailstore.close())
  return { data, certificate: path.join(data, 'tls/cert.pem'), databaseUrl: url, mailstore }
}

async function startServer(
  t: Test,
  { data, databaseUrl }: Base,
  env: Record<string, string>,
): Promise<Pick<Tandem, 'address' | 'log' | 'process'>> {
  const child = spawn(process.execPath, [path.join(projectRoot, 'packages/server/bin/tandem.js'), 'serve'], {
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: databaseUrl,
      TANDEM_DATA: data,
      TANDEM_WORKERS: '1',
      ...PORTS,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = once(child, 'exit')
  t.teardown(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
    await exited
  })
  let log = ''
  child.stderr.on('data', (bytes: Buffer) => {
    log += bytes.toString()
  })
  const addresses = await readyAddresses(child, exited, () => log)
  return {
    address(name) {
      const address = addresses.get(name)
      if (!address) throw new Error(`no listener ${name}`)
      return address
    },
    log: () => log,
    process: child,
  }
}

export const PORTS = {
  TANDEM_IMAP_PORT: '0',
  TANDEM_IMAPS_PORT: '0',
  TANDEM_HTTP_PORT: '0',
  TANDEM_SUBMISSION_PORT: '0',
  TANDEM_SUBMISSIONS_PORT: '0',
  TANDEM_LMTP_PORT: '0',
}

export async function readyAddresses(
  child: ChildProcess,
  exited: Promise<unknown>,
  log: () => string,
): Promise<Map<string, { host: string; port: number }>> {
  const ready = (async () => {
    for await (const line of createInterface({ input: child.stdout! })) {
      if (line.startsWith('tandem ready')) return line
    }
    throw new Error('the output ended')
  })()
  const line = await Promise.race([
    ready,
    exited.then(() => {
      throw new Error(`tandem serve ended before it was ready:\n${log()}`)
    }),
  ])
  child.stdout!.resume()
  return new Map(
    [...line.matchAll(/(\w+)=(\S+):(\d+)/g)].map(([, name, host, port]) => [
      name!,
      { host: host!, port: Number(port) },
    ]),
  )
}

/** An account with the password PASSWORD. */
export const addAccount = (tandem: Tandem, name: string): Promise<Principal> =>
  tandem.mailstore.directory.createAccount(name, PASSWORD)
