import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { TraceEvent } from '@tandem/mailstore'
import type { Test } from '@tandem/mailstore/testing'
import t from 'tap'
import { openImap } from './support/imap.js'
import { openImapLines } from './support/imap-lines.js'
import { openJmap } from './support/jmap.js'
import { emailIds, letter } from './support/mail.js'
import { addAccount, PASSWORD, projectRoot, startTandem, type Tandem } from './support/tandem.js'

type Told = TraceEvent & { ids: string[] }

/** `tandem trace --json`, as it goes on. */
function startTrace(t: Test, { databaseUrl }: Tandem, name: string) {
  const program = path.join(projectRoot, 'packages/server/bin/tandem.js')
  const child = spawn(process.execPath, [program, 'trace', name, '--json'], {
    env: { PATH: process.env.PATH, DATABASE_URL: databaseUrl },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await exited
  })
  const told: Told[] = []
  let text = ''
  let look = () => {}
  createInterface({ input: child.stdout }).on('line', (line) => {
    text += line
    told.push(JSON.parse(line))
    look()
  })
  return {
    told,
    text: () => text,
    /** Resolves with the steps that fit, once there are so many. */
    steps(fits: (step: Told) => boolean, count = 1): Promise<Told[]> {
      return new Promise((resolve) => {
        look = () => {
          const found = told.filter(fits)
          if (found.length >= count) resolve(found)
        }
        look()
      })
    },
    async interrupt() {
      child.kill('SIGINT')
      const [code] = await exited
      return code as number | null
    },
  }
}

t.test(
  'a change is followed from its command to each push, on all processes',
  { timeout: 60_000 },
  async (t) => {
    const tandem = await startTandem(t, { TANDEM_WORKERS: '2' })
    await addAccount(tandem, 'alice@example.org')
    await addAccount(tandem, 'bob@example.org')
    const trace = startTrace(t, tandem, 'alice@example.org')
    // This process has the store open, too.
    const pids = (await trace.steps(({ kind }) => kind === 'watching', 3)).map(({ pid }) => pid)
    t.equal(new Set(pids).size, 3, 'each process says that it tells')

    const writer = await openImapLines(t, tandem, 'alice@example.org')
    await writer.append('INBOX', letter('whispered'))
    await writer.ok('SELECT INBOX')
    await writer.ok('SEARCH SUBJECT whispered')
    for (let n = 0; n < 3; n++) {
      const idler = await openImap(t, tandem, 'alice@example.org')
      await idler.mailboxOpen('INBOX')
      void idler.idle()
    }
    const isIdle = (step: Told) => step.kind === 'began' && step.text === 'IDLE'
    const idling = new Set((await trace.steps(isIdle, 3)).map(({ pid }) => pid))
    t.equal(idling.size, 2, 'both workers have a session that idles')
    const jmap = await openJmap(tandem, 'alice@example.org')
    t.teardown(await jmap.listen(() => {}))
    const other = await openImapLines(t, tandem, 'bob@example.org')
    await other.append('INBOX', letter('of somebody else'))

    async function story(command: RegExp, ended: string): Promise<Told[]> {
      const [began] = await trace.steps((step) => step.kind === 'began' && command.test(step.text))
      const [id = ''] = began!.ids
      const isOf = ({ ids }: Told) => ids.includes(id)
      await trace.steps((step) => isOf(step) && step.kind === 'pushed', 4)
      await trace.steps((step) => isOf(step) && step.kind === 'heard', 2)
      const steps = await trace
        .steps((step) => isOf(step) && step.kind === 'ended')
        .then(() => trace.told.filter(isOf))
      const of = (kind: Told['kind']) => steps.filter((step) => step.kind === kind)
      t.equal(of('committed').length, 1, 'one commit')
      t.equal(of('committed')[0]!.pid, began!.pid, 'in the process that has the command')
      t.strictSame(new Set(of('heard').map(({ pid }) => pid)), idling, 'both workers hear of it')
      t.match(of('ended'), [{ outcome: ended }])
      const pushes = of('pushed').map((step) => (step.kind === 'pushed' ? step.text : ''))
      t.match(pushes.sort(), [/^EventSource: .*\bEmail\b/, 'IDLE', 'IDLE', 'IDLE'], 'and who was told')
      const kinds = steps.map(({ kind }) => kind)
      t.strictSame(kinds.slice(0, 2), ['began', 'committed'], 'in the order in which it happened')
      return steps
    }

    await writer.ok('STORE 1 +FLAGS (\\Flagged)')
    const stored = await story(/^STORE/, 'OK')
    t.match(stored[0], { protocol: 'imap', text: 'STORE 1 +FLAGS (\\Flagged)' })
    const idOf = await emailIds(jmap)
    await jmap.call(['Email/set', { update: { [idOf('whispered')]: { 'keywords/$seen': true } } }])
    const set = await story(/^Email\/set/, 'OK')
    t.match(set[0], { protocol: 'jmap', text: `Email/set [c0] update ${idOf('whispered')} {keywords/$seen}` })

    t.notMatch(trace.text(), PASSWORD, 'no password')
    t.notMatch(trace.text(), /whispered|somebody else/, 'no message, no search, nothing of another account')
    t.match(trace.text(), /"text":"SEARCH"/)
    t.equal(await trace.interrupt(), 0, 'Ctrl-C ends it')
  },
)
