import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { createOutbox } from '../../src/index.js'
import { submit } from '../support/outbox.js'
import { openRelayServer } from '../support/relay-server.js'
import { openTestStore } from '../support/store.js'

const PROCESS = fileURLToPath(new URL('../support/outbox-process.js', import.meta.url))

t.test('a process that is killed in the middle of SMTP is followed by another', async (t) => {
  const store = await openTestStore(t, ['anna@home.test', 'ben@home.test'])
  const relay = await openRelayServer(t)
  const relayUrl = `smtp://127.0.0.1:${relay.port}`
  const held = relay.holdNext()
  const child = fork(PROCESS, [store.url, relayUrl], { execArgv: [] })
  t.teardown(() => child.kill('SIGKILL'))
  const sent = await submit(
    store,
    'anna@home.test',
    ['ben@home.test', 'x@example.org'],
    'From: anna@home.test\r\n\r\nbody\r\n',
  )
  await held
  await store.inboxOf('ben@home.test', 1)
  child.kill('SIGKILL')
  await once(child, 'exit')
  t.match(
    (await sent.get()).recipients,
    [{ state: 'queued' }, { state: 'queued' }],
    'nothing is recorded yet',
  )

  const outbox = createOutbox({ mailstore: store.mailstore, hostname: 'mail.home.test', relayUrl })
  t.teardown(() => outbox.stop())
  outbox.start()
  t.match((await sent.settled()).recipients, [{ state: 'delivered' }, { state: 'relayed' }])
  t.match(relay.taken, [{ to: ['x@example.org'] }])
  const mails = await store.inbox('ben@home.test')
  t.equal(mails.length, 1)
  t.match(mails[0], /by killed\.home\.test /, 'delivered by the one who died')
})
