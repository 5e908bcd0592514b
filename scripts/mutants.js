// `npm run mutants [-- FILTER…]`: shows that the tests defend the rules of docs/consistency.md. Each patch in
// test/mutants/ breaks one rule; in a copy of the tree, with it applied, a test that it names has to turn red.
// `npm run mutants -- --wire [FILTER…]`: the same by the model over the wire alone, test/model/; it says after how many
// runs and steps. TANDEM_MODEL_RUNS: how many are tried.
// Exits with 1 where a mutant survives or a patch does not apply any more.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { prepareTemplate, startTemporaryPostgres } from '@tandem/mailstore/testing'
import { createReport } from './test-report.js'

const ROOT = path.resolve(import.meta.dirname, '..')
const MUTANTS = path.join(ROOT, 'test/mutants')
const require = createRequire(import.meta.url)
const TSC = path.resolve(require.resolve('typescript/package.json'), '../bin/tsc')
/** A test that is red in a file's output. */
const RED = /^ {8}not ok .*\n/m
const COMMON = ['package.json', 'tsconfig.base.json', 'scripts/seed.js', 'scripts/run-files.js', 'db']

/** The mailstore, and the tests that a patch names. */
const store = {
  tree: [...COMMON, 'packages/mime', 'packages/mailstore'],
  projects: ['packages/mailstore'],
  env: {},
  async testsOf(name) {
    const named = /^Tests: (.+)$/m.exec(await readFile(path.join(MUTANTS, name), 'utf8'))?.[1].split(', ')
    return named?.map((test) => `packages/mailstore/dist/test/${test}.js`)
  },
}

/** All of Tandem, and its model alone. One seed, so that what is red with a mutant was green without. */
const wire = {
  tree: [...COMMON, 'tsconfig.json', 'packages', 'test'],
  projects: ['test'],
  env: {
    TANDEM_SEED: process.env.TANDEM_SEED ?? '8620',
    TANDEM_MODEL_RUNS: process.env.TANDEM_MODEL_RUNS ?? '40',
  },
  testsOf: async () => ['test/dist/model/model.test.js'],
}

const args = process.argv.slice(2)
const suite = args.includes('--wire') ? wire : store
const filters = args.filter((arg) => !arg.startsWith('-'))
const names = (await readdir(MUTANTS)).filter((name) => name.endsWith('.patch')).sort()
const chosen = names.filter((name) => filters.length === 0 || filters.some((each) => name.includes(each)))

const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => stopping.abort(new Error(`stopped by ${signal}`)))

const copy = await mkdtemp(path.join(tmpdir(), 'tandem-mutants-'))
let server
let killed = 0
try {
  await copyTree()
  server = await startTemporaryPostgres()
  await prepareTemplate(server.url)
  await control()
  for (const name of chosen) {
    if (stopping.signal.aborted) break
    const began = Date.now()
    const { dead, how } = await tryMutant(name)
    if (dead) killed++
    const seconds = `${((Date.now() - began) / 1000).toFixed(0)} s`
    console.log(
      `${dead ? 'killed  ' : 'SURVIVED'}  ${name.replace('.patch', '').padEnd(32)} ${how} (${seconds})`,
    )
  }
} catch (error) {
  console.log(`stopped: ${error.message}`)
} finally {
  await server?.stop()
  await rm(copy, { recursive: true, force: true })
}
console.log(`${killed} of ${chosen.length} mutants killed`)
process.exit(killed === chosen.length && killed > 0 ? 0 : 1)

async function copyTree() {
  for (const each of suite.tree) {
    await cp(path.join(ROOT, each), path.join(copy, each), { recursive: true, preserveTimestamps: true })
  }
  // The installed packages are those of the tree; Tandem's own are the copies.
  const [from, to] = [path.join(ROOT, 'node_modules'), path.join(copy, 'node_modules')]
  await mkdir(path.join(to, '@tandem'), { recursive: true })
  for (const name of await readdir(from)) {
    if (name !== '@tandem') await symlink(path.join(from, name), path.join(to, name))
  }
  for (const name of await readdir(path.join(copy, 'packages'))) {
    await symlink(path.join(copy, 'packages', name), path.join(to, '@tandem', name))
  }
}

/** Without a mutant every test has to be green in the copy, or a red one would prove nothing. */
async function control() {
  const tests = new Set()
  for (const name of chosen) for (const test of (await suite.testsOf(name)) ?? []) tests.add(test)
  const built = build()
  if (built.status !== 0) throw new Error(`the copy does not compile: ${built.stdout.trim()}`)
  const failure = await firstFailure([...tests])
  if (failure) throw new Error(`red without any mutant: ${failure}`)
  console.log(`green     without a mutant: ${[...tests].map(shownName).join(', ')}`)
}

function shownName(file) {
  return file.replace(/^(packages\/mailstore|test)\/dist\/(test\/)?/, '').replace(/\.js$/, '')
}

function build() {
  return run(process.execPath, [TSC, '-b', ...suite.projects])
}

/** Applies it, builds, runs its tests in turn until one is red, and takes it back. */
async function tryMutant(name) {
  const patch = path.join(MUTANTS, name)
  const tests = await suite.testsOf(name)
  if (!tests) return { dead: false, how: 'the patch has no line "Tests: …"' }
  const applied = run('git', ['apply', patch])
  if (applied.status !== 0) return { dead: false, how: `does not apply: ${applied.stderr.trim()}` }
  try {
    const built = build()
    if (built.status !== 0) return { dead: false, how: `does not compile: ${built.stdout.trim()}` }
    for (const test of tests) {
      const failure = await firstFailure([test])
      if (failure) return { dead: true, how: `${shownName(test)}: ${failure}` }
    }
    return { dead: false, how: `by ${tests.map(shownName).join(', ')}` }
  } finally {
    run('git', ['apply', '-R', patch])
  }
}

function run(command, args) {
  return spawnSync(command, args, { cwd: copy, encoding: 'utf8' })
}

/** The first test that is red, with how much it took where it counts that; null where none is. */
async function firstFailure(files) {
  const lines = []
  let raw = ''
  const report = createReport({ files, print: (line) => lines.push(line) })
  const { DATABASE_URL: _, ...env } = process.env
  const child = spawn(process.execPath, ['scripts/run-files.js', ...files], {
    cwd: copy,
    env: { ...env, ...suite.env, TANDEM_TEST_DATABASE_URL: server.url, TANDEM_TEST_SHRINK: 'no' },
    stdio: ['ignore', 'pipe', 'ignore'],
    // A process group of its own, so that a stop reaches the test files as well.
    detached: true,
  })
  let isOver = false
  const stop = () => {
    if (!isOver) process.kill(-child.pid, 'SIGTERM')
    isOver = true
  }
  child.once('exit', () => {
    isOver = true
  })
  stopping.signal.addEventListener('abort', stop)
  child.stdout.setEncoding('utf8').on('data', (text) => {
    raw += text
    report.write(text)
    // The tests behind it take as long, and say nothing more.
    if (suite === wire && RED.test(raw)) stop()
  })
  const [code, signal] = await once(child, 'close')
  stopping.signal.removeEventListener('abort', stop)
  stopping.signal.throwIfAborted()
  await report.end(code ?? signal)
  if (report.failed === 0) return null
  if (suite === wire && RED.test(raw)) return redOverWire(raw)
  const text = lines.slice(lines.findIndex((line) => line.startsWith('FAILED')) + 1).join('\n')
  const [test, ...why] = text.trim().split('\n')[0].split(' > ')
  const sequence = /failed after (\d+) tests?/.exec(text)?.[1]
  return `${test} > ${sequence ? `sequence ${sequence}` : why.join(' > ').slice(0, 100)}`
}

/** How much the tests say that they tried, and what the first red one says, without the script behind it. */
function redOverWire(raw) {
  const [line] = RED.exec(raw)
  const before = raw.slice(0, raw.indexOf(line))
  let [runs, steps] = [0, 0]
  for (const [, r, s] of before.matchAll(/^ *# (\d+) runs, (\d+) steps/gm)) {
    runs += Number(r)
    steps += Number(s)
  }
  const [, test] = [...before.matchAll(/^ {4}# Subtest: (.+)$/gm)].at(-1) ?? []
  const why =
    / Got (?:error: )?(.*?)(?: -- | (?:imap|jmap) \d at [AB] [<>] | {4}at |$)/.exec(line)?.[1] ?? line.trim()
  return `${runs} runs, ${steps} steps, ${test}: ${why.slice(0, 200)}`
}
