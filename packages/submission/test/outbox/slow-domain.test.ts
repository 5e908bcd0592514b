import { createServer, type Socket } from 'node:net'
import t from 'tap'
import { createOutbox } from '../../src/index.js'
import { domainOf } from '../../src/outbox/outgoing.js'
import { fakeDns } from '../support/dns.js'
import { submit } from '../support/outbox.js'
import { openRelayServer } from '../support/relay-server.js'
import { openTestStore } from '../support/store.js'

const ANNA = 'anna@home.test'
const BEN = 'ben@home.test'
const MESSAGE =
  'From: anna@home.test\r\nDate: Fri, 20 Nov 2026 08:00:00 +0000\r\nMessage-ID: <1@home.test>\r\n\r\nx\r\n'

type Tap = { teardown(fn: () => unknown): void }

/** Takes connections at 127.0.0.2 and says nothing. */
async function openSilentServer(t: Tap, port: number) {
  const sockets: Socket[] = []
  let look = () => {}
  const server = createServer((socket) => {
    socket.on('error', () => {})
    sockets.push(socket)
    look()
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.2', () => resolve()))
  t.teardown(() => new Promise((resolve) => server.close(resolve)))
  return {
    sockets,
    connected: (count: number) =>
      new Promise<void>((resolve) => {
        look = () => sockets.length >= count && resolve()
        look()
      }),
    cut: () => sockets.forEach((socket) => void socket.destroy()),
  }
}

/** An outbox without a smart host, a domain that answers, and one that does not. */
async function open(t: Tap) {
  const store = await openTestStore(t, [ANNA, BEN])
  const relay = await openRelayServer(t)
  const silent = await openSilentServer(t, relay.port)
  const zone = { 'fast.test': { a: ['127.0.0.1'] }, 'slow.test': { a: ['127.0.0.2'] } }
  const outbox = createOutbox({
    mailstore: store.mailstore,
    hostname: 'mail.home.test',
    relayUrl: 'mx',
    mx: { resolver: fakeDns(zone), mayReach: () => true, port: relay.port },
  })
  t.teardown(async () => {
    const stopping = outbox.stop()
    silent.cut()
    await stopping
  })
  outbox.start()
  return { store, relay, silent, zone }
}

t.test('a domain that answers nothing holds a quarter of the outbox, and others are sent to', async (t) => {
  const { store, relay, silent } = await open(t)
  for (let count = 0; count < 20; count++) await submit(store, ANNA, [`${count}@slow.test`], MESSAGE)
  const other = await submit(store, ANNA, ['x@fast.test', BEN], MESSAGE)
  t.match((await other.settled()).recipients, [{ state: 'relayed' }, { state: 'delivered' }])
  await silent.connected(4)
  let running = 0
  for await (const { isRunning, waiting } of store.mailstore.queue.list()) {
    if (isRunning) running++
    else t.match(waiting, [{ attempts: 0, reply: null }], 'what has no place is not tried')
  }
  t.equal(running, 4)
  t.equal(silent.sockets.length, 4)
  t.equal(relay.taken.length, 1)
})

t.test(
  'a message for a full domain and another goes to the other now, and to the first in its turn',
  async (t) => {
    const { store, relay, silent, zone } = await open(t)
    for (let count = 0; count < 4; count++) await submit(store, ANNA, [`${count}@slow.test`], MESSAGE)
    await silent.connected(4)
    const both = await submit(store, ANNA, ['x@slow.test', 'x@fast.test'], MESSAGE)
    t.match((await both.until(({ recipients }) => recipients[1]!.state === 'relayed')).recipients, [
      { state: 'queued', attempts: 0, reply: null },
      { state: 'relayed', attempts: 1 },
    ])
    // As soon as one place is free, and nothing rings but that.
    zone['slow.test'].a = ['127.0.0.1']
    silent.sockets[0]!.destroy()
    t.match((await both.settled()).recipients, [
      { state: 'relayed', attempts: 1 },
      { state: 'relayed', attempts: 1 },
    ])
    t.strictSame(
      relay.taken.map(({ to }) => to),
      [['x@fast.test'], ['x@slow.test']],
    )
  },
)

t.test('whoever was put off is not tried at once for the sake of a domain that is full', async (t) => {
  const { store, relay, silent } = await open(t)
  for (let count = 0; count < 4; count++) await submit(store, ANNA, [`${count}@slow.test`], MESSAGE)
  await silent.connected(4)
  relay.replies.set('x@fast.test', [450, '4.2.1 later'])
  const both = await submit(store, ANNA, ['x@slow.test', 'x@fast.test'], MESSAGE)
  await both.until(({ recipients }) => recipients[1]!.attempts > 0)
  const entry = await store.mailstore.queue.get(both.id)
  t.ok(entry!.nextAttemptAt!.getTime() > Date.now() + 30_000)
  t.match(entry!.waiting, [
    { address: 'x@fast.test', attempts: 1 },
    { address: 'x@slow.test', attempts: 0 },
  ])
})

t.test('what a message to many has not come to yet takes no place from others', async (t) => {
  const { store, relay, silent, zone } = await open(t)
  const slow = Array.from({ length: 10 }, (_, number) => `s${number}.test`)
  for (const name of slow) Object.assign(zone, { [name]: { a: ['127.0.0.2'] } })
  const many: Awaited<ReturnType<typeof submit>>[] = []
  for (let count = 0; count < 4; count++) {
    const recipients = [...slow, 'fast.test'].map((domain) => `x@${domain}`)
    many.push(await submit(store, ANNA, recipients, MESSAGE))
  }
  await silent.connected(40)
  const other = await submit(store, ANNA, ['y@fast.test'], MESSAGE)
  t.match((await other.settled()).recipients, [{ state: 'relayed' }])
  silent.cut()
  for (const sent of many) await sent.until(({ recipients }) => recipients[10]!.state === 'relayed')
  t.equal(relay.taken.length, 5)
})

t.test(
  'a job and the outbox name a domain the same, or what has no place would be claimed again and again',
  async (t) => {
    const store = await openTestStore(t, [ANNA])
    // Letters that are lowered in one way here and in another by Postgres, or by its locale.
    const addresses = [
      'x@Slow.TEST',
      'x@\u039f\u0394\u039f\u03a3.test',
      'x@\u0130I.test',
      'x@B\u00dcCHER.test',
    ]
    const account = await store.account(ANNA)
    const { digest } = await account.ingest(Buffer.from(MESSAGE), { nul: 'replace' })
    const recipients = addresses.map((address) => ({ address }))
    await account.transact((tx) =>
      tx.submission.create({ principalId: account.id, digest, mailFrom: ANNA, recipients }),
    )
    const [job] = await store.mailstore.jobs.claim({ limit: 1, leaseMs: 60_000 })
    t.strictSame(job!.domains.sort(), addresses.map(domainOf).sort())
  },
)
