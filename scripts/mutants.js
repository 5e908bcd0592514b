// `npm run mutants [-- FILTER…]`: shows that the tests defend the rules of docs/consistency.md. Each patch in
// test/mutants/ breaks one rule; in a copy of the tree, with it applied, a test that it names has to turn red.
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
const TAP = path.resolve(require.resolve('tap/package.json'), '../dist/esm/run.mjs')
const TSC = path.resolve(require.resolve('typescript/package.json'), '../bin/tsc')
/** What building and testing the mailstore takes. */
const TREE = [
  'package.json',
  '.taprc',
  'tsconfig.base.json',
  'scripts/seed.js',
  'db',
  'packages/mime',
  'packages/mailstore',
]

const filters = process.argv.slice(2)
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
  await mkdir(path.join(copy, 'packages'))
  for (const each of TREE) await cp(path.join(ROOT, each), path.join(copy, each), { recursive: true })
  await symlink(path.join(ROOT, 'node_modules'), path.join(copy, 'node_modules'))
}

/** Without a mutant every test has to be green in the copy, or a red one would prove nothing. */
async function control() {
  const tests = new Set()
  for (const name of chosen) for (const test of (await testsOf(name)) ?? []) tests.add(test)
  const built = build()
  if (built.status !== 0) throw new Error(`the copy does not compile: ${built.stdout.trim()}`)
  const failure = await firstFailure([...tests])
  if (failure) throw new Error(`red without any mutant: ${failure}`)
  console.log(`green     without a mutant: ${[...tests].join(', ')}`)
}

async function testsOf(name) {
  return /^Tests: (.+)$/m.exec(await readFile(path.join(MUTANTS, name), 'utf8'))?.[1].split(', ')
}

function build() {
  return run(process.execPath, [TSC, '-b', 'packages/mailstore'])
}

/** Applies it, builds, runs its tests in turn until one is red, and takes it back. */
async function tryMutant(name) {
  const patch = path.join(MUTANTS, name)
  const tests = await testsOf(name)
  if (!tests) return { dead: false, how: 'the patch has no line "Tests: …"' }
  const applied = run('git', ['apply', patch])
  if (applied.status !== 0) return { dead: false, how: `does not apply: ${applied.stderr.trim()}` }
  try {
    const built = build()
    if (built.status !== 0) return { dead: false, how: `does not compile: ${built.stdout.trim()}` }
    for (const test of tests) {
      const failure = await firstFailure([test])
      if (failure) return { dead: true, how: `${test}: ${failure}` }
    }
    return { dead: false, how: `by ${tests.join(', ')}` }
  } finally {
    run('git', ['apply', '-R', patch])
  }
}

function run(command, args) {
  return spawnSync(command, args, { cwd: copy, encoding: 'utf8' })
}

/** The name of the first test that is red, for the model with how many sequences it took; null where none is. */
async function firstFailure(tests) {
  const files = tests.map((test) => `packages/mailstore/dist/test/${test}.js`)
  const lines = []
  const report = createReport({ files, print: (line) => lines.push(line) })
  const { DATABASE_URL: _, ...env } = process.env
  const child = spawn(process.execPath, [TAP, 'run', '--disable-coverage', '--reporter=tap', ...files], {
    cwd: copy,
    env: { ...env, TANDEM_TEST_DATABASE_URL: server.url, TANDEM_TEST_SHRINK: 'no' },
    stdio: ['ignore', 'pipe', 'ignore'],
    // A process group of its own, so that a stop reaches the test files as well.
    detached: true,
  })
  const stop = () => process.kill(-child.pid, 'SIGTERM')
  stopping.signal.addEventListener('abort', stop)
  child.stdout.setEncoding('utf8').on('data', report.write)
  const [code, signal] = await once(child, 'close')
  stopping.signal.removeEventListener('abort', stop)
  stopping.signal.throwIfAborted()
  await report.end(code ?? signal)
  if (report.failed === 0) return null
  const text = lines.slice(lines.findIndex((line) => line.startsWith('FAILED')) + 1).join('\n')
  const [test, ...why] = text.trim().split('\n')[0].split(' > ')
  const sequence = /failed after (\d+) tests?/.exec(text)?.[1]
  return `${test} > ${sequence ? `sequence ${sequence}` : why.join(' > ').slice(0, 100)}`
}
