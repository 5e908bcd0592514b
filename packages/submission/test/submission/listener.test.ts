import { networkInterfaces } from 'node:os'
import { MAX_HELD, parseId } from '@tandem/mailstore'
import nodemailer from 'nodemailer'
import t from 'tap'
import { type SubmissionListenerOptions, systemClock } from '../../src/index.js'
import { type Address, openClient, plain } from '../support/client.js'
import { openTestStore, PASSWORD } from '../support/store.js'
import { createListener, createTls } from '../support/submission.js'

const store = await openTestStore(t, ['anna@home.test', 'ben@home.test'])
const { mailstore } = store
await mailstore.directory.addAlias('anna.smith@home.test', 'anna@home.test')
await mailstore.directory.addAlias('postmaster@mail.home.test', 'anna@home.test')

const STOPPED = { ...systemClock, sleep: async () => {}, now: () => Date.parse('2026-11-20T06:25:07Z') }

type Changes = Partial<SubmissionListenerOptions>

/** A listener, closed when the test ends. */
async function listen(t: Tap, changes: Changes = {}): Promise<Address> {
  return await createListener(t, mailstore, changes).listen()
}

type Tap = { teardown(fn: () => unknown): void }

/** A client that said EHLO, and logged in. */
async function logIn(t: Tap, changes?: Changes, name = 'anna@home.test') {
  const client = await openClient(await listen(t, changes))
  t.teardown(client.destroy)
  await client.reply()
  await client.say('EHLO laptop.test')
  await client.say(`AUTH PLAIN ${plain(name, PASSWORD)}`)
  return client
}

/** The submission that a 250 names, and its bytes. */
async function submitted(reply: string) {
  const id = parseId('submission', /^250 2\.6\.0 queued as (s[0-9a-z]+)$/.exec(reply)?.[1] ?? '')
  const account = await store.account('anna@home.test')
  const submission = (await account.read((r) => r.submission.get(id!)))!
  const blob = await account.blobs.open(submission.digest)
  return { ...submission, message: Buffer.from(await blob!.read()).toString('latin1') }
}

t.test('a program submits over STARTTLS, and the message waits in the outbox as it came', async (t) => {
  const { host, port } = await listen(t)
  const transport = nodemailer.createTransport({
    host,
    port,
    requireTLS: true,
    tls: { rejectUnauthorized: false },
    auth: { user: 'Anna@Home.test', pass: PASSWORD },
  })
  t.teardown(() => transport.close())
  const raw =
    'From: anna@home.test\r\nDate: x\r\nMessage-ID: <1@home.test>\r\nSubject: =?utf-8?Q?h=C3=A9?=\r\n\r\n.\r\n..dots\r\n'
  const info = await transport.sendMail({
    envelope: { from: 'anna@home.test', to: ['ben@home.test', 'x@example.org'] },
    raw,
  })
  const submission = await submitted(info.response)
  t.match(submission, {
    mailFrom: 'anna@home.test',
    recipients: [
      { address: 'ben@home.test', state: 'queued' },
      { address: 'x@example.org', state: 'queued' },
    ],
  })
  t.match(
    submission.message,
    /^Received: from \S+ \(\[127\.0\.0\.1\]\)\r\n\tby mail\.home\.test with ESMTPSA id \S+;\r\n\t/,
    'several recipients: none is named',
  )
  t.equal(submission.message.slice(-raw.length), raw)
})

t.test('implicit TLS, and a certificate that is replaced while it runs', async (t) => {
  const tls = await createTls()
  const { cert } = tls
  const listener = createListener(t, mailstore, { tls, implicitTls: true })
  const { host, port } = await listener.listen()
  const verify = (ca: string) => {
    const auth = { user: 'anna@home.test', pass: PASSWORD }
    const transport = nodemailer.createTransport({
      host,
      port,
      secure: true,
      tls: { ca, servername: 'localhost', checkServerIdentity: () => undefined },
      auth,
    })
    return transport.verify().finally(() => transport.close())
  }
  t.equal(await verify(cert), true)
  const fresh = await createTls()
  t.throws(() => listener.setTls({ key: fresh.key, cert }), /key values mismatch/)
  t.equal(await verify(cert), true, 'a pair that does not fit changes nothing')
  listener.setTls(fresh)
  t.equal(await verify(fresh.cert), true)
  await t.rejects(verify(cert), /certificate/)
})

t.test('only what works is advertised, and AUTH over loopback', async (t) => {
  const client = await openClient(await listen(t, { clock: STOPPED }))
  t.teardown(client.destroy)
  t.equal(await client.reply(), '220 mail.home.test ESMTP Tandem')
  t.strictSame((await client.say('EHLO laptop.test')).split('\n'), [
    '250-mail.home.test',
    '250-PIPELINING',
    '250-8BITMIME',
    '250-SMTPUTF8',
    '250-ENHANCEDSTATUSCODES',
    '250-DSN',
    '250-AUTH PLAIN LOGIN SCRAM-SHA-256',
    '250-STARTTLS',
    '250-SIZE 100000',
    // RFC 4865 §3
    '250 FUTURERELEASE 31536000 2027-11-20T06:25:07Z',
  ])
  await client.say('STARTTLS')
  await client.upgrade()
  const secured = await client.say('EHLO laptop.test')
  t.notMatch(secured, /STARTTLS|REQUIRETLS|BINARYMIME|CHUNKING/)
  t.match(secured, '250-AUTH PLAIN LOGIN SCRAM-SHA-256 SCRAM-SHA-256-PLUS\n')
})

const outside = Object.values(networkInterfaces())
  .flat()
  .find((face) => face?.family === 'IPv4' && !face.internal)?.address

t.test('a login without TLS is refused to all but loopback', { skip: !outside }, async (t) => {
  const { port } = await listen(t, { host: '0.0.0.0' })
  const client = await openClient({ host: outside!, port })
  t.teardown(client.destroy)
  await client.reply()
  t.notMatch(await client.say('EHLO laptop.test'), /AUTH/)
  t.match(await client.say(`AUTH PLAIN ${plain('anna@home.test', PASSWORD)}`), /^538 5\.7\.11 /)
  t.match(await client.say('AUTH LOGIN'), /^538 5\.7\.11 /)
  t.match(await client.say('MAIL FROM:<anna@home.test>'), /^530 5\.7\.0 /)
  await client.say('STARTTLS')
  await client.upgrade()
  t.match(await client.say('EHLO laptop.test'), /AUTH PLAIN LOGIN/)
  t.match(await client.say(`AUTH PLAIN ${plain('anna@home.test', PASSWORD)}`), /^235 2\.7\.0 /)
})

t.test('AUTH LOGIN, by an alias', async (t) => {
  const client = await openClient(await listen(t))
  t.teardown(client.destroy)
  await client.reply()
  await client.say('EHLO laptop.test')
  t.match(await client.say('AUTH LOGIN'), /^334 /)
  t.match(await client.say(Buffer.from('anna.smith@home.test').toString('base64')), /^334 /)
  t.match(await client.say(Buffer.from(PASSWORD).toString('base64')), /^235 /)
})

t.test('failed logins are told later and later, the third ends the connection', async (t) => {
  const slept: number[] = []
  const pause = async (ms: number) => void slept.push(ms)
  const { mailstore } = await openTestStore(t, ['anna@home.test'], {}, pause)
  const address = await listen(t, { mailstore })
  const client = await openClient(address)
  await client.reply()
  await client.say('EHLO laptop.test')
  t.match(await client.say(`AUTH PLAIN ${plain('anna@home.test', 'wrong')}`), /^535 5\.7\.8 /)
  t.match(await client.say(`AUTH PLAIN ${plain('nobody@home.test', PASSWORD)}`), /^535 5\.7\.8 /)
  t.match(
    await client.say(`AUTH PLAIN ${plain('anna@home.test', PASSWORD, 'ben@home.test')}`),
    /^421 4\.7\.0 /,
    'for somebody else',
  )
  await client.closed
  const next = await openClient(address)
  await next.reply()
  await next.say('EHLO laptop.test')
  await next.say(`AUTH PLAIN ${plain('anna@home.test', 'wrong')}`)
  t.strictSame(slept, [250, 250, 500], 'for each name; also over a new connection')
  next.destroy()
})

t.test('nothing is submitted before a login', async (t) => {
  const client = await openClient(await listen(t))
  t.teardown(client.destroy)
  await client.reply()
  t.match(await client.say('MAIL FROM:<anna@home.test>'), /^503 /)
  await client.say('EHLO laptop.test')
  t.match(await client.say('MAIL FROM:<anna@home.test>'), /^530 5\.7\.0 /)
  t.match(await client.say('RCPT TO:<ben@home.test>'), /^530 5\.7\.0 /)
  t.match(await client.say('DATA'), /^530 5\.7\.0 /)
})

const SENDERS: [command: string, reply: RegExp][] = [
  ['MAIL FROM:<anna@home.test>', /^250 2\.1\.0 /],
  ['MAIL FROM:<Anna.Smith@HOME.test>', /^250 /],
  ['MAIL FROM:<anna+shop@home.test>', /^250 /],
  ['MAIL FROM:<anna@home.test> SIZE=1000 BODY=8BITMIME AUTH=<>', /^250 /],
  ['MAIL FROM:<ben@home.test>', /^553 5\.7\.1 /],
  ['MAIL FROM:<anna@example.org>', /^553 5\.7\.1 /],
  ['MAIL FROM:<>', /^250 2\.1\.0 /],
  ['MAIL FROM:<anna@home.test> SIZE=100001', /^552 5\.3\.4 /],
  ['MAIL FROM:<anna@home.test> SMTPUTF8', /^250 /],
  ['MAIL FROM:<anna@home.test> SMTPUTF8=1', /^501 /],
  ['MAIL FROM:<\u00e4nna@home.test>', /^553 5\.6\.7 /],
  ['MAIL FROM:<\u00e4nna@home.test> SMTPUTF8', /^553 5\.7\.1 /],
  ['MAIL FROM:<anna@home.test> RET=FULL ENVID=a+2Bb', /^250 /],
  ['MAIL FROM:<anna@home.test> RET=SOME', /^501 /],
  ['MAIL FROM:<anna@home.test> RET=FULL RET=FULL', /^501 /],
  [`MAIL FROM:<anna@home.test> ENVID=${'x'.repeat(101)}`, /^501 5\.5\.4 /],
  ['MAIL FROM:<anna@home.test> HOLDFOR=1', /^250 /],
  ['MAIL FROM:<anna@home.test> HOLDFOR=31536000', /^250 /],
  ['MAIL FROM:<anna@home.test> HOLDFOR=31536001', /^501 5\.5\.4 /],
  ['MAIL FROM:<anna@home.test> HOLDFOR=0', /^501 5\.5\.4 /],
  ['MAIL FROM:<anna@home.test> HOLDFOR', /^501 5\.5\.4 /],
  ['MAIL FROM:<anna@home.test> HOLDUNTIL=2027-11-20T06:25:07Z', /^250 /],
  ['MAIL FROM:<anna@home.test> HOLDUNTIL=2027-11-20T06:25:08Z', /^501 5\.5\.4 /],
  ['MAIL FROM:<anna@home.test> HOLDUNTIL=2026-11-20T08:25:07+02:00', /^501 /],
  ['MAIL FROM:<anna@home.test> HOLDUNTIL=tomorrow', /^501 5\.5\.4 /],
  ['MAIL FROM:<anna@home.test> HOLDFOR=1 HOLDUNTIL=2026-11-20T06:30:00Z', /^501 5\.5\.4 /],
  ['MAIL FROM:<anna@home.test> MT-PRIORITY=3', /^555 5\.5\.4 /],
  ['MAIL FROM:<anna@home.test> BY=100;R', /^555 5\.5\.4 /],
  ['MAIL FROM:<anna@home.test> BODY=BINARYMIME', /^501 /],
  ['MAIL FROM:<anna@home.test.>', /^250 /],
  ['MAIL FROM:<@a.test,@b.test:anna@home.test>', /^250 /],
  ['MAIL FROM:<anna..x@home.test>', /^553 5\.7\.1 /],
  ['MAIL FROM:anna@home.test', /^501 /],
]

t.test('senders', async (t) => {
  const client = await logIn(t, { clock: STOPPED })
  for (const [command, reply] of SENDERS) {
    t.match(await client.say(command), reply, command)
    await client.say('RSET')
  }
})

const RECIPIENTS: [command: string, reply: RegExp][] = [
  ['RCPT TO:<ben@home.test>', /^250 2\.1\.5 /],
  ['RCPT TO:<ben+list@home.test>', /^250 /],
  ['RCPT TO:<anybody@example.org>', /^250 /],
  ['RCPT TO:<anybody@[192.0.2.1]>', /^250 /],
  ['RCPT TO:<any..body@example.org>', /^250 /],
  ['RCPT TO:<anybody.@example.org>', /^250 /],
  ['RCPT TO:<.anybody@example.org> NOTIFY=NEVER', /^250 /],
  ['RCPT TO:<"any body"@example.org>', /^250 /],
  ['RCPT TO:<"any>body"@example.org>', /^501 /],
  ['RCPT TO:<anybody@example.org.>', /^250 /],
  ['RCPT TO:<anybody@a_b.example.org>', /^250 /],
  ['RCPT TO:<@relay.test:anybody@example.org>', /^250 /],
  ['RCPT TO:<any%body@example.org>', /^250 /],
  ['RCPT TO:<any!body@example.org>', /^250 /],
  [`RCPT TO:<${'x'.repeat(100)}@example.org>`, /^250 /],
  ['RCPT TO:<anybody@example..org>', /^501 /],
  ['RCPT TO:<nobody@home.test>', /^550 5\.1\.1 /],
  ['RCPT TO:<Postmaster>', /^250 /],
  ['RCPT TO:<nobody@Mail.home.test>', /^550 5\.1\.1 /],
  ['RCPT TO:<anybody@intern>', /^554 5\.1\.2 /],
  ['RCPT TO:<ann\u00e4@example.org>', /^553 5\.6\.7 /],
  ['RCPT TO:<ben@home.test> NOTIFY=NEVER', /^250 /],
  ['RCPT TO:<ben@home.test> NOTIFY=SUCCESS,FAILURE,DELAY ORCPT=rfc822;Ben@home.test', /^250 /],
  ['RCPT TO:<ben@home.test> NOTIFY=NEVER,FAILURE', /^501 /],
  ['RCPT TO:<ben@home.test> NOTIFY=SOMETIMES', /^501 /],
  ['RCPT TO:<ben@home.test> ORCPT=ben', /^501 /],
  [`RCPT TO:<ben@home.test> ORCPT=rfc822;${'x'.repeat(494)}`, /^501 5\.5\.4 /],
  ['RCPT TO:<ben@home.test> RRVS=2026-01-01T00:00:00Z', /^555 5\.5\.4 /],
]

t.test('recipients', async (t) => {
  const client = await logIn(t)
  await client.say('MAIL FROM:<anna@home.test>')
  for (const [command, reply] of RECIPIENTS) t.match(await client.say(command), reply, command)
})

t.test('what MAIL and RCPT asked for goes with the submission, which is held as long', async (t) => {
  const client = await logIn(t)
  const before = Date.now()
  await client.say('MAIL FROM:<anna@home.test> BODY=8BITMIME SMTPUTF8 RET=hdrs ENVID=a+2Bb HOLDFOR=3600')
  await client.say('RCPT TO:<j\u00f6rg@B\u00fccher.example> NOTIFY=success,delay ORCPT=utf-8;j\\x{F6}rg@x.y')
  await client.say('RCPT TO:<x@example.org>')
  await client.say('DATA')
  client.write('From: anna@home.test\r\nSubject: \u00e9\r\n\r\nhi\r\n')
  const submission = await submitted(await client.say('.'))
  t.strictSame(submission.mailFromParameters, {
    BODY: '8BITMIME',
    SMTPUTF8: null,
    RET: 'HDRS',
    ENVID: 'a+b',
    HOLDFOR: '3600',
  })
  t.match(submission.recipients, [
    {
      address: 'j\u00f6rg@xn--bcher-kva.example',
      parameters: { NOTIFY: 'SUCCESS,DELAY', ORCPT: 'utf-8;j\\x{F6}rg@x.y' },
    },
    { address: 'x@example.org', parameters: {} },
  ])
  t.ok(
    submission.sendAt.getTime() >= before + 3_600_000 &&
      submission.sendAt.getTime() <= Date.now() + 3_600_000,
  )
  t.match(submission.message, /\r\n\tby mail\.home\.test with UTF8SMTPA id /, 'RFC 6531 §4.3')
})

t.test('nobody speaks in another\u2019s name', async (t) => {
  const client = await logIn(t)
  t.match(await send(client, 'From: ben@home.test\r\n\r\nhi\r\n'), /^550 5\.7\.1 the address in From /)
  t.match(await send(client, 'From: Anna <anna.smith@home.test>\r\n\r\nhi\r\n'), /^250 /)
})

t.test('RFC 4865 §6: who has too much held already is told so before his message comes', async (t) => {
  const owner = await store.account('ben@home.test')
  const { digest } = await owner.blobs.put(Buffer.from('x'))
  const sendAt = new Date(Date.now() + 3_600_000)
  const submission = {
    principalId: owner.id,
    digest,
    mailFrom: '',
    recipients: [{ address: 'x@y.test' }],
    sendAt,
  }
  await owner.transact(async (tx) => {
    for (let count = 1; count < MAX_HELD.messages; count++) await tx.submission.create(submission)
  })
  const client = await logIn(t, {}, 'ben@home.test')
  t.match(await client.say('MAIL FROM:<ben@home.test> HOLDFOR=60'), /^250 /)
  await owner.transact((tx) => tx.submission.create(submission))
  // It was true when MAIL was answered.
  await client.say('RCPT TO:<x@y.test>')
  await client.say('DATA')
  client.write('From: ben@home.test\r\n\r\nhi\r\n')
  t.match(await client.say('.'), /^552 5\.7\.16 /)
  t.match(await client.say('MAIL FROM:<ben@home.test> HOLDFOR=60'), /^552 5\.7\.16 /)
  t.match(await client.say('MAIL FROM:<ben@home.test>'), /^250 /)
})

t.test('a limit of recipients, and of connections', async (t) => {
  const client = await logIn(t, { maxRecipients: 2 })
  await client.say('MAIL FROM:<anna@home.test>')
  await client.say('RCPT TO:<a@example.org>')
  await client.say('RCPT TO:<b@example.org>')
  t.match(await client.say('RCPT TO:<c@example.org>'), /^452 4\.5\.3 /)

  const address = await listen(t, { limits: { connections: 1 } })
  const first = await openClient(address)
  t.teardown(first.destroy)
  t.match(await first.reply(), /^220 /)
  const second = await openClient(address)
  t.match(await second.reply(), /^421 /)
  await second.closed
})

async function send(client: Awaited<ReturnType<typeof logIn>>, message: string): Promise<string> {
  await client.say('MAIL FROM:<anna@home.test>')
  await client.say('RCPT TO:<ben@B\u00fccher.example>'.replace('B\u00fccher', 'xn--bcher-kva'))
  t.match(await client.say('DATA'), /^354 /)
  client.write(message)
  return await client.say('.')
}

t.test('Received says nothing of the client where that is set', async (t) => {
  const client = await logIn(t, { isPrivate: true })
  const submission = await submitted(await send(client, 'From: anna@home.test\r\n\r\nhi\r\n'))
  t.match(submission.message, /^Received: by mail\.home\.test with ESMTPA id \S+\r\n\tfor </)
  t.notMatch(submission.message, /127\.0\.0\.1|laptop/)
})

t.test('what a message lacks is added; what is no message is refused; the connection goes on', async (t) => {
  const client = await logIn(t)
  t.match(await send(client, 'To: x@example.org\r\n\r\nhi\r\n'), /^554 5\.6\.0 .*From/)
  t.match(await send(client, 'From: anna@home.test\r\n\r\nNUL \0\r\n'), /^554 5\.6\.0 .*NUL/)
  t.match(await send(client, `From: anna@home.test\r\n\r\n${'x'.repeat(100_000)}\r\n`), /^552 5\.3\.4 /)
  const submission = await submitted(await send(client, 'From: anna@home.test\r\n\r\nhi\r\n'))
  t.match(
    submission.message,
    /^Received: from laptop\.test \(\[127\.0\.0\.1\]\)\r\n\tby mail\.home\.test with ESMTPA id \S+\r\n\tfor <ben@xn--bcher-kva\.example>;\r\n\t[^\r]+\r\nDate: [^\r]+ \+0000\r\nMessage-ID: <[^>]+@mail\.home\.test>\r\nFrom: anna@home\.test\r\n\r\nhi\r\n$/,
  )
  t.match(submission.recipients, [{ address: 'ben@xn--bcher-kva.example' }])
})

// RFC 5321 §2.3.8
t.test('line ends of any kind are CRLF before the sender is judged, and end no message', async (t) => {
  const client = await logIn(t)
  const forged = [
    'X: a\rFrom: ben@home.test\r\nFrom: anna@home.test',
    'X: a\nSender: ben@home.test\r\nFrom: anna@home.test',
    'From: anna@home.test\rSender: ben@home.test',
    'From: anna@home.test\r\nFrom : ben@home.test',
  ]
  for (const header of forged) {
    t.match(
      await send(client, `${header}\r\n\r\nhi\r\n`),
      /^550 5\.7\.1 the address in (From|Sender) /,
      header,
    )
  }
  const twice = [
    'From: anna@home.test\r\nFrom: anna@home.test',
    'From: anna@home.test\r\nSubject: a\rSubject: b',
  ]
  for (const header of twice) t.match(await send(client, `${header}\r\n\r\nhi\r\n`), /^554 5\.6\.0 .* twice/)

  const ends = ['\n.\n', '\n.\r\n', '\r\n.\n', '\r.\r', '\r\n.\r', '\r.\r\n']
  const body = ends.map((end) => `x${end}MAIL FROM:<ben@home.test>\r\n`).join('')
  const { message } = await submitted(await send(client, `From: anna@home.test\n\n${body}`))
  t.equal(message.replaceAll('\r\n', '').search(/[\r\n]/), -1)
  t.equal(message.split('MAIL FROM').length, 1 + ends.length, 'all of it is one message')
  t.match(await client.say('NOOP'), /^250 /)
})

// RFC 6409 §3.2
t.test('a read receipt has no return path, and an author all the same', async (t) => {
  const client = await logIn(t)
  const receipt = async (from: string) => {
    t.match(await client.say('MAIL FROM:<>'), /^250 /)
    await client.say('RCPT TO:<x@example.org>')
    await client.say('DATA')
    client.write(`From: ${from}\r\n\r\nread\r\n`)
    return await client.say('.')
  }
  t.match(await receipt('ben@home.test'), /^550 5\.7\.1 /)
  t.match(await submitted(await receipt('anna@home.test')), { mailFrom: '' })
})

// RFC 5322 §3.6.6
t.test('a message is redirected that is nobody\u2019s here, or that the redirector was sent', async (t) => {
  const client = await logIn(t)
  const resent = 'Resent-From: Anna <anna@home.test>\r\nResent-To: x@example.org\r\n'
  const foreign = 'Received: by y.test\r\nFrom: eve@y.test\r\nSubject: a\r\n\r\nhi\r\n'
  const { message } = await submitted(await send(client, resent + foreign))
  t.ok(message.endsWith(resent + foreign), 'and nothing below is touched')
  t.match(await send(client, foreign), /^550 5\.7\.1 the address in From /)
  t.match(await send(client, `Resent-From: ben@home.test\r\n${foreign}`), /^550 5\.7\.1 .* Resent-From /)
  const colleague = 'From: ben@home.test\r\nSubject: a\r\n\r\nhi\r\n'
  t.match(await send(client, resent + colleague), /^550 5\.7\.1 the address in From /)
  const anna = await store.account('anna@home.test')
  await anna.ingest(Buffer.from(colleague), { nul: 'refuse' })
  t.match(await send(client, resent + colleague), /^250 /)
  t.match(await send(client, `${resent}${colleague}more\r\n`), /^550 5\.7\.1 /)
})

t.test('pipelined commands are answered in order', async (t) => {
  const client = await logIn(t)
  client.write(
    'MAIL FROM:<anna@home.test>\r\nRCPT TO:<nobody@home.test>\r\nRCPT TO:<ben@home.test>\r\nDATA\r\n',
  )
  t.match(await client.reply(), /^250 /)
  t.match(await client.reply(), /^550 5\.1\.1 /)
  t.match(await client.reply(), /^250 /)
  t.match(await client.reply(), /^354 /)
  client.write('From: anna@home.test\r\n\r\n')
  client.write('hi\r\n.\r\nQUIT\r\n')
  t.match(await client.reply(), /^250 2\.6\.0 queued as s/)
  t.match(await client.reply(), /^221 /)
  await client.closed
})

t.test('closing lets a message that is under way be answered, and dismisses the idle', async (t) => {
  const listener = createListener(t, mailstore)
  const address = await listener.listen()
  const idle = await openClient(address)
  await idle.reply()
  const busy = await openClient(address)
  await busy.reply()
  await busy.say('EHLO laptop.test')
  await busy.say(`AUTH PLAIN ${plain('anna@home.test', PASSWORD)}`)
  await busy.say('MAIL FROM:<anna@home.test>')
  await busy.say('RCPT TO:<ben@home.test>')
  await busy.say('DATA')
  const closing = listener.close()
  t.match(await idle.reply(), /^421 /)
  t.match(await busy.say('From: anna@home.test\r\n\r\nlast words\r\n.'), /^250 2\.6\.0 queued as s/)
  t.match(await busy.reply(), /^421 /)
  await Promise.all([closing, idle.closed, busy.closed])
})

t.test('a port that is taken is an error', async (t) => {
  const { port } = await listen(t)
  await t.rejects(listen(t, { port }), { code: 'EADDRINUSE' })
})

t.test('who submits is noted, and who does not get in is not', async (t) => {
  const { mailstore, account } = await openTestStore(t, ['cleo@home.test', 'dan@home.test'])
  const client = await openClient(await listen(t, { mailstore }))
  t.teardown(client.destroy)
  await client.reply()
  await client.say('EHLO laptop.test')
  t.match(await client.say(`AUTH PLAIN ${plain('dan@home.test', 'wrong')}`), /^535 /)
  t.match(await client.say(`AUTH PLAIN ${plain('cleo@home.test', PASSWORD)}`), /^235 /)
  await mailstore.clients.flush()
  const uses = []
  for await (const use of mailstore.clients.list()) uses.push(use)
  const { id } = await account('cleo@home.test')
  t.match(uses, [{ accountId: id, protocol: 'submission', client: null, credentialId: Number }])
  t.equal(uses.length, 1)
})
