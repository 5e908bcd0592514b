import t from 'tap'
import { createLmtpListener, type LmtpListenerOptions } from '../../src/index.js'
import { openClient } from '../support/client.js'
import { openTestStore } from '../support/store.js'

const store = await openTestStore(t, ['anna@home.test', 'ben@home.test', 'full@home.test'], {
  'full@home.test': 10,
})
const { mailstore } = store
await mailstore.directory.addAlias('anna.smith@home.test', 'anna@home.test')

type Tap = { teardown(fn: () => unknown): void }

/** A client that said LHLO. */
async function open(t: Tap, changes: Partial<LmtpListenerOptions> = {}) {
  const listener = createLmtpListener({
    mailstore,
    port: 0,
    hostname: 'mail.home.test',
    maxSize: 100_000,
    ...changes,
  })
  t.teardown(() => listener.close())
  const client = await openClient(await listener.listen())
  t.teardown(client.destroy)
  await client.reply()
  const features = await client.say('LHLO mx.test')
  return { ...client, features }
}

t.test('mail is filed as it came, in lines of CRLF, behind Return-Path and Received', async (t) => {
  const client = await open(t)
  t.strictSame(client.features.split('\n').slice(1), [
    '250-PIPELINING',
    '250-8BITMIME',
    '250-SMTPUTF8',
    '250-ENHANCEDSTATUSCODES',
    '250 SIZE 100000',
  ])
  t.match(await client.say('MAIL FROM:<x@example.org> BODY=8BITMIME'), /^250 2\.1\.0 /)
  t.match(await client.say('RCPT TO:<Anna+shop@home.test>'), /^250 2\.1\.5 /)
  t.match(await client.say('DATA'), /^354 /)
  const message = 'Subject: caf\u00e9\r\nBcc: y@example.org\r\n\r\n.dot\r\nbare\nline \u00ff\r\n'
  client.write(Buffer.from(message.replace('\r\n.dot', '\r\n..dot'), 'latin1'))
  t.match(await client.say('.'), /^250 2\.1\.5 delivered$/)
  const [filed] = await store.inbox('anna@home.test')
  t.match(
    filed,
    /^Return-Path: <x@example\.org>\r\nDelivered-To: Anna\+shop@home\.test\r\nReceived: from mx\.test \(\[127\.0\.0\.1\]\)\r\n\tby mail\.home\.test with LMTP id \S+\r\n\tfor <Anna\+shop@home\.test>;\r\n\t[^\r]+ \+0000\r\n/,
  )
  // RFC 5321 §2.3.8: a bare line end is one that other readers would see.
  const lines = message.replace('bare\n', 'bare\r\n')
  t.equal(filed!.slice(-lines.length), lines)
})

t.test(
  'each RCPT has its own reply, in order: delivered, over quota; a repeated one is refused',
  async (t) => {
    const client = await open(t)
    const before = { anna: await store.inbox('anna@home.test'), ben: await store.inbox('ben@home.test') }
    client.write(
      [
        'MAIL FROM:<>',
        'RCPT TO:<full@home.test>',
        'RCPT TO:<nobody@home.test>',
        'RCPT TO:<anna@home.test>',
        'RCPT TO:<ANNA@home.test>',
        'RCPT TO:<ben@home.test>',
        'RCPT TO:<anna.smith@home.test>',
        'RCPT TO:<someone@elsewhere.test>',
        'DATA',
        '',
      ].join('\r\n'),
    )
    const codes = []
    for (let index = 0; index < 9; index++) codes.push((await client.reply()).slice(0, 9))
    t.strictSame(codes, [
      '250 2.1.0',
      '250 2.1.5',
      '550 5.1.1',
      '250 2.1.5',
      '452 4.5.3',
      '250 2.1.5',
      '250 2.1.5',
      '550 5.1.1',
      '354 End d',
    ])
    client.write('Subject: to many\r\n\r\nhi\r\n.\r\nNOOP\r\n')
    const replies = []
    for (let index = 0; index < 5; index++) replies.push(await client.reply())
    t.strictSame(replies, [
      '452 4.2.2 the mailbox is full',
      '250 2.1.5 delivered',
      '250 2.1.5 delivered',
      '250 2.1.5 delivered',
      '250 2.0.0 OK',
    ])
    const anna = (await store.inbox('anna@home.test')).slice(before.anna.length)
    t.equal(anna.length, 1, 'two addresses of one account: one email')
    t.match(anna[0], /^Return-Path: <>\r\n(?:Delivered-To: \S+\r\n)+Received: from [^;]+ with LMTP id \S+;/)
    t.notMatch(anna[0], / for </, 'several recipients: none is named (RFC 5321 §7.2)')
    t.equal((await store.inbox('ben@home.test')).length, before.ben.length + 1)
    t.strictSame(await store.inbox('full@home.test'), [])
  },
)

t.test('a message beyond the limit is refused to each recipient, and the next one is taken', async (t) => {
  const client = await open(t, { maxSize: 1000 })
  t.match(await client.say('MAIL FROM:<x@example.org> SIZE=1001'), /^552 5\.3\.4 /)
  await client.say('MAIL FROM:<x@example.org>')
  await client.say('RCPT TO:<anna@home.test>')
  await client.say('RCPT TO:<ben@home.test>')
  await client.say('RCPT TO:<anna.smith@home.test>')
  await client.say('DATA')
  client.write(`Subject: large\r\n\r\n${'x'.repeat(1000)}\r\n.\r\n`)
  for (const _ of [1, 2, 3]) t.match(await client.reply(), /^552 5\.3\.4 /)
  await client.say('MAIL FROM:<x@example.org>')
  await client.say('RCPT TO:<ben@home.test>')
  await client.say('DATA')
  client.write('Subject: small\r\n\r\n')
  t.match(await client.say('.'), /^250 /)
})

t.test('NUL is replaced, for the mail has to go somewhere', async (t) => {
  const client = await open(t)
  await client.say('MAIL FROM:<x@example.org>')
  await client.say('RCPT TO:<ben@home.test>')
  await client.say('DATA')
  client.write('Subject: n\0l\r\n\r\n\0\r\n')
  t.match(await client.say('.'), /^250 /)
  t.match((await store.inbox('ben@home.test')).at(-1), /Subject: n\x80l\r\n\r\n\x80\r\n$/)
})

const WRONG: [commands: string[], reply: RegExp][] = [
  [['EHLO mx.test'], /^500 /],
  [['HELO mx.test'], /^500 /],
  [['AUTH PLAIN'], /^500 /],
  [['STARTTLS'], /^500 /],
  [['WIZ'], /^500 /],
  [['RCPT TO:<anna@home.test>'], /^503 /],
  [['MAIL FROM:<x@example.org>', 'DATA'], /^503 /],
  [['MAIL FROM:<x@example.org>', 'RCPT TO:<nobody@home.test>', 'DATA'], /^503 /],
  [['MAIL FROM:<x@example.org>', 'RCPT TO:<>'], /^501 /],
  [['MAIL FROM:<x@example.org>', 'RCPT TO:<anna@home.test> NOTIFY=NEVER'], /^555 5\.5\.4 /],
  [['MAIL FROM:<x@example.org> RET=FULL'], /^555 5\.5\.4 /],
  [['MAIL FROM:<j\u00f6rg@example.org>'], /^553 5\.6\.7 /],
  [['MAIL FROM:<x@example.org>', 'RCPT TO:<\u00e4nna@home.test>'], /^553 5\.6\.7 /],
]

t.test('RFC 6531: mail from an address beyond ASCII', async (t) => {
  const client = await open(t)
  t.match(await client.say('MAIL FROM:<j\u00f6rg@b\u00fccher.example> BODY=8BITMIME SMTPUTF8'), /^250 /)
  t.match(await client.say('RCPT TO:<ben@home.test>'), /^250 /)
  await client.say('DATA')
  client.write('From: j\u00f6rg@b\u00fccher.example\r\n\r\nfrom far\r\n')
  t.match(await client.say('.'), /^250 /)
  const filed = (await store.inbox('ben@home.test')).find((message) => message.includes('from far'))
  const text = Buffer.from(filed!, 'latin1').toString()
  t.match(text, /^Return-Path: <j\u00f6rg@b\u00fccher\.example>\r\n/)
  t.match(text, /\r\n\tby mail\.home\.test with UTF8LMTP id /, 'RFC 6531 §4.3')
})

t.test('mail for postmaster reaches somebody (RFC 5321 §4.5.1)', async (t) => {
  const send = async (to: string, subject: string, options = {}) => {
    const client = await open(t, options)
    await client.say('MAIL FROM:<x@example.org>')
    const reply = await client.say(`RCPT TO:<${to}>`)
    if (!reply.startsWith('250')) return reply
    await client.say('DATA')
    client.write(`Subject: ${subject}\r\n\r\n`)
    return client.say('.')
  }
  const has = async (name: string, subject: string) =>
    (await store.inbox(name)).some((message) => message.includes(subject))
  const ben = { postmaster: 'ben@home.test' }
  t.match(await send('postmaster@home.test', 'to the one that is set', ben), /^250 /)
  t.ok(await has('ben@home.test', 'to the one that is set'))
  t.match(await send('Postmaster', 'without a domain', ben), /^250 /)
  t.ok(await has('ben@home.test', 'without a domain'))
  const { directory } = store.mailstore
  const [oldest] = (await directory.list()).sort((a, b) => Number(a.createdAt) - Number(b.createdAt))
  t.match(await send('postmaster@home.test', 'to the oldest'), /^250 /)
  t.ok(await has(oldest!.name, 'to the oldest'))
  t.match(await send('postmaster@elsewhere.test', 'not ours', ben), /^550 5\.1\.1 /)
  t.match(await send('postmasters@home.test', 'another name', ben), /^550 5\.1\.1 /)
})

t.test('addresses that exist though RFC 5321 has them not', async (t) => {
  for (const alias of ['a..b@home.test', 'c.@home.test', '.d@home.test', 'e%f@home.test', 'g!h@home.test'])
    await store.mailstore.directory.addAlias(alias, 'ben@home.test')
  const client = await open(t)
  for (const sender of [
    'x..y@docomo.test',
    'x.@docomo.test',
    '"x y"@a.test',
    'x@y.test.',
    'x@[127.0.0.1]',
    'x@a_b.test',
  ]) {
    t.match(await client.say(`MAIL FROM:<${sender}> SIZE=100`), /^250 /, sender)
    await client.say('RSET')
  }
  const recipients = [
    '<a..b@home.test>',
    '<c.@home.test>',
    '<.d@home.test>',
    '<e%f@home.test>',
    '<g!h@home.test>',
  ]
  for (const to of [
    ...recipients,
    '<ben@home.test.>',
    '<@relay.test,@b.test:anna@home.test>',
    '<"ben"@home.test>',
  ]) {
    await client.say('MAIL FROM:<x@example.org>')
    t.match(await client.say(`RCPT TO:${to}`), /^250 /, to)
    await client.say('RSET')
  }
  await client.say('MAIL FROM:<x@y.test.>')
  await client.say('RCPT TO:<c.@home.test>')
  await client.say('DATA')
  client.write('Subject: from a dot\r\n\r\n')
  t.match(await client.say('.'), /^250 /)
  const filed = (await store.inbox('ben@home.test')).find((message) => message.includes('from a dot'))
  t.match(filed, /^Return-Path: <x@y\.test>\r\n/)
  t.match(filed, /for <c\.@home\.test>;/)
})

t.test('what is out of order or not supported is refused', async (t) => {
  const client = await open(t)
  for (const [commands, reply] of WRONG) {
    await client.say('RSET')
    let last = ''
    for (const command of commands) last = await client.say(command)
    t.match(last, reply, commands.join(', '))
  }
})

t.test('a limit of recipients', async (t) => {
  const client = await open(t, { maxRecipients: 2 })
  await client.say('MAIL FROM:<x@example.org>')
  t.match(await client.say('RCPT TO:<anna@home.test>'), /^250 /)
  t.match(await client.say('RCPT TO:<anna.smith@home.test>'), /^250 /)
  t.match(await client.say('RCPT TO:<ben@home.test>'), /^452 4\.5\.3 .*too many /)
})

t.test('a fault of one account is temporary, logged, and not the others’', async (t) => {
  const ben = (await mailstore.directory.resolve('ben@home.test'))!.accountId
  const errors: object[] = []
  const log = { debug() {}, info() {}, warn() {}, error: (fields: object) => errors.push(fields) }
  const faulty = {
    ...mailstore,
    account(id: number) {
      const account = mailstore.account(id)
      if (id !== ben) return account
      return { ...account, transact: () => Promise.reject(new Error('disk full')) }
    },
  }
  const client = await open(t, { mailstore: faulty, log })
  await client.say('MAIL FROM:<x@example.org>')
  await client.say('RCPT TO:<ben@home.test>')
  await client.say('RCPT TO:<anna@home.test>')
  await client.say('DATA')
  client.write('Subject: half\r\n\r\n.\r\n')
  t.match(await client.reply(), /^451 4\.3\.0 a fault of this server/)
  t.match(await client.reply(), /^250 2\.1\.5 /)
  t.match(errors, [{ err: /disk full/ }])
})

t.test('a client that goes away in DATA leaves nothing', async (t) => {
  const before = await store.inbox('anna@home.test')
  const client = await open(t)
  await client.say('MAIL FROM:<x@example.org>')
  await client.say('RCPT TO:<anna@home.test>')
  await client.say('DATA')
  client.write('Subject: half a mess')
  client.destroy()
  const next = await open(t)
  await next.say('MAIL FROM:<x@example.org>')
  await next.say('RCPT TO:<anna@home.test>')
  await next.say('DATA')
  next.write('Subject: whole\r\n\r\n')
  t.match(await next.say('.'), /^250 /)
  const after = await store.inbox('anna@home.test')
  t.equal(after.length, before.length + 1)
  t.match(after.at(-1), /Subject: whole/)
})

const HELLO = 'Received: from a by b; then\r\nMessage-ID: <hello@x.test>\r\nSubject: hello\r\n\r\nhi\r\n'
const BARE = 'Received: from a by b; then\r\nSubject: disk full\r\n\r\n\r\n'

const REPEATS: [name: string, first: string, second: string, isRepeat: boolean][] = [
  ['the same bytes', HELLO, HELLO, true],
  ['a new trace', HELLO, HELLO.replace('then', 'now').replace('Rec', 'Delivered-To: me\r\nRec'), true],
  ['another body', HELLO, HELLO.replace('hi', 'ho'), false],
  ['another Message-ID', HELLO, HELLO.replace('hello@', 'hallo@'), false],
  ['a Received field below others', HELLO, HELLO.replace('Subject', 'Received: x\r\nSubject'), false],
  ['no Message-ID, the same bytes', BARE, BARE, true],
  ['no Message-ID, another trace', BARE, BARE.replace('then', 'now'), false],
]

for (const [name, first, second, isRepeat] of REPEATS) {
  t.test(`an MTA that did not hear our answer sends again: ${name}`, async (t) => {
    await store.empty('anna@home.test', 'ben@home.test')
    const send = async (message: string, ...recipients: string[]) => {
      const client = await open(t)
      await client.say('MAIL FROM:<x@example.org>')
      for (const recipient of recipients) await client.say(`RCPT TO:<${recipient}>`)
      await client.say('DATA')
      client.write(message.replace('\r\n\r\n', `\r\nX-Test: ${name}\r\n\r\n`))
      const replies = [await client.say('.')]
      for (const _ of recipients.slice(1)) replies.push(await client.reply())
      return replies
    }
    t.strictSame(await send(first, 'anna@home.test'), ['250 2.1.5 delivered'])
    t.strictSame(await send(second, 'anna@home.test', 'ben@home.test'), [
      isRepeat ? '250 2.1.5 delivered before' : '250 2.1.5 delivered',
      '250 2.1.5 delivered',
    ])
    t.equal((await store.inbox('anna@home.test')).length, isRepeat ? 1 : 2)
    t.equal((await store.inbox('ben@home.test')).length, 1, 'for another recipient it is none')
  })
}

t.test('a catch-all has mail for whoever is not there, and never that for postmaster', async (t) => {
  await store.empty('anna@home.test', 'ben@home.test')
  await mailstore.directory.addAlias('@home.test', 'ben@home.test')
  t.teardown(() => mailstore.directory.removeAlias('@home.test'))
  const client = await open(t)
  await client.say('MAIL FROM:<x@example.org>')
  for (const name of ['anyone', 'anna+x', 'postmaster']) await client.say(`RCPT TO:<${name}@home.test>`)
  await client.say('DATA')
  client.write('Subject: to three\r\n\r\n')
  t.match([await client.say('.'), await client.reply(), await client.reply()], [/^250 /, /^250 /, /^250 /])
  t.match(await store.inbox('ben@home.test'), [/^Delivered-To: anyone@home\.test\r$/m])
  t.match(await store.inbox('anna@home.test'), [/anna\+x@home\.test[\s\S]*postmaster@home\.test/])
})

t.test('what the user expunged is filed when an administrator hands it over again', async (t) => {
  await store.empty('anna@home.test')
  const send = async () => {
    const client = await open(t)
    await client.say('MAIL FROM:<x@example.org>')
    await client.say('RCPT TO:<anna@home.test>')
    await client.say('DATA')
    client.write(HELLO.replace('hi', 'thrown away'))
    return client.say('.')
  }
  t.equal(await send(), '250 2.1.5 delivered')
  t.equal(await send(), '250 2.1.5 delivered before')
  await store.empty('anna@home.test')
  t.equal(await send(), '250 2.1.5 delivered')
  t.equal((await store.inbox('anna@home.test')).length, 1)
})

t.test('what failed to be filed is no repeat', async (t) => {
  await store.empty('anna@home.test')
  let fails = true
  const faulty = {
    ...mailstore,
    account(id: number) {
      const account = mailstore.account(id)
      const transact: typeof account.transact = (work) =>
        account.transact(async (tx) => {
          const result = await work(tx)
          if (fails) throw new Error('disk full')
          return result
        })
      return { ...account, transact }
    },
  }
  for (const reply of [/^451 /, /^250 2\.1\.5 delivered$/]) {
    const client = await open(t, { mailstore: faulty })
    await client.say('MAIL FROM:<x@example.org>')
    await client.say('RCPT TO:<anna@home.test>')
    await client.say('DATA')
    client.write('Message-ID: <failed@x.test>\r\n\r\nhi\r\n')
    t.match(await client.say('.'), reply)
    fails = false
  }
  t.equal((await store.inbox('anna@home.test')).length, 1)
})
