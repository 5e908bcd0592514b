// AUTHENTICATE SCRAM-SHA-256 and SCRAM-SHA-256-PLUS: RFC 7677, RFC 5802, over the wire.
import { createHash } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import { createScramClient, type ScramClientOptions } from '@tandem/mailstore/testing'
import t from 'tap'
import { type Client, PASSWORD } from '../support/client.js'
import { openStore, startServer, testCertificate } from '../support/server.js'

const context = await testCertificate()
const pauses: number[] = []
const store = await openStore(t, { pause: async (milliseconds) => void pauses.push(milliseconds) })
const tls = { getSecureContext: () => context }
const open = await startServer(t, {}, store)
const secure = await startServer(t, { implicitTls: true, tls, limits: { badCommands: 100 } }, store)
const ALICE = { name: 'alice@example.org', password: PASSWORD }

const encode = (text: string) => Buffer.from(text).toString('base64')
const decode = (line: string | null) => Buffer.from(line!.replace(/^\+ /, ''), 'base64').toString()

/** The exchange up to the server's final message, then whatever `last` is; the tagged answer. */
async function authenticate(
  client: Client,
  options: Partial<ScramClientOptions> & { mechanism?: string; initial?: boolean; last?: string } = {},
): Promise<string> {
  const { mechanism = 'SCRAM-SHA-256', initial = true, last = '', ...rest } = options
  const scram = createScramClient({ ...ALICE, ...rest })
  if (initial) client.send(`s AUTHENTICATE ${mechanism} ${encode(scram.first)}\r\n`)
  else {
    client.send(`s AUTHENTICATE ${mechanism}\r\n`)
    t.equal(await client.response(), '+ ')
    client.send(`${encode(scram.first)}\r\n`)
  }
  const challenge = (await client.response())!
  if (!challenge.startsWith('+ ')) return challenge
  client.send(`${encode(scram.final(decode(challenge)))}\r\n`)
  const final = (await client.response())!
  if (!final.startsWith('+ ')) return final
  t.equal(decode(final), scram.expected(), 'the server knows the keys, too')
  client.send(`${last}\r\n`)
  return (await client.response())!
}

t.test('with and without an initial response; the last message of the server is a challenge', async (t) => {
  for (const initial of [true, false]) {
    const client = await open.connect()
    t.match(await authenticate(client, { initial }), /^s OK \[CAPABILITY IMAP4rev1 .*IDLE/)
    t.match(await client.run('SELECT INBOX'), { status: 'OK' })
  }
  const itself = await open.connect()
  t.match(await authenticate(itself, { authorizationId: 'Alice@example.org' }), /^s OK /)
})

t.test('what goes wrong leaves the client where it was, and the login works afterwards', async (t) => {
  const client = await secure.connect({ tls: true })
  const scram = createScramClient(ALICE)
  const first = encode(scram.first)
  const cases: [what: string, lines: string[], answer: RegExp][] = [
    ['cancelled at once', [`SCRAM-SHA-256`, '*'], /^s BAD /],
    ['cancelled later', [`SCRAM-SHA-256 ${first}`, '*'], /^s BAD /],
    ['no SCRAM', [`SCRAM-SHA-256 ${encode('hello')}`], /^s BAD /],
    ['an empty first message', ['SCRAM-SHA-256 ='], /^s BAD /],
    ['no UTF-8', [`SCRAM-SHA-256 ${Buffer.from('n,,n=\xff,r=x', 'latin1').toString('base64')}`], /^s BAD /],
    ['no base64', ['SCRAM-SHA-256', '!'], /^s BAD /],
    ['no final message', [`SCRAM-SHA-256 ${encode('n,,n=alice@example.org,r=x')}`, encode('x')], /^s BAD /],
    ['another mechanism', [`SCRAM-SHA-1 ${first}`], /^s NO \[CANNOT\]/],
    [
      'the downgrade',
      [`SCRAM-SHA-256 ${encode('y,,n=alice@example.org,r=x')}`],
      /^s NO \[AUTHENTICATIONFAILED\]/,
    ],
    [
      'a binding that there is not',
      [`SCRAM-SHA-256-PLUS ${encode('p=tls-dance,,n=alice@example.org,r=x')}`],
      /^s NO \[AUTHENTICATIONFAILED\]/,
    ],
  ]
  for (const [what, [start, ...more], answer] of cases) {
    client.send(`s AUTHENTICATE ${start}\r\n`)
    for (const line of more) {
      t.match(await client.response(), /^\+ /, what)
      client.send(`${line}\r\n`)
    }
    t.match(await client.response(), answer, what)
  }
  t.match(await authenticate(client, { authorizationId: 'bob@example.org' }), /^s NO \[AUTHORIZATIONFAILED\]/)
  t.match(await authenticate(client, { last: '*' }), /^s BAD /, 'a client that does not believe the server')
  t.match(await authenticate(client, { last: 'AAAA' }), /^s BAD /)
  t.match(await client.run('SELECT INBOX'), { status: 'BAD' }, 'nobody is logged in')
  t.match(await authenticate(client), /^s OK /)
  t.match(await authenticate(client), /^s BAD /, 'twice')
})

t.test('failures wait and end like those of LOGIN (RFC 9051 §11.7)', async (t) => {
  pauses.length = 0
  const client = await open.connect()
  const wrong = await authenticate(client, { password: 'wrong' })
  t.match(wrong, /^s NO \[AUTHENTICATIONFAILED\]/)
  t.equal(await authenticate(client, { name: 'nobody@example.org' }), wrong)
  t.match(await client.login('alice@example.org', 'wrong'), { status: 'NO' })
  await authenticate(client, { password: 'wrong' })
  t.match(await authenticate(client, { password: 'wrong' }), /^\* BYE \[AUTHENTICATIONFAILED\]/)
  t.same(pauses, [250, 250, 500, 1000, 2000])
})

t.test('bound to the TLS connection (RFC 5929, RFC 9266)', async (t) => {
  const data: [
    type: string,
    version: 'TLSv1.2' | 'TLSv1.3',
    of: (socket: TLSSocket) => Uint8Array | undefined,
  ][] = [
    [
      'tls-exporter',
      'TLSv1.3',
      (s) => s.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0)),
    ],
    ['tls-unique', 'TLSv1.2', (s) => s.getFinished()],
    ['tls-server-end-point', 'TLSv1.2', (s) => endPoint(s)],
    ['tls-server-end-point', 'TLSv1.3', (s) => endPoint(s)],
  ]
  const endPoint = (socket: TLSSocket) =>
    createHash('sha256').update(socket.getPeerCertificate().raw).digest()
  for (const [type, version, of] of data) {
    const bound = async (change: (binding: Uint8Array) => Uint8Array) => {
      const client = await secure.connect({ tls: true, maxVersion: version })
      const socket = client.socket as TLSSocket
      t.equal(socket.getProtocol(), version)
      const binding = change(of(socket)!)
      return authenticate(client, { mechanism: 'SCRAM-SHA-256-PLUS', flag: `p=${type}`, binding })
    }
    t.match(await bound((binding) => binding), /^s OK /, `${type} ${version}`)
    t.match(await bound((binding) => binding.map((octet) => octet ^ 1)), /^s NO \[AUTH/, `${type} of another`)
  }
  for (const [type, version] of [
    ['tls-unique', 'TLSv1.3'],
    ['tls-exporter', 'TLSv1.2'],
  ] as const) {
    const client = await secure.connect({ tls: true, maxVersion: version })
    const binding = Buffer.alloc(32)
    const answer = await authenticate(client, { mechanism: 'SCRAM-SHA-256-PLUS', flag: `p=${type}`, binding })
    t.match(answer, /^s NO \[AUTH/, `${type} is not defined for ${version}`)
  }
})

t.test('under STARTTLS too; never without TLS where that is not allowed', async (t) => {
  const server = await startServer(t, { tls, allowsPlaintext: () => false }, store)
  const client = await server.connect()
  t.match(await authenticate(client), /^s NO \[PRIVACYREQUIRED\]/)
  t.match(await authenticate(client, { mechanism: 'SCRAM-SHA-256-PLUS' }), /^s NO \[CANNOT\]/)
  await client.run('STARTTLS')
  await client.startTls()
  const binding = (client.socket as TLSSocket).exportKeyingMaterial(
    32,
    'EXPORTER-Channel-Binding',
    Buffer.alloc(0),
  )
  const answer = await authenticate(client, {
    mechanism: 'SCRAM-SHA-256-PLUS',
    flag: 'p=tls-exporter',
    binding,
  })
  t.match(answer, /^s OK /)
})

t.test('nothing was logged as an error', async (t) => {
  t.same(store.errors, [])
})
