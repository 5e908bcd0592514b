// `node scripts/run-files.js FILE…`: runs compiled test files, two at a time, and prints TAP. Not by tap's own command: it
// puts a TypeScript compiler into each of them, 1.2 s of CPU a file that nothing here needs.
// TAP_TIMEOUT: how many seconds one file may take, 900 unless it is set.
import t from 'tap'

const JOBS = 2
const seconds = Number(process.env.TAP_TIMEOUT ?? 900)

t.jobs = JOBS
t.setTimeout(0)
for (const name of process.argv.slice(2)) {
  t.spawn(process.execPath, ['--enable-source-maps', '--import=./scripts/seed.js', name], {
    name,
    // Where a file is started says nothing about what failed in it.
    at: null,
    stack: '',
    buffered: true,
    timeout: seconds * 1000,
    stdio: 'pipe',
    env: { ...process.env, TAP_TIMEOUT: String(seconds) },
  })
}
