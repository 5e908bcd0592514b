// AUTH SCRAM-SHA-256 and SCRAM-SHA-256-PLUS over SMTP: RFC 4954 §4, RFC 5802, RFC 7677.
import type { TLSSocket } from 'node:tls'
import { createScramClient, type ScramClientOptions } from '@tandem/mailstore/testing'
import t from 'tap'
import { type LineClient, openClient } from '../support/client.js'
import { openTestStore, PASSWORD } from '../support/store.js'
import { createListener } from '../support/submission.js'

const slept: number[] = []
const pause = async (ms: number) => void slept.push(ms)
const { mailstore } = await openTestStore(t, ['anna@home.test', 'ben@home.test'], {}, pause)
const address = await createListener(t, mailstore).listen()

const encode = (text: string) => Buffer.from(text).toString('base64')
const decode = (reply: string) => Buffer.from(reply.replace(/^334 /, ''), 'base64').toString()

async function open(tls = false): Promise<LineClient> {
  const client = await openClient(address)
  t.teardown(client.destroy)
  await client.reply()
  await client.say('EHLO laptop.test')
  if (!tls) return client
  await client.say('STARTTLS')
  await client.upgrade()
  await client.say('EHLO laptop.test')
  return client
}

async function authenticate(
  client: LineClient,
  options: Partial<ScramClientOptions> & { mechanism?: string; initial?: boolean; last?: string } = {},
): Promise<string> {
  const { mechanism = 'SCRAM-SHA-256', initial = true, last = '', ...rest } = options
  const scram = createScramClient({ name: 'anna@home.test', password: PASSWORD, ...rest })
  if (!initial) t.equal(await client.say(`AUTH ${mechanism}`), '334 ')
  const challenge = await client.say(`${initial ? `AUTH ${mechanism} ` : ''}${encode(scram.first)}`)
  if (!challenge.startsWith('334 ')) return challenge
  const final = await client.say(encode(scram.final(decode(challenge))))
  if (!final.startsWith('334 ')) return final
  t.equal(decode(final), scram.expected(), 'the server knows the keys, too')
  return client.say(last)
}

t.test('a login, with and without an initial response, and mail after it', async (t) => {
  for (const initial of [true, false]) {
    const client = await open()
    t.match(await authenticate(client, { initial }), /^235 2\.7\.0 /)
    t.match(await client.say('AUTH SCRAM-SHA-256'), /^503 /, 'once')
    t.match(await client.say('MAIL FROM:<anna@home.test>'), /^250 /)
    t.match(await client.say('MAIL FROM:<ben@home.test>'), /^(503|553) /)
  }
  t.match(await authenticate(await open(), { authorizationId: 'anna@home.test' }), /^235 /)
})

t.test('bound to the TLS connection', async (t) => {
  const client = await open(true)
  const socket = client.socket as TLSSocket
  const binding = socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0))
  const plus = { mechanism: 'SCRAM-SHA-256-PLUS', flag: 'p=tls-exporter' }
  t.match(await authenticate(client, { ...plus, binding: Buffer.alloc(32) }), /^535 5\.7\.8 /)
  t.match(await authenticate(client, { flag: 'y' }), /^535 5\.7\.8 /, 'the downgrade')
  t.match(await authenticate(client, { ...plus, binding }), /^235 /)
})

t.test('what goes wrong leaves nobody logged in, and the login works afterwards', async (t) => {
  const client = await open()
  const first = encode('n,,n=anna@home.test,r=x')
  const cases: [lines: string[], answer: RegExp][] = [
    [['AUTH SCRAM-SHA-256', '*'], /^501 5\.7\.0 /],
    [[`AUTH SCRAM-SHA-256 ${first}`, '*'], /^501 5\.7\.0 /],
    [[`AUTH SCRAM-SHA-256 ${first}`, encode('x')], /^501 5\.5\.2 /],
    [['AUTH SCRAM-SHA-256 ='], /^501 5\.5\.2 /],
    [['AUTH SCRAM-SHA-256 !'], /^501 5\.5\.2 /],
    [['AUTH SCRAM-SHA-256 /w=='], /^501 5\.5\.2 /],
    [[`AUTH SCRAM-SHA-256 ${first} x`], /^504 /],
    [[`AUTH SCRAM-SHA-256-PLUS ${first}`], /^504 /],
    [[`AUTH SCRAM-SHA-1 ${first}`], /^504 /],
  ]
  for (const [lines, answer] of cases) {
    let reply = ''
    for (const line of lines) reply = await client.say(line)
    t.match(reply, answer, lines.join(' / '))
  }
  t.match(await authenticate(client, { last: '*' }), /^501 /, 'a client that does not believe the server')
  const another = await open()
  t.match(await authenticate(another, { last: 'AAAA' }), /^501 /)
  t.match(await another.say('MAIL FROM:<anna@home.test>'), /^530 /)
  t.match(await authenticate(another), /^235 /)
})

t.test('failures are told later and later, the third ends the connection', async (t) => {
  slept.length = 0
  const client = await open()
  t.match(await authenticate(client, { password: 'wrong' }), /^535 5\.7\.8 /)
  t.match(await authenticate(client, { name: 'nobody@home.test' }), /^535 5\.7\.8 /)
  t.match(await authenticate(client, { authorizationId: 'ben@home.test' }), /^421 4\.7\.0 /)
  await client.closed
  t.strictSame(slept, [250, 250], 'for each name; to act for another is no guess')
})

t.test('a client that goes in the midst of an exchange harms nobody', async (t) => {
  const client = await open()
  t.match(await client.say('AUTH SCRAM-SHA-256'), /^334 /)
  client.destroy()
  await client.closed
  t.match(await authenticate(await open()), /^235 /)
})
