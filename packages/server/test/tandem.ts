// Runs `tandem` as a user would, and waits for what it says.
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Test } from '@tandem/mailstore/testing'

const PROGRAM = fileURLToPath(new URL('../../bin/tandem.js', import.meta.url))

export interface Outcome {
  code: number | null
  stdout: string
  stderr: string
}

export interface RunOptions {
  env?: Record<string, string>
  /** What standard input holds; nothing by default. */
  input?: string
  cwd?: string
}

/** The environment without settings of whoever runs the tests. */
function cleanEnvironment(env: Record<string, string>): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(TANDEM_|DATABASE_|NODE_OPTIONS$)/.test(name),
  )
  return { ...Object.fromEntries(kept), ...env }
}

function launch(args: readonly string[], { env = {}, cwd }: RunOptions): ChildProcess {
  const options: SpawnOptions = { env: cleanEnvironment(env), stdio: ['pipe', 'pipe', 'pipe'] }
  return spawn(process.execPath, [PROGRAM, ...args], cwd === undefined ? options : { ...options, cwd })
}

/** Runs a command to its end. */
export async function tandem(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const child = launch(args, options)
  const said = collect(child)
  child.stdin?.on('error', () => {}).end(options.input ?? '')
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, ...said }
}

function collect(child: ChildProcess): { stdout: string; stderr: string } {
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      said[name] += text
    })
  }
  return said
}

export interface Server {
  pid: number
  /** By listener: `host:port`. */
  addresses: Record<string, string>
  said: { stdout: string; stderr: string }
  kill(signal: NodeJS.Signals): void
  ended: Promise<number | null>
  /** Resolves once there are so many log lines (default 1) with this message, with the fields of the last. */
  logged(message: string, times?: number): Promise<Record<string, unknown>>
}

/** Starts `tandem serve` and waits for its ready line; it is killed when the test ends, should it still run. */
export async function serve(t: Test, args: readonly string[], options: RunOptions = {}): Promise<Server> {
  const child = launch(['serve', ...args], options)
  const said = collect(child)
  child.stdin?.end()
  const ended = once(child, 'close').then(([code]) => code as number | null)
  t.teardown(async () => {
    child.kill('SIGKILL')
    await ended
  })
  const line = await until(child, 'stdout', () => /^tandem ready .*$/m.exec(said.stdout)?.[0], said)
  const pairs = line.split(' ').slice(2)
  return {
    pid: child.pid!,
    addresses: Object.fromEntries(pairs.map((pair) => pair.split('=') as [string, string])),
    said,
    kill: (signal) => void child.kill(signal),
    ended,
    logged: (message, times = 1) =>
      until(child, 'stderr', () => logLines(said.stderr, message)[times - 1], said),
  }
}

function logLines(text: string, message: string): Record<string, unknown>[] {
  const lines = text.split('\n').filter((line) => line.startsWith('{') && line.endsWith('}'))
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter(({ msg }) => msg === message)
}

/** Looks each time the stream says something, and fails with what was said when the process ends first. */
function until<T>(
  child: ChildProcess,
  stream: 'stdout' | 'stderr',
  look: () => T | undefined,
  said: { stdout: string; stderr: string },
): Promise<T> {
  return new Promise((resolve, reject) => {
    const check = () => {
      const found = look()
      if (found !== undefined) resolve(found)
    }
    child[stream]?.on('data', check)
    child.on('close', (code) => reject(new Error(`it ended with ${code}:\n${said.stdout}${said.stderr}`)))
    check()
  })
}

/** One HTTP request to `host:port`. */
export async function get(
  address: string | undefined,
  path: string,
): Promise<{ status: number; text: string }> {
  const response = await fetch(`http://${address}${path}`, { headers: { connection: 'close' } })
  return { status: response.status, text: await response.text() }
}

/** `127.0.0.1:143` as what a socket connects to. */
export function splitAddress(address: string | undefined): { host: string; port: number } {
  const match = /^\[?(.+?)\]?:(\d+)$/.exec(address ?? '')
  if (!match) throw new Error(`${address} is not listening`)
  return { host: match[1]!, port: Number(match[2]) }
}
