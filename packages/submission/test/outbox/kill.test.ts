// Whatever step of SMTP a process is killed at, another completes it: nothing is lost, nothing local is there twice,
// and where a message may have gone out twice, that is counted.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { SMTPServerOptions } from 'smtp-server'
import t, { type Test } from 'tap'
import { createOutbox } from '../../src/index.js'
import { clockAt, submit } from '../support/outbox.js'
import { openRelayServer } from '../support/relay-server.js'
import { openTestStore, type TestStore } from '../support/store.js'

const PROCESS = fileURLToPath(new URL('../support/outbox-process.js', import.meta.url))
const BEN = 'ben@home.test'
const store = await openTestStore(t, ['anna@home.test', BEN])
t.afterEach(() => store.empty(BEN))

/** Where the receiving server kills its client; it goes no further itself. */
const STEPS: Record<string, (kill: () => void) => SMTPServerOptions> = {
  connection: (kill) => ({ onConnect: kill }),
  MAIL: (kill) => ({ onMailFrom: kill }),
  RCPT: (kill) => ({ onRcptTo: kill }),
  'the first octets of the message': (kill) => ({ onData: (stream) => stream.once('data', kill) }),
}

async function startProcess(t: Test, { url }: TestStore, port: number) {
  const child = fork(PROCESS, [url, `smtp://127.0.0.1:${port}`], { execArgv: [] })
  t.teardown(() => child.kill('SIGKILL'))
  return child
}

const submitBoth = () =>
  submit(store, 'anna@home.test', [BEN, 'x@example.org'], 'From: anna@home.test\r\n\r\nbody\r\n')

/** Another process's outbox takes over; how many doubles it holds possible. */
async function takeOver(t: Test, port: number, settled: () => Promise<unknown>): Promise<number> {
  let doubles = 0
  const outbox = createOutbox({
    mailstore: store.mailstore,
    hostname: 'mail.home.test',
    relayUrl: `smtp://127.0.0.1:${port}`,
    onPossibleDouble: (recipients) => {
      doubles += recipients
    },
  })
  t.teardown(() => outbox.stop())
  outbox.start()
  t.match(await settled(), { recipients: [{ state: 'delivered' }, { state: 'relayed' }] })
  await outbox.stop()
  t.equal((await store.inbox(BEN)).length, 1, 'here it is there once')
  return doubles
}

for (const [step, optionsFor] of Object.entries(STEPS)) {
  t.test(`killed at ${step}`, async (t) => {
    let reach = () => {}
    const reached = new Promise<void>((resolve) => {
      reach = resolve
    })
    const deadly = await openRelayServer(t, optionsFor(reach))
    const child = await startProcess(t, store, deadly.port)
    const { settled } = await submitBoth()
    await reached
    await store.inboxOf(BEN, 1)
    child.kill('SIGKILL')
    await once(child, 'exit')
    const relay = await openRelayServer(t)
    t.equal(await takeOver(t, relay.port, settled), 1, 'a double is held possible, for nobody knows')
    t.strictSame(
      relay.taken.map(({ to }) => to),
      [['x@example.org']],
    )
    t.strictSame(deadly.taken, [])
  })
}

t.test('killed between the end of the message and the reply', async (t) => {
  const relay = await openRelayServer(t)
  const held = relay.holdNext()
  const child = await startProcess(t, store, relay.port)
  const { get, settled } = await submitBoth()
  await held
  await store.inboxOf(BEN, 1)
  child.kill('SIGKILL')
  await once(child, 'exit')
  t.match((await get()).recipients, [{ state: 'queued' }, { state: 'queued' }], 'nothing is recorded yet')
  t.equal(await takeOver(t, relay.port, settled), 1)
  t.match(relay.taken, [{ to: ['x@example.org'] }])
  t.match((await store.inbox(BEN))[0], /by killed\.home\.test /, 'delivered by the one who died')
})

t.test('killed after the reply, before it is recorded: the one place for a double', async (t) => {
  const relay = await openRelayServer(t)
  const held = relay.holdNext()
  const child = await startProcess(t, store, relay.port)
  const { settled } = await submitBoth()
  const answer = await held
  await store.inboxOf(BEN, 1)
  // Stopped, it does not read the reply that is on its way.
  child.kill('SIGSTOP')
  answer()
  t.equal(relay.taken.length, 1)
  child.kill('SIGKILL')
  await once(child, 'exit')
  const doubles = await takeOver(t, relay.port, settled)
  t.equal(relay.taken.length, 2)
  t.equal(doubles, 1, 'and it is counted')
})

t.test('a connection that breaks between the end of the message and the reply counts too', async (t) => {
  let isFirst = true
  const relay = await openRelayServer(t, {
    onData(stream, _session, done) {
      stream.resume()
      stream.once('end', () => {
        if (!isFirst) return done(null, 'taken')
        isFirst = false
        relay.cut()
      })
    },
  })
  let doubles = 0
  const outbox = createOutbox({
    mailstore: store.mailstore,
    hostname: 'mail.home.test',
    relayUrl: `smtp://127.0.0.1:${relay.port}`,
    onPossibleDouble: (recipients) => {
      doubles += recipients
    },
    clock: clockAt(-24 * 60 * 60_000),
  })
  t.teardown(() => outbox.stop())
  outbox.start()
  const { settled } = await submit(
    store,
    'anna@home.test',
    ['x@example.org'],
    'From: anna@home.test\r\n\r\nx\r\n',
  )
  t.match(await settled(), { recipients: [{ state: 'relayed', attempts: 2 }] })
  t.equal(doubles, 1)
})
