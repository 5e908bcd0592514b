import { once } from 'node:events'
import { formatId, type Mailstore, openMailstore, type Trace, type TracePush } from '@tandem/mailstore'
import { createTestDatabase } from '@tandem/mailstore/testing'
import t from 'tap'
import { createPushSender, type PushSender, type PushSenderOptions } from '../../src/index.js'
import { createServer, type Json, message, states, type TestServer } from '../server.js'
import { decrypt, makeKeys } from './decrypt.js'
import { answering, openReceiver, type Receiver } from './receiver.js'

type Test = Parameters<typeof openReceiver>[0]

/** A server with the sender of this process, and a push service. */
async function open(t: Test, options: Partial<PushSenderOptions> = {}) {
  const server = await createServer(t)
  const receiver = await openReceiver(t)
  const sender = startSender(t, server.mailstore, receiver, options)
  return { server, receiver, sender }
}

function startSender(
  t: Test,
  mailstore: Pick<Mailstore, 'push' | 'trace'>,
  { ca }: Receiver,
  options: Partial<PushSenderOptions> = {},
): PushSender {
  const errors: object[] = []
  const log = { debug() {}, info() {}, warn() {}, error: (fields: object) => void errors.push(fields) }
  t.teardown(() => {
    if (errors.length > 0) throw new Error('an error was logged', { cause: errors[0] })
  })
  const subject = 'mailto:postmaster@mail.example'
  const sender = createPushSender({
    mailstore,
    log,
    subject,
    ca,
    mayReach: (address) => address === '127.0.0.1',
    pauseMs: 0,
    retryMs: 10,
    ...options,
  })
  sender.start()
  t.teardown(() => sender.stop())
  return sender
}

/** Makes a subscription and sends its code back; gives its id. */
async function subscribe(server: TestServer, { url, next }: Receiver, more: object = {}): Promise<string> {
  const { created } = await server.call('PushSubscription/set', {
    create: { k: { deviceClientId: 'phone', url, ...more } },
  })
  const { pushSubscriptionId, verificationCode } = (await next()).json()
  if (pushSubscriptionId !== created.k.id) throw new Error(`a code for ${pushSubscriptionId}`)
  await verify(server, created.k.id, verificationCode)
  return created.k.id
}

async function verify(server: TestServer, id: string, verificationCode: string): Promise<void> {
  const { notUpdated } = await server.call('PushSubscription/set', { update: { [id]: { verificationCode } } })
  if (notUpdated) throw new Error(JSON.stringify(notUpdated))
}

const mail = (subject: string) => message({ Subject: subject })
const exists = async ({ call }: TestServer, id: string) =>
  (await call('PushSubscription/get', { ids: [id] })).list.length === 1

/** Resolves once the sender has settled everything, so that what did not come will not come. */
async function settled({ mailstore }: TestServer): Promise<void> {
  for (;;) {
    const due = await mailstore.push.nextDue()
    if (!due) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

t.test(
  'RFC 8620 §7.2.2: the code first, nothing before it is back, then what changed meanwhile',
  async (t) => {
    const { server, receiver } = await open(t)
    const { url } = receiver
    const { created } = await server.call('PushSubscription/set', {
      create: { k: { deviceClientId: 'a', url } },
    })
    const first = await receiver.next()
    t.match(first, {
      method: 'POST',
      path: '/push',
      headers: { 'content-type': 'application/json', ttl: /^\d+$/ },
    })
    const { verificationCode } = first.json()
    t.strictSame(first.json(), {
      '@type': 'PushVerification',
      pushSubscriptionId: created.k.id,
      verificationCode,
    })
    await server.deliver(mail('before'))
    const wrong = { update: { [created.k.id]: { verificationCode: 'wrong' } } }
    t.match((await server.call('PushSubscription/set', wrong)).notUpdated, { [created.k.id]: Object })
    await settled(server)
    t.equal(receiver.received.length, 1, 'the code alone')

    await verify(server, created.k.id, verificationCode)
    const { '@type': type, changed } = (await receiver.next()).json()
    t.equal(type, 'StateChange')
    const now = await states(server)
    const { emailDelivery } = await server.account.read(async (r) => r.marks)
    const expected = { ...now, EmailDelivery: String(emailDelivery) }
    t.match(changed[server.accountId], expected, 'the states that a /get gives')
    await server.call('PushSubscription/set', { update: { [created.k.id]: { deviceClientId: 'a' } } })
    await settled(server)
    t.equal(receiver.received.length, 2, 'and once')
  },
)

t.test('RFC 8620 §7.2: only the types that were asked for, encrypted where there are keys', async (t) => {
  const { server, receiver } = await open(t)
  const keys = makeKeys()
  const { url } = receiver
  const { created } = await server.call('PushSubscription/set', {
    create: { k: { deviceClientId: 'a', url, keys: keys.json, types: ['EmailDelivery'] } },
  })
  const code = await receiver.next()
  t.throws(() => code.json(), 'not to be read')
  t.equal(code.headers['content-encoding'], 'aes128gcm')
  await verify(server, created.k.id, JSON.parse(decrypt(code.body, keys)).verificationCode)
  const id = await server.deliver(mail('one'))
  const told = JSON.parse(decrypt((await receiver.next()).body, keys))
  t.strictSame(Object.keys(told.changed[server.accountId]), ['EmailDelivery'])
  await server.call('Email/set', { update: { [id]: { 'keywords/$seen': true } } })
  await settled(server)
  t.equal(receiver.received.length, 2, 'a flag is no delivery')
  await server.call('PushSubscription/set', { update: { [created.k.id]: { types: ['Email'] } } })
  await server.call('Email/set', { update: { [id]: { 'keywords/$seen': null } } })
  const { Email } = await states(server)
  let last: Json
  do last = JSON.parse(decrypt((await receiver.next()).body, keys)).changed[server.accountId]
  while (last.Email !== Email)
  t.strictSame(last, { Email })
})

t.test('a trace hears which change went to a URL', async (t) => {
  const server = await createServer(t)
  const receiver = await openReceiver(t)
  const { push, trace } = server.mailstore
  const traced: TracePush[] = []
  const pushed: Trace['pushed'] = (_accountId, describe) => void traced.push(describe())
  startSender(t, { push, trace: { ...trace, pushed } }, receiver)
  const id = await subscribe(server, receiver, { types: ['EmailDelivery'] })
  const account = server.mailstore.account(server.principal.accountId)
  const before = await account.read(async (r) => r.marks.emailDelivery)
  await server.deliver(mail('one'))
  const now = await account.read(async (r) => r.marks.emailDelivery)
  await receiver.next()
  await settled(server)
  t.strictSame(traced.at(-1), {
    protocol: 'jmap',
    session: id,
    text: 'push to a URL: EmailDelivery',
    moved: { emailDelivery: [before, now] },
  })
})

t.test('one request at a time, and the newest state wins', async (t) => {
  const { server, receiver } = await open(t)
  await subscribe(server, receiver, { types: ['Email'] })
  let release = () => {}
  receiver.answers.push((response) => {
    release = () => answering(201)(response)
  })
  await server.deliver(mail('one'))
  await receiver.next()
  for (const subject of ['two', 'three', 'four']) await server.deliver(mail(subject))
  t.equal(receiver.received.length, 2, 'the code, and the one that is not answered yet')
  release()
  const { changed } = (await receiver.next()).json()
  t.strictSame(changed[server.accountId], { Email: (await states(server)).Email })
  await settled(server)
  t.equal(receiver.received.length, 3, 'one push for the three')
})

t.test('two processes and one change: one push', async (t) => {
  const { url } = await createTestDatabase(t)
  const [a, b] = await Promise.all([openMailstore({ url }), openMailstore({ url })])
  t.teardown(() => Promise.all([a.close(), b.close()]))
  const receiver = await openReceiver(t)
  const { id: principalId, accountId } = await a.directory.createAccount('ann@example.com', 'correct horse')
  const credentialId = Number(await a.directory.credentialVersion('ann@example.com'))
  const owner = { accountId, principalId, credentialId }
  const made = await a.push.transact(owner, (tx) =>
    tx.create({ deviceClientId: 'a', url: receiver.url, keys: null, expires: null, types: null }),
  )
  if (!made || typeof made === 'string') throw new Error('not made')
  startSender(t, a, receiver)
  startSender(t, b, receiver)
  t.equal((await receiver.next()).json().pushSubscriptionId, formatId('pushSubscription', made.id))
  await a.push.transact(owner, (tx) => tx.update(made.id, { isVerified: true }))
  for (let n = 1; n <= 10; n++) {
    const store = n % 2 ? a : b
    const account = store.account(accountId)
    await account.transact((tx) => tx.mailbox.create({ name: `M${n}`, parentId: null }))
    const state = String((await account.read(async (r) => r.marks)).mailbox)
    t.strictSame((await receiver.next()).json().changed, {
      [formatId('account', accountId)]: { Mailbox: state },
    })
  }
  while (await a.push.nextDue()) await new Promise((resolve) => setTimeout(resolve, 10))
  t.equal(receiver.received.length, 11)
})

t.test('RFC 8030: 503 and 429 are tried again, not before Retry-After, in the newest state', async (t) => {
  const { server, receiver } = await open(t)
  await subscribe(server, receiver, { types: ['Email'] })
  receiver.answers.push(
    answering(503, { 'retry-after': '1' }),
    answering(429),
    answering(302, { location: '/' }),
  )
  await server.deliver(mail('one'))
  await receiver.next()
  const refusedAt = performance.now()
  await server.deliver(mail('two'))
  const again = await receiver.next()
  t.ok(performance.now() - refusedAt >= 990, 'a second later')
  const { Email } = await states(server)
  t.strictSame(again.json().changed[server.accountId], { Email })
  for (const why of ['after the 429', 'after the redirect, which is not followed']) {
    const next = await receiver.next()
    t.equal(next.path, '/push')
    t.strictSame(next.json().changed[server.accountId], { Email }, why)
  }
  await settled(server)
  t.equal(receiver.received.length, 5)
})

t.test('RFC 8030 §7.3: 404 and 410 end it', async (t) => {
  const { server, receiver } = await open(t)
  for (const status of [404, 410]) {
    const id = await subscribe(server, receiver)
    t.ok(await exists(server, id))
    receiver.answers.push(answering(status))
    await server.deliver(mail(String(status)))
    await receiver.next()
    await settled(server)
    t.notOk(await exists(server, id), String(status))
  }
})

t.test('RFC 9749 §6: a code is not sent twice', async (t) => {
  const { server, receiver } = await open(t)
  const { url } = receiver
  receiver.answers.push(answering(503, { 'retry-after': '0' }))
  const { created } = await server.call('PushSubscription/set', {
    create: { k: { deviceClientId: 'a', url } },
  })
  await receiver.next()
  await server.deliver(mail('one'))
  await settled(server)
  t.equal(receiver.received.length, 1)
  t.ok(await exists(server, created.k.id))
})

t.test('RFC 8620 §8.6: no request to an address that is not for pushes, by name or by number', async (t) => {
  const statuses: number[] = []
  let wake = () => {}
  const onPush = (status: number) => {
    statuses.push(status)
    wake()
  }
  const { server, receiver } = await open(t, { mayReach: () => false, onPush })
  for (const url of [receiver.url, receiver.url.replace('localhost', '127.0.0.1')]) {
    const pushed = new Promise<void>((resolve) => {
      wake = resolve
    })
    await server.call('PushSubscription/set', { create: { k: { deviceClientId: 'a', url } } })
    await pushed
  }
  t.strictSame(statuses, [0, 0])
  t.equal(receiver.received.length, 0)
})

t.test('a change that nobody lived to tell is told by whoever starts next', async (t) => {
  const { server, receiver, sender } = await open(t)
  await subscribe(server, receiver, { types: ['Email'] })
  await settled(server)
  await sender.stop()
  await server.deliver(mail('one'))
  // A process that took it up and was killed: its lease ends.
  const claims = await server.mailstore.push.claim({ limit: 10, leaseMs: 50 })
  t.equal(claims.length, 1)
  sender.start()
  const { changed } = (await receiver.next()).json()
  t.strictSame(changed[server.accountId], { Email: (await states(server)).Email })
})

t.test('a server that stops does not wait for a push service that says nothing', async (t) => {
  const { server, receiver, sender } = await open(t)
  await subscribe(server, receiver)
  await settled(server)
  receiver.answers.push((response) => void once(response, 'close'))
  await server.deliver(mail('one'))
  await receiver.next()
  const began = performance.now()
  await sender.stop()
  t.ok(performance.now() - began < 10_000)
  sender.start()
  t.match((await receiver.next()).json(), { '@type': 'StateChange' }, 'and it is tried again')
})

t.test(
  'a code, which is sent once, goes over a connection of its own; the rest over one that is kept',
  async (t) => {
    const { server, receiver } = await open(t)
    const sockets: unknown[] = []
    const noting: (typeof receiver.answers)[number] = (response) => {
      sockets.push(response.socket)
      response.writeHead(201).end()
    }
    receiver.answers.push(noting, noting, noting, noting)
    await subscribe(server, receiver)
    for (const subject of ['a', 'b']) {
      await server.deliver(mail(subject))
      await receiver.next()
      await settled(server)
    }
    const { url } = receiver
    await server.call('PushSubscription/set', { create: { k: { deviceClientId: 'b', url } } })
    await receiver.next()
    const [code, first, second, other] = sockets
    t.equal(second, first)
    t.equal(new Set([code, first, other]).size, 3)
  },
)
