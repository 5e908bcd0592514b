import { type ChildProcess, spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Test } from '@tandem/mailstore/testing'

/** Seconds that a client may run; then its whole process group is killed, and the test fails. */
const LIMIT = 60

/** A mail client's program, if this machine has it. */
export interface Program {
  path: string
  /** For t.test(): a test of a program that is not there is skipped, and says which Debian package brings it. */
  options: { skip?: string }
}

export function findProgram(name: string, debianPackage: string): Program {
  for (const folder of (process.env.PATH ?? '').split(path.delimiter)) {
    const file = path.join(folder, name)
    try {
      accessSync(file, constants.X_OK)
      return { path: file, options: {} }
    } catch {
      // Not in this folder.
    }
  }
  return { path: name, options: { skip: `install ${debianPackage}` } }
}

/** A home folder with these files in it, readable by nobody else; gone when `t` ends. */
export async function makeHome(t: Test, files: Record<string, string> = {}): Promise<string> {
  const home = await mkdtemp(path.join(tmpdir(), 'tandem-client-'))
  t.teardown(() => rm(home, { recursive: true, force: true, maxRetries: 3 }))
  for (const [name, text] of Object.entries(files)) {
    await writeFile(path.join(home, name), text, { mode: 0o600 })
    if (text.startsWith('#!')) await chmod(path.join(home, name), 0o700)
  }
  return home
}

export interface Result {
  code: number | null
  stdout: string
  /** Both streams, as they came. */
  output: string
}

/** A client that runs. */
export interface Running {
  /** Resolves with the match once the output has it; an error when the program ends without. */
  said(pattern: RegExp): Promise<RegExpMatchArray>
  write(text: string): void
  /** SIGTERM, and its result. */
  stop(): Promise<Result>
  ended: Promise<Result>
}

export interface RunOptions {
  home: string
  /** What it reads; without, its standard input is empty. `open` keeps it open, for write(). */
  input?: string | 'open'
  env?: Record<string, string>
}

/** Starts a client in a process group of its own and an environment of its own; the group ends with `t`. */
export function startProgram(t: Test, program: Program, args: string[], options: RunOptions): Running {
  const { home, input = '', env } = options
  const child = spawn(program.path, args, {
    cwd: home,
    env: { PATH: process.env.PATH, HOME: home, TMPDIR: home, ...SURROUNDINGS, ...env },
    stdio: 'pipe',
    detached: true,
  })
  // A program may end before it has read everything.
  child.stdin.on('error', () => {})
  if (input !== 'open') child.stdin.end(input)
  const said = { stdout: '', output: '', wake: new Set<() => void>() }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.stdout += text
  })
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said.output += text
      for (const look of said.wake) look()
    })
  }
  const kill = (signal: NodeJS.Signals) => {
    try {
      process.kill(-child.pid!, signal)
    } catch {
      // The group is gone.
    }
  }
  const ended = endOf(child, kill, said)
  t.teardown(async () => {
    kill('SIGKILL')
    await ended.catch(() => {})
  })
  return {
    said: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(said.output)
          if (!match) return
          said.wake.delete(look)
          resolve(match)
        }
        said.wake.add(look)
        const missed = () => reject(new Error(`${program.path} did not say ${pattern}:\n${said.output}`))
        ended.then(missed, reject)
        look()
      }),
    write: (text) => child.stdin.write(text),
    stop() {
      kill('SIGTERM')
      return ended
    },
    ended,
  }
}

const SURROUNDINGS = { LANG: 'C.UTF-8', TZ: 'UTC', TERM: 'xterm', USER: 'alice' }

/** The result of a child, which is killed when its time is up: then an error. */
function endOf(
  child: ChildProcess,
  kill: (signal: NodeJS.Signals) => void,
  said: { stdout: string; output: string },
): Promise<Result> {
  let tooLong = false
  const limit = setTimeout(() => {
    tooLong = true
    kill('SIGKILL')
  }, LIMIT * 1000)
  const ended = new Promise<Result>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      clearTimeout(limit)
      if (tooLong) reject(new Error(`${child.spawnfile} took more than ${LIMIT} s:\n${said.output}`))
      else resolve({ code, stdout: said.stdout, output: said.output })
    })
  })
  // Whoever waits gets the error; a test that ends before does not fail by it.
  ended.catch(() => {})
  return ended
}

/** Runs a client to its end. An error, with what it said, unless it ends with 0. */
export async function runProgram(
  t: Test,
  program: Program,
  args: string[],
  options: RunOptions,
): Promise<Result> {
  const result = await startProgram(t, program, args, options).ended
  if (result.code === 0) return result
  throw new Error(`${[program.path, ...args].join(' ')} ended with ${result.code}:\n${result.output}`)
}
