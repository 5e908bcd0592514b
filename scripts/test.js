// `npm test [-- FILTER…]`: runs the compiled tests on a throw-away Postgres, or on that of DATABASE_URL.
// A filter is part of a test file's path. The last line is `N passed, N failed[, N skipped]`.
// What is random begins from TANDEM_SEED: the same each time unless it is set, or TANDEM_LONG is.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { dropTestDatabases, prepareTemplate, startTemporaryPostgres } from '@tandem/mailstore/testing'
import { createReport } from './test-report.js'

const ROOT = path.resolve(import.meta.dirname, '..')
const KILL_MS = 5_000
const SEED = '8620'

const began = Date.now()
const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => stopping.abort(new Error(`stopped by ${signal}`)))

const filters = process.argv.slice(2)

process.chdir(ROOT)
const tests = await findTests(filters)
if (tests.length === 0) console.log(`no test file's path contains ${filters.join(' or ') || 'anything'}`)
const counts = tests.length === 0 ? { passed: 0, failed: 0, skipped: 0 } : await runOnServer(tests)
console.log(`in ${((Date.now() - began) / 1000).toFixed(1)} s`)
const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''
console.log(`${counts.passed} passed, ${counts.failed} failed${skipped}`)
process.exit(counts.failed === 0 && counts.passed > 0 && !stopping.signal.aborted ? 0 : 1)

/** The tests to run, as [source, compiled]. Compiled tests whose source is gone are deleted. */
async function findTests(filters) {
  const packages = await readdir('packages')
  const folders = [
    ...packages.map((name) => ({ source: `packages/${name}/test`, compiled: `packages/${name}/dist/test` })),
    { source: 'test', compiled: 'test/dist' },
  ]
  const found = []
  for (const { source, compiled } of folders) {
    for (const name of await listTests(compiled, '.test.js')) {
      const base = path.join(compiled, name.replace(/\.js$/, ''))
      if (existsSync(path.join(source, name.replace(/\.js$/, '.ts')))) continue
      for (const ending of ['.js', '.js.map', '.d.ts', '.d.ts.map']) await rm(base + ending, { force: true })
      console.log(`deleted ${base}.js: its source is gone`)
    }
    for (const name of await listTests(source, '.test.ts')) {
      found.push([path.join(source, name), path.join(compiled, name.replace(/\.ts$/, '.js'))])
    }
  }
  return found.filter(([source]) => filters.length === 0 || filters.some((filter) => source.includes(filter)))
}

async function listTests(folder, ending) {
  const names = await readdir(folder, { recursive: true }).catch(() => [])
  const apart = (name) => name.startsWith(`dist${path.sep}`) || name.includes('node_modules')
  return names.filter((name) => name.endsWith(ending) && !apart(name)).sort()
}

async function runOnServer(tests) {
  // Tells the databases of this run from those of another one on the same server.
  process.env.TANDEM_TEST_RUN = `${process.pid}${Math.random().toString(36).slice(2, 6)}`
  const given = process.env.DATABASE_URL
  let server
  try {
    server = given ? { url: given, stop: () => dropTestDatabases(given) } : await startTemporaryPostgres()
    await prepareTemplate(server.url)
    stopping.signal.throwIfAborted()
    return await runTap(tests, server.url)
  } catch (error) {
    console.log(`FAILED   ${error.message}`)
    return { passed: 0, failed: 1, skipped: 0 }
  } finally {
    await server?.stop().catch((error) => console.log(`the server was not stopped: ${error.message}`))
  }
}

async function runTap(tests, url) {
  const sources = new Map(tests.map(([source, compiled]) => [compiled, source]))
  const report = createReport({
    files: [...sources.keys()],
    show: (name) => sources.get(name) ?? name,
    print: (line) => console.log(line),
  })
  // The others count as failed: they give no result.
  const compiled = [...sources.keys()].filter((file) => existsSync(file))
  const { DATABASE_URL: _, ...env } = { ...process.env, TANDEM_TEST_DATABASE_URL: url }
  if (!env.TANDEM_LONG) env.TANDEM_SEED ??= SEED
  const child = spawn(process.execPath, ['scripts/run-files.js', ...compiled], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
    // A process group of its own, so that a stop reaches the test files as well.
    detached: true,
  })
  const kill = (signal) => {
    try {
      process.kill(-child.pid, signal)
    } catch {
      // It is gone.
    }
  }
  const stop = () => {
    kill('SIGTERM')
    setTimeout(kill, KILL_MS, 'SIGKILL').unref()
  }
  if (stopping.signal.aborted) stop()
  stopping.signal.addEventListener('abort', stop)
  child.stdout.setEncoding('utf8').on('data', report.write)
  const [code, signal] = await once(child, 'close')
  await report.end(code ?? signal)
  return report
}
