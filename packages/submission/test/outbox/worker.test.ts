import { simpleParser } from 'mailparser'
import t from 'tap'
import { systemClock } from '../../src/clock.js'
import { generateSigningKey, keyRecord } from '../../src/dkim/index.js'
import { createOutbox, type OutboxOptions } from '../../src/index.js'
import { attempt } from '../../src/outbox/attempt.js'
import { createRelay } from '../../src/outbox/relay.js'
import { verifyDkim } from '../support/dkim.js'
import { clockAt, submit } from '../support/outbox.js'
import { openRelayServer } from '../support/relay-server.js'
import { openTestStore } from '../support/store.js'

const DAY = 24 * 60 * 60_000
const { sleep } = systemClock
const IDENTIFIED = 'Date: Fri, 20 Nov 2026 08:00:00 +0000\r\nMessage-ID: <1@home.test>\r\n'
const MESSAGE = `From: anna@home.test\r\n${IDENTIFIED}Subject: hi\r\n\r\nbody\r\n`
const ANNA = 'anna@home.test'
const BEN = 'ben@home.test'
/** Has room for next to nothing. */
const FULL = 'full@home.test'

const store = await openTestStore(t, [ANNA, BEN, FULL], { [FULL]: 200 })
const { mailstore } = store
await mailstore.directory.addAlias('benjamin@home.test', BEN)

t.afterEach(() => store.empty(ANNA, BEN))

type Tap = { teardown(fn: () => unknown): void }

/** A running outbox, stopped when the test ends. */
function run(t: Tap, options: Partial<OutboxOptions> = {}) {
  const outbox = createOutbox({ mailstore, hostname: 'mail.home.test', ...options })
  t.teardown(() => outbox.stop())
  outbox.start()
  return outbox
}

t.test(
  'a local recipient gets it once, whatever addresses name him, without Bcc and old traces',
  async (t) => {
    run(t)
    const message = `Return-Path: <old@x.y>\r\nBcc: secret@example.org,\r\n more@example.org\r\n${MESSAGE}`
    const sent = await submit(store, ANNA, [BEN, 'benjamin@home.test', 'Anna@home.test'], message)
    t.match((await sent.settled()).recipients, [
      { address: BEN, state: 'delivered' },
      { address: 'benjamin@home.test', state: 'delivered' },
      { address: 'Anna@home.test', state: 'delivered', attempts: 1, reply: '250 2.1.5 delivered' },
    ])
    const [mail, ...more] = await store.inbox(BEN)
    t.strictSame(more, [])
    t.match(
      mail,
      /^Return-Path: <anna@home\.test>\r\n(?:Delivered-To: \S+@home\.test\r\n)+Received: by mail\.home\.test id s[0-9a-z]+;\r\n\t[^\r]+ \+0000\r\nFrom: /,
    )
    t.ok(mail!.endsWith(MESSAGE))
    const [own] = await store.inbox(ANNA)
    t.match(own, /\r\n\tfor <Anna@home\.test>;\r\n/, 'one address of the account: it is named')
    t.equal(await mailstore.jobs.nextDue(), null, 'the job is done')
  },
)

t.test(
  'RFC 6409 §8: Date and Message-ID are added where they are missing, each attempt the same',
  async (t) => {
    const relay = await openRelayServer(t)
    relay.replies.set('later@example.org', [450, '4.2.1 later'])
    const sent = await submit(
      store,
      ANNA,
      ['now@example.org', 'later@example.org'],
      'From: anna@home.test\r\n\r\nx\r\n',
    )
    // A slow clock: the retry is due at once.
    run(t, { relayUrl: `smtp://127.0.0.1:${relay.port}`, clock: clockAt(-DAY) })
    await sent.until(({ recipients }) => recipients.some(({ reply }) => reply === '450 4.2.1 later'))
    relay.replies.clear()
    await sent.settled()
    const [first, second] = relay.taken.map(({ message }) => message)
    t.match(
      first,
      /^Date: [^\r]+ \+0000\r\nMessage-ID: <s[0-9a-z]+@mail\.home\.test>\r\nFrom: anna@home\.test\r\n\r\nx\r\n$/,
    )
    t.equal(second, first)
  },
)

t.test('local, unknown and remote recipients of one message, each for itself, and a report', async (t) => {
  const relay = await openRelayServer(t)
  relay.replies.set('never@example.org', [550, '5.2.1 closed'])
  run(t, { relayUrl: `smtp://127.0.0.1:${relay.port}` })
  const recipients = [BEN, 'nobody@home.test', 'yes@example.org', 'never@example.org']
  const sent = await submit(store, ANNA, recipients, `Bcc: yes@example.org\r\n${MESSAGE}`)
  t.match((await sent.settled()).recipients, [
    { address: BEN, state: 'delivered', reply: '250 2.1.5 delivered' },
    { address: 'nobody@home.test', state: 'failed', reply: '550 5.1.1 there is no such mailbox here' },
    { address: 'yes@example.org', state: 'relayed', reply: '250 taken' },
    { address: 'never@example.org', state: 'failed', reply: '550 5.2.1 closed' },
  ])
  t.match(relay.taken, [{ from: ANNA, to: ['yes@example.org'], message: MESSAGE }])
  const reports = await store.inbox(ANNA)
  t.equal(reports.length, 1)
  t.match(reports[0], /^Return-Path: <>\r\n/)
  const { text } = await simpleParser(Buffer.from(reports[0]!, 'latin1'))
  t.match(text, /nobody@home\.test\s+550 5\.1\.1 there is no such mailbox here/)
  t.match(text, /never@example\.org\s+550 5\.2\.1 closed/)
  t.notMatch(text, /yes@example\.org|ben@home\.test/)
})

t.test('no report for the null sender', async (t) => {
  run(t)
  const sent = await submit(store, ANNA, ['nobody@home.test'], MESSAGE, '')
  t.match((await sent.settled()).recipients, [{ state: 'failed' }])
  t.strictSame(await store.inbox(ANNA), [])
})

t.test('a sender without room gets no report, and the outcome is recorded all the same', async (t) => {
  const warnings: string[] = []
  const log = { debug() {}, info() {}, warn: (_: object, text: string) => warnings.push(text), error() {} }
  run(t, { log })
  const sent = await submit(store, FULL, ['nobody@home.test'], MESSAGE)
  t.match((await sent.settled()).recipients, [{ state: 'failed' }])
  t.strictSame(warnings, ['the sender has no room for a report of delivery'])
})

t.test('what is put off is tried again, without those who have it', async (t) => {
  const relay = await openRelayServer(t)
  relay.replies.set('later@example.org', [451, '4.7.1 greylisted'])
  run(t, { relayUrl: `smtp://127.0.0.1:${relay.port}`, clock: clockAt(-DAY) })
  const held = relay.holdNext()
  const sent = await submit(store, ANNA, ['later@example.org', 'yes@example.org'], MESSAGE)
  const answer = await held
  // Who was refused in the first transaction is let in from now on.
  relay.replies.clear()
  const heldAgain = relay.holdNext()
  answer()
  const answerAgain = await heldAgain
  t.match((await sent.get()).recipients, [
    { state: 'queued', attempts: 1, reply: '451 4.7.1 greylisted' },
    { state: 'relayed', attempts: 1 },
  ])
  answerAgain()
  t.match((await sent.settled()).recipients, [
    { state: 'relayed', attempts: 2, reply: '250 taken' },
    { state: 'relayed', attempts: 1 },
  ])
  t.strictSame(
    relay.taken.map(({ to }) => to),
    [['yes@example.org'], ['later@example.org']],
  )
})

t.test('a mailbox that is full is tried again, and the sender hears of it after days', async (t) => {
  const sent = await submit(store, ANNA, [FULL], MESSAGE)
  const deps = { mailstore, hostname: 'mail.home.test', relay: null, random: () => 0.5, sleep }
  for (let count = 1; count < 10; count++) {
    // Due at once, by a slow clock.
    const [job] = await mailstore.jobs.claim({ limit: 1, leaseMs: 60_000 })
    await attempt({ ...deps, now: clockAt(-DAY).now }, job!, new AbortController().signal)
  }
  t.match((await sent.get()).recipients, [
    { state: 'queued', attempts: 9, reply: '452 4.2.2 the mailbox is full' },
  ])
  run(t, { clock: clockAt(6 * DAY) })
  t.match((await sent.settled()).recipients, [
    { state: 'failed', reply: '550 5.4.7 given up; the last reply was: 452 4.2.2 the mailbox is full' },
  ])
  t.match(
    await store.inbox(ANNA),
    [/Status: 4\.2\.2/, /Status: 5\.4\.7/],
    'of the delay, once, and of the end',
  )
  t.strictSame(await store.inbox(FULL), [])
})

t.test('without a relay, mail for other domains waits and says so, however long', async (t) => {
  const sent = await submit(store, ANNA, [BEN, 'x@example.org'], MESSAGE)
  const deps = { mailstore, hostname: 'mail.home.test', relay: null, random: () => 0.5, sleep }
  for (let count = 0; count < 12; count++) {
    const [job] = await mailstore.jobs.claim({ limit: 1, leaseMs: 60_000 })
    await attempt({ ...deps, now: clockAt(-DAY).now }, job!, new AbortController().signal)
  }
  t.match((await sent.get()).recipients, [
    { address: BEN, state: 'delivered', attempts: 1 },
    { state: 'queued', attempts: 1, reply: '451 4.4.4 no relay is configured (TANDEM_RELAY_URL)' },
  ])
  t.equal((await store.inbox(BEN)).length, 1)

  const relay = await openRelayServer(t)
  relay.replies.set('x@example.org', [451, 'busy'])
  run(t, { relayUrl: `smtp://127.0.0.1:${relay.port}`, clock: clockAt(100 * DAY) })
  await sent.until(({ recipients }) => recipients[1]!.reply === '451 busy')
  t.match((await sent.get()).recipients[1], { state: 'queued' }, 'its first real attempt is not its last')
})

t.test('the next attempt is a minute away, and one for want of a relay an hour', async (t) => {
  const relay = await openRelayServer(t)
  const other = await openTestStore(t, [ANNA])
  relay.replies.set('later@example.org', [451, 'one'])
  const options = { mailstore: other.mailstore, hostname: 'mail.home.test', random: () => 0.5 }
  for (const [relayUrl, minutes] of [
    [`smtp://127.0.0.1:${relay.port}`, 1],
    ['', 60],
  ] as const) {
    const outbox = createOutbox({ ...options, relayUrl })
    const start = Date.now()
    const sent = await submit(other, ANNA, ['later@example.org'], MESSAGE)
    outbox.start()
    await sent.until(({ recipients }) => recipients[0]!.reply !== null)
    const due = (await other.mailstore.jobs.nextDue())!.getTime()
    t.ok(due >= start + minutes * 60_000 && due <= Date.now() + minutes * 60_000, `${due - start} ms`)
    await outbox.stop()
    await other.mailstore.directory.deleteAccount(ANNA)
    await other.mailstore.directory.createAccount(ANNA, 'battery again')
  }
})

t.test('stop() lets what runs finish, and claims nothing more', async (t) => {
  const relay = await openRelayServer(t)
  const outbox = run(t, { relayUrl: `smtp://127.0.0.1:${relay.port}`, concurrency: 1 })
  const held = relay.holdNext()
  const first = await submit(store, ANNA, ['y@example.org'], MESSAGE)
  const answer = await held
  const second = await submit(store, ANNA, [BEN], MESSAGE)
  const stopping = outbox.stop()
  answer()
  await stopping
  t.match((await first.get()).recipients, [{ state: 'relayed' }])
  t.match((await second.get()).recipients, [{ state: 'queued', attempts: 0 }])
  outbox.start()
  t.match((await second.settled()).recipients, [{ state: 'delivered' }], 'and can begin again')
})

t.test('an attempt that fails for no known reason is put off, not repeated at once', async (t) => {
  const other = await openTestStore(t, [ANNA])
  const errors: string[] = []
  const log = { debug() {}, info() {}, warn() {}, error: (_: object, text: string) => errors.push(text) }
  const broken = {
    ...other.mailstore,
    directory: { ...other.mailstore.directory, destinations: () => Promise.reject(new Error('broken')) },
  }
  const outbox = createOutbox({ mailstore: broken, hostname: 'mail.home.test', log, random: () => 0.5 })
  const start = Date.now()
  outbox.start()
  const sent = await submit(other, ANNA, [ANNA], MESSAGE)
  await new Promise<void>((resolve) => {
    const stop = other.mailstore.jobs.onCreated(() => {
      stop()
      resolve()
    })
  })
  await outbox.stop()
  t.strictSame(errors, ['an attempt at a submission failed'])
  t.match((await sent.get()).recipients, [{ state: 'queued', attempts: 0, reply: null }])
  t.ok((await other.mailstore.jobs.nextDue())!.getTime() >= start + 60_000)
})

t.test(
  'a message whose attempts break down again and again is set aside, and can be tried again',
  async (t) => {
    const other = await openTestStore(t, [ANNA])
    const { jobs, queue, directory } = other.mailstore
    const broken = {
      ...other.mailstore,
      directory: { ...directory, destinations: () => Promise.reject(new Error('broken')) },
    }
    // By a clock of yesterday, what is put off is due at once by the database's.
    const outbox = createOutbox({
      mailstore: broken,
      hostname: 'mail.home.test',
      clock: clockAt(-DAY),
    })
    t.teardown(() => outbox.stop())
    const sent = await submit(other, ANNA, [ANNA], MESSAGE)
    const isAside = new Promise<void>((resolve) => {
      jobs.onCreated(
        () => void queue.get(sent.id).then((entry) => entry?.nextAttemptAt === null && resolve()),
      )
    })
    outbox.start()
    await isAside
    await outbox.stop()
    t.match(await queue.get(sent.id), { crashes: 5, nextAttemptAt: null })
    t.match((await sent.get()).recipients, [{ state: 'queued', attempts: 0 }], 'nothing is lost')
  },
)

t.test('a wrong relay URL stops the start', async (t) => {
  const options = { mailstore, hostname: 'x', relayUrl: 'smtp//oops' }
  t.throws(() => createOutbox(options), /^TANDEM_RELAY_URL: want smtp:\/\//)
})

t.test(
  'mail to others is signed for authors that are the sender alone, and leaves for no others',
  async (t) => {
    const relay = await openRelayServer(t)
    run(t, { relayUrl: `smtp://127.0.0.1:${relay.port}` })
    const key = {
      selector: 's1',
      algorithm: 'ed25519' as const,
      privateKey: await generateSigningKey('ed25519'),
    }
    await mailstore.domains.addKey('home.test', key)
    t.teardown(() => mailstore.domains.removeKeys('home.test'))
    const send = async (header: string) => {
      const message = `${header}\r\nBcc: x@y.z\r\nSubject: signed\r\n\r\n.body\r\n`
      return (await (await submit(store, ANNA, ['x@example.org', BEN], message)).settled()).recipients
    }
    const last = () => relay.taken.at(-1)!.message
    await send(`From: Anna <${ANNA}>`)
    t.strictSame(
      verifyDkim(last(), () => keyRecord(key)),
      [{ domain: 'home.test', selector: 's1', result: 'pass' }],
    )
    t.notMatch((await store.inbox(BEN))[0], /DKIM-Signature/i, 'mail between accounts here is not')
    await send(`Resent-From: ${ANNA}\r\nFrom: eve@example.com`)
    t.match(last(), /^Resent-From/)
    t.notMatch(last(), /DKIM-Signature/i, 'nor what is redirected')
    // Whoever let these in: they reach nobody.
    const count = relay.taken.length
    for (const header of [
      `From: Ben <${BEN}>`,
      'From: anna@example.com',
      `X: a\rFrom: ${BEN}\r\nFrom: ${ANNA}`,
      `From: ${ANNA}\r\nSender : ${BEN}`,
      `Resent-From: ${ANNA}\r\nFrom: ${BEN}`,
    ]) {
      const refused = { state: 'failed', reply: /^550 5\.7\.1 the address in (From|Sender) / }
      t.match(await send(header), [refused, refused], header)
    }
    t.equal(relay.taken.length, count)
  },
)

// RFC 3461 §5.2
t.test(
  'reports of success where they are asked for: delivered here, passed on to a host that knows no DSN',
  async (t) => {
    const relay = await openRelayServer(t)
    const knowing = await openRelayServer(t, { hideDSN: false })
    const account = await store.account(ANNA)
    const { digest } = await account.blobs.put(Buffer.from(MESSAGE))
    const send = async () => {
      const id = await account.transact((tx) =>
        tx.submission.create({
          principalId: account.id,
          digest,
          mailFrom: ANNA,
          mailFromParameters: { ENVID: 'mine' },
          recipients: [
            { address: BEN, parameters: { NOTIFY: 'SUCCESS' } },
            { address: 'x@example.org', parameters: { NOTIFY: 'SUCCESS', ORCPT: 'rfc822;X@example.org' } },
            { address: 'nobody@home.test', parameters: { NOTIFY: 'NEVER' } },
          ],
        }),
      )
      return id
    }
    const first = run(t, { relayUrl: `smtp://127.0.0.1:${relay.port}` })
    await send()
    const [report] = await store.inboxOf(ANNA, 1)
    await first.stop()
    t.match(report, /^Original-Envelope-Id: mine\r$/m)
    t.match(report, /^Final-Recipient: rfc822; ben@home\.test\r\nAction: delivered\r\nStatus: 2\.1\.5\r$/m)
    t.match(
      report,
      /^Original-Recipient: rfc822; X@example\.org\r\nFinal-Recipient: rfc822; x@example\.org\r\nAction: relayed\r\nStatus: 2\.0\.0\r\nRemote-MTA: dns; 127\.0\.0\.1\r$/m,
    )
    t.notMatch(report, /nobody@home\.test/)

    run(t, { relayUrl: `smtp://127.0.0.1:${knowing.port}` })
    await send()
    const [, second] = await store.inboxOf(ANNA, 2)
    t.match(second, /Action: delivered/)
    t.notMatch(second, /x@example\.org/, 'that host tells of it itself')
  },
)

t.test('a message that goes in circles is not sent on', async (t) => {
  const relay = await openRelayServer(t)
  run(t, { relayUrl: `smtp://127.0.0.1:${relay.port}` })
  const sent = await submit(
    store,
    ANNA,
    ['x@example.org'],
    `${'Received: by x; now\r\n'.repeat(101)}${MESSAGE}`,
  )
  t.match((await sent.settled()).recipients, [{ state: 'failed', reply: /^554 5\.4\.6 / }])
  t.strictSame(relay.taken, [])
})

t.test('what a host took, and cannot be written down, counts as a possible double', async (t) => {
  const relay = await openRelayServer(t)
  const sent = await submit(store, ANNA, ['x@example.org'], MESSAGE)
  const [job] = await mailstore.jobs.claim({ limit: 1, leaseMs: 60_000 })
  let doubles = 0
  const broken = {
    ...mailstore,
    account: (id: number) => ({
      ...mailstore.account(id),
      transact: () => Promise.reject(new Error('the database is away')),
    }),
  }
  const deps = {
    mailstore: broken,
    hostname: 'mail.home.test',
    relay: createRelay({ url: `smtp://127.0.0.1:${relay.port}`, hostname: 'mail.home.test' }),
    now: Date.now,
    sleep,
    random: () => 0.5,
    onPossibleDouble: (recipients: number) => {
      doubles += recipients
    },
  }
  await t.rejects(attempt(deps, job!, new AbortController().signal), /the database is away/)
  t.equal(doubles, 1)
  t.match((await sent.get()).recipients, [{ state: 'queued' }])
})
