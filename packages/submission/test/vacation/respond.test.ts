import type { Vacation } from '@tandem/mailstore'
import { simpleParser } from 'mailparser'
import t from 'tap'
import { createLmtpListener, createOutbox } from '../../src/index.js'
import { openClient } from '../support/client.js'
import { submit } from '../support/outbox.js'
import { openRelayServer } from '../support/relay-server.js'
import { openTestStore } from '../support/store.js'

const ANNA = 'anna@home.test'
const BEN = 'ben@home.test'
const AWAY: Partial<Vacation> = { isEnabled: true }

const store = await openTestStore(t, [ANNA, BEN])
const { mailstore } = store
await mailstore.directory.addAlias('sales@home.test', ANNA)
const anna = await store.account(ANNA)
const ids = new Set<string>()

const OFF: Vacation = {
  isEnabled: false,
  fromDate: null,
  toDate: null,
  subject: null,
  textBody: null,
  htmlBody: null,
}
const away = (vacation: Partial<Vacation> = {}) =>
  anna.transact((tx) => tx.vacation.update({ ...OFF, ...AWAY, ...vacation }))

const listener = createLmtpListener({ mailstore, port: 0, hostname: 'mail.home.test', maxSize: 100_000 })
t.teardown(() => listener.close())
const address = await listener.listen()

/** Delivers by LMTP; each message is another. */
async function deliver(sender: string, lines: string[], to = ANNA): Promise<void> {
  const client = await openClient(address)
  await client.reply()
  await client.say('LHLO mx.test')
  await client.say(`MAIL FROM:<${sender}>`)
  await client.say(`RCPT TO:<${to}>`)
  await client.say('DATA')
  const reply = await client.say(`X-Number: ${ids.size}\r\n${lines.join('\r\n')}\r\n\r\nHello.\r\n.`)
  ids.add(String(ids.size))
  client.destroy()
  if (!reply.startsWith('250 2.1.5 delivered')) throw new Error(reply)
}

/** What waits to be sent: the responses. */
async function queued() {
  const entries = []
  for await (const entry of mailstore.queue.list()) entries.push(entry)
  return entries
}

async function takeAll(): Promise<string[]> {
  const responses = []
  for (const { id, accountId } of await queued()) {
    const account = mailstore.account(accountId)
    const { digest } = (await account.read((r) => r.submission.get(id)))!
    responses.push(Buffer.from(await (await account.blobs.open(digest))!.read()).toString())
    await mailstore.queue.remove(id, '550 taken')
  }
  return responses
}

t.test('RFC 3834 §3: the response, and where it goes', async (t) => {
  await away({ subject: null, textBody: 'Back in May – Änna.' })
  await anna.transact(async (tx) => {
    const [first] = await tx.identity.list()
    await tx.identity.update(first!.id, { name: 'Änna Archer' })
  })
  await deliver('bob@example.org', [
    'From: other@example.org',
    'Reply-To: elsewhere@example.org',
    `To: x@y.z, "Anna" <${ANNA}>`,
    'Subject: =?utf-8?q?Caf=C3=A9?=',
    'Message-ID: <3@example.org>',
    'References: <1@example.org> <2@example.org>',
  ])
  const [entry, ...more] = await queued()
  t.strictSame(more, [])
  t.match(entry, { mailFrom: '', waiting: [{ address: 'bob@example.org' }] }, 'the return path, from nobody')
  const submission = await anna.read((r) => r.submission.get(entry!.id))
  t.match(submission, { email: null, recipients: [{ parameters: { NOTIFY: 'NEVER' } }] })
  t.same(await anna.read((r) => r.submission.ids(10)), [], 'JMAP sees no EmailSubmission of it')
  const [response] = await takeAll()
  const parsed = await simpleParser(response!)
  t.match(parsed, {
    subject: 'Auto: Café',
    text: /^Back in May – Änna\.\s*$/,
    html: false,
    inReplyTo: '<3@example.org>',
    references: ['<1@example.org>', '<2@example.org>', '<3@example.org>'],
    from: { value: [{ name: 'Änna Archer', address: ANNA }] },
    to: { value: [{ address: 'bob@example.org' }] },
  })
  t.match(parsed.messageId, /^<[^@]+@mail\.home\.test>$/)
  t.equal(parsed.headers.get('auto-submitted'), 'auto-replied')
  t.ok(Math.abs(parsed.date!.getTime() - Date.now()) < 60_000)
  t.notMatch(response, /(?<!\r)\n/)
})

t.test('RFC 8621 §8: subject and bodies as they are set, or made up', async (t) => {
  const cases: [Partial<Vacation>, string[], object][] = [
    [{}, [], { subject: 'Automated reply', text: /automatic reply/, html: false }],
    [{ subject: 'Gone' }, ['Subject: x'], { subject: 'Gone' }],
    [{ htmlBody: '<p>Gone <b>fishing</b></p>' }, [], { text: /^Gone fishing\s*$/, html: /<b>fishing<\/b>/ }],
    [{ textBody: 'plain', htmlBody: '<p>rich</p>' }, [], { text: /^plain\s*$/, html: /<p>rich<\/p>/ }],
    [
      { textBody: '' },
      ['Message-ID: <1@a.b>', 'In-Reply-To: <0@a.b>'],
      { inReplyTo: '<1@a.b>', references: ['<0@a.b>', '<1@a.b>'] },
    ],
    [{ textBody: 'x' }, ['References: <0@a.b>'], { inReplyTo: undefined, references: undefined }],
    [{ textBody: 'x' }, [`Subject: ${'é'.repeat(300)}`], { subject: `Auto: ${'é'.repeat(200)}` }],
    [{ textBody: 'x' }, ['Subject: a=?utf-8?q?=0D=0ABcc:_x=40y.z?='], { bcc: undefined }],
  ]
  for (const [index, [vacation, lines, expected]] of cases.entries()) {
    await away(vacation)
    await deliver(`sender${index}@example.org`, [`To: ${ANNA}`, ...lines])
    const [response] = await takeAll()
    t.match(await simpleParser(response ?? ''), expected, JSON.stringify(vacation))
  }
})

t.test('the address that the message was for is the one that answers', async (t) => {
  await away()
  const cases: [to: string, from: string][] = [
    ['sales@home.test', 'sales@home.test'],
    ['Anna+shop@home.test', 'Anna+shop@home.test'],
  ]
  for (const [index, [to, from]] of cases.entries()) {
    await deliver(`one${index}@example.org`, [`Cc: ${to}`], to)
    const [response] = await takeAll()
    t.equal((await simpleParser(response!)).from?.value[0]?.address, from)
  }
})

t.test('RFC 3834 §2, RFC 5230 §4: what is not answered', async (t) => {
  await away()
  const cases: [why: string, sender: string, lines: string[]][] = [
    ['the null sender', '', [`To: ${ANNA}`]],
    ['a program', 'no-reply@example.org', [`To: ${ANNA}`]],
    ['a program by its header', 'a1@example.org', [`To: ${ANNA}`, 'Auto-Submitted: auto-generated']],
    ['a list', 'a2@example.org', [`To: ${ANNA}`, 'List-Id: <l.example.org>']],
    ['bulk mail', 'a3@example.org', [`To: ${ANNA}`, 'Precedence: bulk']],
    ['what does not name the user', 'a4@example.org', ['To: list@example.org', 'Bcc: ben@home.test']],
    ['the user himself', 'sales@home.test', [`To: ${ANNA}`]],
  ]
  for (const [why, sender, lines] of cases) {
    await deliver(sender, lines)
    t.strictSame(await takeAll(), [], why)
  }
  await mailstore.directory.addAlias('@home.test', ANNA)
  await deliver('a5@example.org', ['To: odd@home.test'], 'odd@home.test')
  await mailstore.directory.removeAlias('@home.test')
  t.strictSame(await takeAll(), [], 'what came by a catch-all')
  await deliver('a1@example.org', [`To: ${ANNA}`])
  t.equal((await takeAll()).length, 1, 'and the same sender is answered otherwise')
})

t.test('once in seven days for each sender, and only while it is in force', async (t) => {
  await away()
  await Promise.all([1, 2, 3].map(() => deliver('often@example.org', [`To: ${ANNA}`])))
  await deliver('Often@Example.ORG', [`To: ${ANNA}`])
  t.equal((await takeAll()).length, 1, 'however many come at once')
  const hour = (hours: number) => new Date(Date.now() + hours * 3_600_000)
  const cases: [Partial<Vacation>, number][] = [
    [{ isEnabled: false }, 0],
    [{ fromDate: hour(1) }, 0],
    [{ toDate: hour(-1) }, 0],
    [{ fromDate: hour(-1), toDate: hour(1) }, 1],
  ]
  for (const [index, [vacation, count]] of cases.entries()) {
    await away(vacation)
    await deliver(`when${index}@example.org`, [`To: ${ANNA}`])
    t.equal((await takeAll()).length, count, JSON.stringify(vacation))
  }
})

t.test('a repeat of a delivery is not answered again, and what a client files never is', async (t) => {
  await away()
  const again = async () => {
    const client = await openClient(address)
    await client.reply()
    for (const line of ['LHLO mx.test', 'MAIL FROM:<twice@example.org>', `RCPT TO:<${ANNA}>`, 'DATA']) {
      await client.say(line)
    }
    const reply = await client.say(`To: ${ANNA}\r\n\r\nTwice.\r\n.`)
    client.destroy()
    return reply
  }
  t.match(await again(), /delivered$/)
  const first = await takeAll()
  t.equal(first.length, 1)
  await mailstore.account(anna.id).transact((tx) => tx.vacation.update({ textBody: 'other' }))
  t.match(await again(), /delivered before$/)
  t.strictSame(await takeAll(), [])
  const message = await anna.ingest(Buffer.from(`Return-Path: <c@example.org>\r\nTo: ${ANNA}\r\n\r\nx`), {
    nul: 'refuse',
  })
  await anna.transact(async (tx) => {
    const inbox = (await tx.mailbox.byRole('inbox'))!
    await tx.email.create([{ message, mailboxIds: [inbox.id] }])
  })
  t.strictSame(await takeAll(), [])
})

t.test('by the outbox: a local sender hears of it, and a response is not answered', async (t) => {
  await away({ subject: 'Away' })
  const ben = await store.account(BEN)
  await ben.transact((tx) => tx.vacation.update({ ...OFF, ...AWAY, subject: 'Away too' }))
  const relay = await openRelayServer(t)
  const outbox = createOutbox({
    mailstore,
    hostname: 'mail.home.test',
    relayUrl: `smtp://127.0.0.1:${relay.port}`,
  })
  t.teardown(() => outbox.stop())
  outbox.start()
  await store.empty(ANNA, BEN)
  const sent = await submit(store, BEN, [ANNA], `From: ${BEN}\r\nTo: ${ANNA}\r\nSubject: Hi\r\n\r\nx\r\n`)
  await sent.settled()
  const [answer] = await store.inboxOf(BEN, 1)
  t.match(answer, /^Return-Path: <>\r\n/)
  t.match(await simpleParser(answer!), { subject: 'Away', from: { value: [{ address: ANNA }] } })
  const held = relay.holdNext()
  await deliver('far@example.org', [`To: ${ANNA}`])
  const answerTo = await held
  answerTo()
  await outbox.stop()
  t.match(relay.taken, [{ from: '', to: ['far@example.org'] }])
  t.strictSame(await queued(), [])
  t.equal((await store.inbox(BEN)).length, 1)
  t.equal((await store.inbox(ANNA)).length, 2, 'and no response to the response')
})
