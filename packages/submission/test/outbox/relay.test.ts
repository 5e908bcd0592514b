import { createServer } from 'node:net'
import selfsigned from 'selfsigned'
import type { SMTPServerAddress } from 'smtp-server'
import t from 'tap'
import { xtext } from '../../src/outbox/client.js'
import { judgeError, oneLine } from '../../src/outbox/judge.js'
import { outgoing } from '../../src/outbox/outgoing.js'
import { createRelay, parseRelayUrl } from '../../src/outbox/relay.js'
import { messageFrom } from '../support/message.js'
import { openRelayServer } from '../support/relay-server.js'

const never = () => new AbortController().signal
const MESSAGE = 'From: a@home.test\r\n\r\n.dot\r\ncaf\u00e9\r\n'
const message = async (recipients: string[], text = MESSAGE) =>
  outgoing({
    mailFrom: 'a@home.test',
    parameters: {},
    recipients: recipients.map((address) => ({ address, parameters: {} })),
    content: await messageFrom(text),
  })
const relayAt = (port: number, user = '') =>
  createRelay({ url: `smtp://${user}127.0.0.1:${port}`, hostname: 'mail.home.test' })

t.test('all recipients in one transaction, each with its own outcome; the bytes as they are', async (t) => {
  const server = await openRelayServer(t)
  server.replies.set('later@example.org', [451, 'come again'])
  server.replies.set('never@example.org', [550, 'no such user'])
  const outcomes = await relayAt(server.port).send(
    await message([
      'yes@example.org',
      'later@example.org',
      'never@example.org',
      'y\u00e9s@b\u00fccher.example'.replace('\u00e9', 'e'),
    ]),
    never(),
  )
  t.match(outcomes, [
    { address: 'yes@example.org', state: 'relayed', reply: '250 taken' },
    { address: 'later@example.org', state: 'queued', reply: '451 come again' },
    { address: 'never@example.org', state: 'failed', reply: '550 no such user' },
    { address: 'yes@b\u00fccher.example', state: 'relayed', reply: '250 taken' },
  ])
  t.match(server.taken, [
    { from: 'a@home.test', to: ['yes@example.org', 'yes@b\u00fccher.example'], message: MESSAGE },
  ])
  t.equal(server.taken.length, 1)
})

t.test('all refused, and a message refused as a whole beside one recipient refused', async (t) => {
  const server = await openRelayServer(t)
  server.replies.set('later@example.org', [452, 'full'])
  server.replies.set('never@example.org', [550, 'no'])
  t.match(
    await relayAt(server.port).send(await message(['never@example.org', 'later@example.org']), never()),
    [
      { state: 'failed', reply: '550 no' },
      { state: 'queued', reply: '452 full' },
    ],
  )
  server.dataReply = [554, 'spam']
  t.match(await relayAt(server.port).send(await message(['yes@example.org', 'later@example.org']), never()), [
    { state: 'failed', reply: '554 spam' },
    { state: 'queued', reply: '452 full' },
  ])
  server.dataReply = [451, 'greylisted']
  t.match(await relayAt(server.port).send(await message(['yes@example.org', 'never@example.org']), never()), [
    { state: 'queued', reply: '451 greylisted' },
    { state: 'failed', reply: '550 no' },
  ])
})

t.test('the null reverse path', async (t) => {
  const server = await openRelayServer(t)
  await relayAt(server.port).send({ ...(await message(['x@example.org'])), mailFrom: '' }, never())
  t.match(server.taken, [{ from: '' }])
})

t.test('a login, over STARTTLS where it is offered; a wrong one only waits', async (t) => {
  const { private: key, cert } = await selfsigned.generate([{ name: 'commonName', value: 'localhost' }])
  const server = await openRelayServer(t, {
    authOptional: false,
    disabledCommands: [],
    key,
    cert,
    onAuth: ({ username, password }, _session, done) =>
      password === 'p@ss' ? done(null, { user: username }) : done(new Error('no')),
  })
  t.match(await relayAt(server.port, 'me:p%40ss@').send(await message(['x@example.org']), never()), [
    { state: 'relayed' },
  ])
  t.match(server.taken, [{ tls: true, user: 'me' }])
  t.match(await relayAt(server.port, 'me:wrong@').send(await message(['x@example.org']), never()), [
    { address: 'x@example.org', state: 'queued', reply: '454 4.7.0 the relay refused our login' },
  ])
  // No login where one is wanted: 530 is about us, not about the mail.
  t.match(await relayAt(server.port).send(await message(['x@example.org']), never()), [
    { state: 'queued', reply: /^530 / },
  ])
})

t.test('a relay that is not there, or goes away, or is told to stop', async (t) => {
  const closed = await openRelayServer(t)
  const gone = createServer((socket) => socket.destroy())
  await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', () => resolve()))
  const { port } = gone.address() as { port: number }
  t.match(await relayAt(port).send(await message(['x@example.org']), never()), [
    { state: 'queued', reply: /^451 4\.4\.1 the next host cannot be reached \(E\w+\)$/ },
  ])
  await new Promise((resolve) => gone.close(resolve))
  t.match(await relayAt(port).send(await message(['x@example.org']), never()), [
    { state: 'queued', reply: /^451 4\.4\.1 the next host cannot be reached/ },
  ])

  const stop = new AbortController()
  const held = closed.holdNext()
  const sending = relayAt(closed.port).send(await message(['x@example.org']), stop.signal)
  const answer = await held
  stop.abort()
  t.match(await sending, [{ state: 'queued', reply: /^451 4\.4\.1 / }])
  answer()
  t.match(await relayAt(closed.port).send(await message(['x@example.org']), stop.signal), [
    { state: 'queued' },
  ])
  t.equal(closed.taken.length, 1, 'nothing is begun once it is told to stop')
})

t.test('a message larger than the relay takes fails', async (t) => {
  const server = await openRelayServer(t, { size: 100 })
  t.match(
    await relayAt(server.port).send(
      await message(['x@example.org'], `A: 1\r\n\r\n${'x'.repeat(100)}`),
      never(),
    ),
    [{ state: 'failed', reply: /^552 5\.3\.4 / }],
  )
})

const JUDGED: [error: Parameters<typeof judgeError>[0], state: string, reply: string][] = [
  [fault('EENVELOPE', '550 5.1.1 no'), 'failed', '550 5.1.1 no'],
  [fault('EENVELOPE', '450 4.2.0 later'), 'queued', '450 4.2.0 later'],
  [fault('EMESSAGE', '554 5.7.1 spam'), 'failed', '554 5.7.1 spam'],
  [fault('EENVELOPE', '530 5.7.0 log in'), 'queued', '530 5.7.0 log in'],
  [fault('EPROTOCOL', '554 we are closed'), 'queued', '554 we are closed'],
  [fault('ECONNECTION', '421 busy'), 'queued', '421 busy'],
  [fault('EAUTH', '535 no'), 'queued', '454 4.7.0 the relay refused our login'],
  [fault('ETIMEDOUT'), 'queued', '451 4.4.1 the next host cannot be reached (ETIMEDOUT)'],
  [new Error('odd'), 'queued', '451 4.4.1 the next host cannot be reached'],
  [fault('EENVELOPE'), 'failed', '553 5.1.3 an address of the envelope is malformed'],
]

function fault(code: string, response?: string) {
  return Object.assign(
    new Error(code),
    { code },
    response ? { response, responseCode: Number(response.slice(0, 3)) } : {},
  )
}

for (const [error, state, reply] of JUDGED) {
  t.test(`${error.message} ${reply} is ${state}`, async (t) => t.same(judgeError(error), { state, reply }))
}

// RFC 8621 §7, its example first.
const REPLIES: [reply: string, line: string][] = [
  [
    '550-5.7.1 Our system has detected that this message is\n550 5.7.1 likely spam.',
    '550 5.7.1 Our system has detected that this message is likely spam.',
  ],
  ['250 ok', '250 ok'],
  ['250-first\r\n250-second\r\n250 third', '250 first second third'],
  ['550-5.1.1 no\n550 5.7.1 really', '550 5.1.1 no 5.7.1 really'],
]

for (const [reply, line] of REPLIES) {
  t.test(`one line: ${line}`, async (t) => t.equal(oneLine(reply), line))
}

const URLS: [url: string, parsed: object][] = [
  ['smtp://relay.test', { host: 'relay.test', port: 587, secure: false, auth: null }],
  ['smtps://relay.test/', { host: 'relay.test', port: 465, secure: true, auth: null }],
  ['smtp://u%40x:p%3Aw@relay.test:25', { host: 'relay.test', port: 25, auth: { user: 'u@x', pass: 'p:w' } }],
  ['smtp://[::1]:2525', { host: '::1', port: 2525 }],
]

for (const [url, parsed] of URLS) {
  t.test(`relay URL ${url}`, async (t) => t.match(parseRelayUrl(url), parsed))
}

for (const url of [
  'relay.test',
  'http://relay.test',
  'smtp://',
  'smtp://u:secret@relay.test/x',
  'smtp://r?tls=1',
  '',
]) {
  t.test(`no relay URL: ${url}`, async (t) => {
    t.throws(() => parseRelayUrl(url), /^TANDEM_RELAY_URL: (?!.*secret)/)
  })
}

t.test(
  'parameters of DSN and SMTPUTF8 go to a host that speaks them, each recipient with its own',
  async (t) => {
    const said: string[] = []
    const note = ({ address, args }: SMTPServerAddress, _session: unknown, done: () => void) => {
      said.push(`${address} ${JSON.stringify(args)}`)
      done()
    }
    const server = await openRelayServer(t, {
      hideSMTPUTF8: false,
      hideDSN: false,
      onMailFrom: note,
      onRcptTo: note,
    })
    const sent = await relayAt(server.port).send(
      outgoing({
        mailFrom: 'a@home.test',
        parameters: { RET: 'HDRS', ENVID: 'a+b=c d', BODY: '8BITMIME', HOLDFOR: '10' },
        recipients: [
          {
            address: 'one@example.org',
            parameters: { NOTIFY: 'SUCCESS,DELAY', ORCPT: 'rfc822;One@example.org' },
          },
          { address: 'two@example.org', parameters: {} },
          { address: 'thr\u00e9e@example.org', parameters: { NOTIFY: 'NEVER' } },
        ],
        content: await messageFrom('From: a@home.test\r\n\r\nx'),
      }),
      never(),
    )
    t.match(sent, [{ state: 'relayed', isPassedOn: true, host: '127.0.0.1' }, {}, {}])
    t.strictSame(said, [
      'a@home.test {"SMTPUTF8":true,"RET":"HDRS","ENVID":"a+b=c d"}',
      'one@example.org {"NOTIFY":"SUCCESS,DELAY","ORCPT":"rfc822;One@example.org"}',
      'two@example.org false',
      'thr\u00e9e@example.org {"NOTIFY":"NEVER"}',
    ])
  },
)

// RFC 3461 §5.2.2, RFC 6531 §3.2.
t.test('a host without them hears nothing of DSN, and gets nothing beyond what it takes', async (t) => {
  const said: unknown[] = []
  const server = await openRelayServer(t, {
    hideDSN: true,
    hideSMTPUTF8: true,
    onRcptTo({ args }, _session, done) {
      said.push(args)
      done()
    },
  })
  const parameters = { NOTIFY: 'SUCCESS', ORCPT: 'rfc822;x@example.org' }
  const plain = outgoing({
    mailFrom: 'a@home.test',
    parameters: { ENVID: 'e' },
    recipients: [{ address: 'x@example.org', parameters }],
    content: await messageFrom('From: a@home.test\r\n\r\nx'),
  })
  t.match(await relayAt(server.port).send(plain, never()), [{ state: 'relayed', isPassedOn: false }])
  t.strictSame(said, [false])
  for (const beyond of [
    await message(['\u00e9@example.org']),
    await message(['x@example.org'], 'To: \xc3\xa9@example.org\r\n\r\nx'),
  ]) {
    t.match(await relayAt(server.port).send(beyond, never()), [{ state: 'failed', reply: /^553 5\.6\.7 / }])
  }
  const within = 'MIME-Version: 1.0\r\nContent-Type: message/rfc822\r\n\r\nSubject: \u00e9\r\n\r\nx'
  for (const text of ['Subject: \u00e9\r\n\r\nx', within]) {
    const beyond = await message(['x@b\u00fccher.example'], text)
    t.match(await relayAt(server.port).send(beyond, never()), [{ state: 'relayed' }])
    t.match(server.taken.at(-1)!.message, /Subject: =\?UTF-8\?B\?w6k=\?=/)
  }
  const seven = await openRelayServer(t, { hide8BITMIME: true, hideSMTPUTF8: true })
  const eightBit = await message(['x@example.org'], 'From: a@home.test\r\n\r\ncaf\u00e9\r\n')
  t.match(await relayAt(seven.port).send(eightBit, never()), [{ state: 'relayed' }])
  t.match(seven.taken[0]!.message, /\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\ncaf=E9\r\n/)
  const signature = 'Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\n\u00e9\r\n--b--\r\n'
  t.match(await relayAt(seven.port).send(await message(['x@example.org'], signature), never()), [
    { state: 'failed', reply: /^554 5\.6\.3 .* signed/ },
  ])
  t.equal(server.taken.length, 3)
})

t.test('whether a message may have been taken is known to be unknown', async (t) => {
  const server = await openRelayServer(t)
  const held = server.holdNext()
  const stop = new AbortController()
  const sending = relayAt(server.port).send(await message(['x@example.org']), stop.signal)
  const answer = await held
  stop.abort()
  t.match(await sending, [{ state: 'queued', isUnknown: true }], 'it went out whole, and no reply came')
  answer()
  server.dataReply = [451, 'later']
  t.match(await relayAt(server.port).send(await message(['x@example.org']), never()), [{ isUnknown: false }])
  t.match(await relayAt(1).send(await message(['x@example.org']), never()), [
    { state: 'queued', isUnknown: false },
  ])
})

t.test('a message that cannot be read to its end is sent to nobody, and waits', async (t) => {
  const server = await openRelayServer(t)
  const content = await messageFrom(MESSAGE)
  const read = async function* () {
    yield Buffer.from('half a line')
    throw new Error('the database is away')
  }
  const { header, headers } = content
  const broken = outgoing({
    mailFrom: 'a@home.test',
    parameters: {},
    recipients: [{ address: 'x@example.org', parameters: {} }],
    content: { header, headers, body: { ...content.body, read } },
  })
  t.match(await relayAt(server.port).send(broken, never()), [
    { state: 'queued', reply: /^451 4\.3\.0 /, isUnknown: false },
  ])
  t.match(await relayAt(server.port).send(await message(['x@example.org']), never()), [{ state: 'relayed' }])
  t.equal(server.taken.length, 1)
})

t.test('xtext: RFC 3461 §4, RFC 6533 §3', async (t) => {
  t.equal(xtext('a+b=c d'), 'a+2Bb+3Dc+20d')
  t.equal(xtext('utf-8;\u00e9\u{1F600}@x'), 'utf-8;\\x{E9}\\x{1F600}@x')
})
