import { createServer } from 'node:net'
import selfsigned from 'selfsigned'
import t from 'tap'
import { createMxRelay } from '../../src/outbox/mx.js'
import { outgoing } from '../../src/outbox/outgoing.js'
import { fakeDns, type Zone } from '../support/dns.js'
import { messageFrom } from '../support/message.js'
import { openRelayServer } from '../support/relay-server.js'

const never = () => new AbortController().signal
const message = async (...addresses: string[]) =>
  outgoing({
    mailFrom: 'a@home.test',
    parameters: {},
    recipients: addresses.map((address) => ({ address, parameters: {} })),
    content: await messageFrom('From: a@home.test\r\n\r\nhi\r\n'),
  })
const mxOf = (port: number, zone: Zone) =>
  createMxRelay({
    resolver: fakeDns(zone),
    hostname: 'mail.home.test',
    mayReach: () => true,
    random: () => 0.5,
    port,
  })

t.test('one transaction for each domain, and each recipient with its own outcome', async (t) => {
  const server = await openRelayServer(t)
  server.replies.set('never@one.test', [550, '5.1.1 no such user'])
  const zone = {
    'one.test': { mx: ['10 mx.one.test'] },
    'mx.one.test': { a: ['127.0.0.1'] },
    'two.test': { a: ['127.0.0.1'] },
  }
  const sent = await mxOf(server.port, zone).send(
    await message('a@one.test', 'b@two.test', 'never@one.test', 'c@ONE.test', 'd@three.test'),
    never(),
  )
  t.match(sent, [
    { address: 'a@one.test', state: 'relayed', host: 'mx.one.test' },
    { address: 'b@two.test', state: 'relayed', host: 'two.test' },
    { address: 'never@one.test', state: 'failed', reply: '550 5.1.1 no such user' },
    { address: 'c@ONE.test', state: 'relayed' },
    { address: 'd@three.test', state: 'failed', reply: /^550 5\.1\.2 /, host: null },
  ])
  t.strictSame(server.taken.map(({ to }) => to.length).sort(), [1, 2])
})

t.test('the next host is tried where one can’t be talked to, and not where one says no', async (t) => {
  const server = await openRelayServer(t)
  // 127.0.0.2 has nobody listening on that port.
  const zone = { 'x.test': { mx: ['10 a', '20 b'] }, a: { a: ['127.0.0.2'] }, b: { a: ['127.0.0.1'] } }
  t.match(await mxOf(server.port, zone).send(await message('x@x.test'), never()), [
    { state: 'relayed', host: 'b' },
  ])

  server.replies.set('x@x.test', [450, '4.2.0 greylisted'])
  const twice = { 'x.test': { mx: ['10 a', '20 b'] }, a: { a: ['127.0.0.1'] }, b: { a: ['127.0.0.1'] } }
  t.match(await mxOf(server.port, twice).send(await message('x@x.test'), never()), [
    { state: 'queued', reply: '450 4.2.0 greylisted', host: 'a' },
  ])
  const nobody = { 'x.test': { a: ['127.0.0.2', '127.0.0.3'] } }
  t.match(await mxOf(server.port, nobody).send(await message('x@x.test'), never()), [
    { state: 'queued', reply: /^451 4\.4\.1 /, host: null },
  ])
})

t.test('a host that greets with no is passed over (RFC 5321 §3.1)', async (t) => {
  const server = createServer((socket) => socket.end('554 5.3.2 no mail here\r\n'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.2', () => resolve()))
  t.teardown(() => new Promise((resolve) => server.close(resolve)))
  const { port } = server.address() as { port: number }
  const zone = { 'x.test': { a: ['127.0.0.2', '127.0.0.3'] } }
  t.match(await mxOf(port, zone).send(await message('x@x.test'), never()), [{ state: 'queued' }])
})

t.test('TLS with whatever certificate where it is offered, and none where it fails', async (t) => {
  const { private: key, cert } = await selfsigned.generate([{ name: 'commonName', value: 'other.test' }])
  const zone = { 'x.test': { a: ['127.0.0.1'] } }
  const secure = await openRelayServer(t, { disabledCommands: ['AUTH'], key, cert })
  t.match(await mxOf(secure.port, zone).send(await message('x@x.test'), never()), [{ state: 'relayed' }])
  t.match(secure.taken, [{ tls: true }])

  const broken = await openRelayServer(t, {
    disabledCommands: ['AUTH'],
    key,
    cert,
    minVersion: 'TLSv1.3',
    maxVersion: 'TLSv1.3',
    ciphers: 'TLS_AES_128_CCM_8_SHA256',
  })
  t.match(await mxOf(broken.port, zone).send(await message('x@x.test'), never()), [{ state: 'relayed' }])
  t.match(broken.taken, [{ tls: false }])
})
