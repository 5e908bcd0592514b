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
import { emailIds, letter, mailboxIds } from './support/mail.js'
import { startPushService } from './support/push.js'
import { deliver, submitter } from './support/smtp.js'
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

/** What the processes tell of an account, without a process of its own to print it. */
async function watchIds(t: Test, { mailstore }: Tandem, name: string) {
  const { accountId } = (await mailstore.directory.resolve(name))!
  const told: TraceEvent[] = []
  let look = () => {}
  const watch = await mailstore.trace.watch(accountId, (event) => {
    told.push(event)
    look()
  })
  t.teardown(() => watch.stop())
  return {
    text: () => JSON.stringify(told),
    /** Resolves once a commit of that id was told. */
    committed(id: string): Promise<void> {
      return new Promise((resolve) => {
        look = () => {
          if (told.some((event) => event.kind === 'committed' && event.id === id)) resolve()
        }
        look()
      })
    },
  }
}

t.test(
  'a change is followed from its command to each push, on all processes',
  { timeout: 120_000 },
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

t.test(
  'mail is followed from LMTP, SMTP and JMAP through the queue to each push, and no secret is shown',
  { timeout: 120_000 },
  async (t) => {
    const service = await startPushService(t)
    const tandem = await startTandem(t, {
      TANDEM_PUSH_NETWORKS: '127.0.0.1',
      NODE_EXTRA_CA_CERTS: service.certificate,
    })
    await addAccount(tandem, 'carol@example.org')
    await addAccount(tandem, 'dan@example.org')
    const carol = startTrace(t, tandem, 'carol@example.org')
    await carol.steps(({ kind }) => kind === 'watching', 2)
    const dan = await watchIds(t, tandem, 'dan@example.org')
    const jmap = await openJmap(tandem, 'carol@example.org')
    t.teardown(await jmap.listen(() => {}))
    const pushSubscription = async (args: object) =>
      (await jmap.call(['PushSubscription/set', { ...args, accountId: undefined }]))[0]!
    const url = `${service.url}?secret`
    const { created } = await pushSubscription({
      create: { k: { deviceClientId: 'phone', url, types: ['Email'] } },
    })
    const { verificationCode } = (await service.next()).json()
    await pushSubscription({ update: { [created.k.id]: { verificationCode } } })
    const vacation = { isEnabled: true, subject: 'secret', textBody: 'secret' }
    await jmap.call(['VacationResponse/set', { update: { singleton: vacation } }])

    /** The steps of that id, once a URL and an event source were pushed to. */
    async function pushedTo(id: string): Promise<Told[]> {
      const ways = [/^EventSource: .*\bEmail\b/, /^push to a URL: Email$/]
      for (const way of ways)
        await carol.steps((step) => step.kind === 'pushed' && way.test(step.text) && step.ids.includes(id))
      return carol.told.filter(({ ids }) => ids.includes(id))
    }

    const letterTo = letter('secret', ['secret'])
    await deliver(tandem, letterTo, ['carol@example.org', 'dan@example.org'], 'bob@example.net')
    const [lmtp] = await carol.steps((step) => step.kind === 'ended' && step.protocol === 'lmtp')
    const delivered = await pushedTo(lmtp!.ids[0]!)
    const began = { kind: 'began', protocol: 'lmtp', text: `DATA, ${letterTo.length} octets` }
    t.match(delivered.slice(0, 2), [began, { kind: 'committed' }])
    t.match(lmtp, { outcome: 'delivered' })

    const smtp = submitter(tandem, 'carol@example.org')
    t.teardown(() => smtp.close())
    const to = ['carol@example.org', 'dan@example.org', 'eve@example.net']
    await smtp.sendMail({ from: 'carol@example.org', to, subject: 'secret', text: 'secret' })
    const [queued] = await carol.steps((step) => step.kind === 'ended' && step.protocol === 'smtp')
    t.match(queued, { outcome: /^queued as s\w+$/ })
    const submitted = carol.told.filter(({ ids }) => ids.includes(queued!.ids[0]!))
    t.strictSame(
      submitted.map(({ kind }) => kind),
      ['began', 'committed', 'ended'],
      'the transaction and its commit',
    )
    const [submission = ''] = /s\w+$/.exec((queued as { outcome: string }).outcome)!
    const sent = await pushedTo(submission)
    await carol.steps((step) => step.ids.includes(submission) && step.kind === 'ended', 2)
    t.match(
      sent.filter(({ kind }) => kind === 'began'),
      [{ text: 'attempt 1' }, { text: /^local delivery, / }],
      'the queue goes on under the id of the submission',
    )
    const ends = carol.told.filter((step) => step.ids.includes(submission) && step.kind === 'ended')
    t.match(ends, [{ outcome: 'delivered' }, { outcome: '2 delivered, 1 queued' }])
    await dan.committed(submission)

    const mailbox = await mailboxIds(jmap)
    const [identities] = await jmap.call(['Identity/get', { ids: null }])
    const { id: identityId, email } = identities!.list[0]
    const draft = {
      mailboxIds: { [mailbox('drafts')]: true },
      from: [{ email }],
      to: [{ email: 'dan@example.org' }],
      subject: 'secret',
    }
    const [, set] = await jmap.call(
      ['Email/set', { create: { draft } }],
      ['EmailSubmission/set', { create: { send: { identityId, emailId: '#draft' } } }],
    )
    const id = set!.created.send.id as string
    const [made] = await carol.steps((step) => step.kind === 'ended' && step.outcome.includes(id))
    t.match(made, { protocol: 'jmap', outcome: `OK, created send ${id}` })
    await dan.committed(id)
    await carol.steps((step) => step.ids.includes(id) && step.kind === 'ended')

    const imap = await openImapLines(t, tandem, 'carol@example.org')
    await imap.ok('SELECT INBOX')
    for (const command of [
      'SEARCH SUBJECT secret',
      'SEARCH BODY {6+}\r\nsecret',
      `LOGIN carol@example.org "${PASSWORD}"`,
      `AUTHENTICATE PLAIN ${Buffer.from(`\0carol@example.org\0${PASSWORD}`).toString('base64')}`,
      'APPEND INBOX "secret"',
      'ID ("name" "secret")',
      'secret',
    ])
      await imap.ok(command).catch(() => {})
    await jmap.call(['Email/query', { filter: { text: 'secret' } }])
    await jmap.call(['Email/set', { update: { e1: { 'keywords/$seen': true } } }])
    await carol.steps((step) => step.kind === 'ended' && step.outcome === 'OK, not updated e1 (notFound)')
    for (const text of [carol.text(), dan.text()]) {
      t.notMatch(text, /secret/)
      t.notMatch(text, PASSWORD)
      t.notMatch(text, verificationCode)
    }
  },
)
