// Who starts the server, and what their end means to it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createTestDatabase } from '@tandem/mailstore/testing'
import t, { type Test } from 'tap'
import { chainToNpm } from '../../src/serve/starter.js'

const ROOT = fileURLToPath(new URL('../../../../../', import.meta.url))
const PROGRAM = path.join(ROOT, 'packages/server/bin/tandem.js')

t.test(
  'npm is found above us, with the shell of its script in between, and nothing else is taken for it',
  async (t) => {
    t.teardown(() => {
      delete process.env.npm_command
    })
    const { ppid } = process
    const among = (commands: Record<number, [parent: number, command: string]>) => async (pid: number) => {
      const found = commands[pid]
      return found ? { parent: found[0], command: found[1] } : null
    }
    const cases: [what: string, commands: Record<number, [number, string]>, chain: number[] | null][] = [
      ['npx itself', { [ppid]: [1, 'npm exec tandem serve '] }, [ppid]],
      ['its script', { [ppid]: [1, '/usr/bin/node /usr/bin/npx tandem serve '] }, [ppid]],
      ['through a shell', { [ppid]: [77, "sh -c 'tandem' serve "], 77: [1, 'npm start '] }, [ppid, 77]],
      ['a shell of nobody’s', { [ppid]: [77, 'sh -c tandem serve & '], 77: [1, '/sbin/init '] }, null],
      [
        'a shell that npm opened, and somebody types in',
        { [ppid]: [77, '-bash '], 77: [1, 'npm exec bash '] },
        null,
      ],
      ['process 1 of a container', { [ppid]: [0, 'tini -- node tandem.js '] }, null],
      ['a folder of that name', { [ppid]: [1, 'node /home/npm-fan/run.js '] }, null],
      ['nobody any more', {}, null],
    ]
    for (const [what, commands, chain] of cases) {
      delete process.env.npm_command
      process.env.npm_command = 'exec'
      t.strictSame(await chainToNpm(among(commands)), chain, what)
    }
  },
)

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** The environment of a server on a database of its own. */
async function place(t: Test) {
  const { url } = await createTestDatabase(t)
  const ports = ['IMAP', 'IMAPS', 'HTTP', 'SUBMISSION', 'SUBMISSIONS', 'LMTP']
  return {
    ...process.env,
    ...Object.fromEntries(ports.map((name) => [`TANDEM_${name}_PORT`, '0'])),
    DATABASE_URL: url,
    TANDEM_DATA: path.join(t.testdir({}), 'data'),
    TANDEM_WORKERS: '1',
  }
}

/** The process id of the server whose log has come to its listening. */
async function serverIn(log: () => Promise<string> | string): Promise<number> {
  for (;;) {
    const line = (await log())
      .split('\n')
      .find((text) => text.includes('"msg":"listening"') && text.endsWith('}'))
    if (line) return (JSON.parse(line) as { pid: number }).pid
    await sleep(50)
  }
}

for (const signal of ['SIGTERM', 'SIGHUP', 'SIGKILL'] as const) {
  t.test(`${signal} to npx ends the server that it started`, async (t) => {
    const env = await place(t)
    const npx = spawn('npx', ['tandem', 'serve'], { cwd: ROOT, env, stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    npx.stderr.on('data', (text) => {
      said += text
    })
    const pid = await serverIn(() => said)
    t.teardown(() => isAlive(pid) && process.kill(pid, 'SIGKILL'))
    npx.kill(signal)
    // Its log is open as long as the server lives.
    await once(npx.stderr, 'close')
    t.match(said, '"msg":"stopping"')
    while (isAlive(pid)) await sleep(20)
    t.pass('it is gone')
  })
}

t.test('a server in the background outlives the shell that started it', async (t) => {
  const env = await place(t)
  const log = path.join(t.testdirName, 'log')
  const script = `'${process.execPath}' '${PROGRAM}' serve </dev/null >/dev/null 2>'${log}' & exit 0`
  // As in a terminal that npm's variables were given to.
  const shell = spawn('sh', ['-c', script], {
    env: { ...env, npm_command: 'exec' },
    detached: true,
    stdio: 'ignore',
  })
  await once(shell, 'exit')
  const pid = await serverIn(() => readFile(log, 'utf8').catch(() => ''))
  t.teardown(() => isAlive(pid) && process.kill(pid, 'SIGKILL'))
  // Several looks long.
  await sleep(1_600)
  t.ok(isAlive(pid))
  t.notMatch(await readFile(log, 'utf8'), '"msg":"stopping"')
})
