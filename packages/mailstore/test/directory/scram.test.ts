import t from 'tap'
import { deriveScram } from '../../src/directory/password.js'
import {
  type ClientFirst,
  readClientFirst,
  type ScramChannel,
  serverFirst,
  verifyClientFinal,
} from '../../src/directory/scram.js'
import { createScramClient } from '../../src/testing.js'

const OPEN: ScramChannel = { plus: false, bindings: null }
const BINDING = Buffer.from('what only this connection has')
const bindings = (type: string) => (type === 'tls-exporter' ? BINDING : null)
const UNDER_TLS: ScramChannel = { plus: false, bindings }
const PLUS: ScramChannel = { plus: true, bindings }

/** The exchange of RFC 7677 §3. */
const VECTOR = {
  clientFirst: 'n,,n=user,r=rOprNGfwEbeRWgbNEkqO',
  serverNonce: '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0',
  serverFirst: 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
  clientFinal:
    'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
  serverFinal: 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
}
const keys = await deriveScram('pencil', Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64'), 4096)

t.test('the exchange of RFC 7677 §3', async (t) => {
  const first = readClientFirst(VECTOR.clientFirst, OPEN) as ClientFirst
  t.match(first, { username: 'user', authorizationId: '' })
  t.equal(serverFirst(first, keys, VECTOR.serverNonce), VECTOR.serverFirst)
  t.same(verifyClientFinal(VECTOR.clientFinal, first, VECTOR.serverFirst, keys), {
    serverFinal: VECTOR.serverFinal,
  })
  const client = createScramClient({ name: 'user', password: 'pencil', nonce: 'rOprNGfwEbeRWgbNEkqO' })
  t.equal(client.first, VECTOR.clientFirst, 'and the client that other tests use is one')
  t.equal(client.final(VECTOR.serverFirst), VECTOR.clientFinal)
  t.equal(client.expected(), VECTOR.serverFinal)
})

t.test('client-first-messages (RFC 5802 §5.1, §6, §7)', async (t) => {
  const cases: [message: string, channel: ScramChannel, expected: object | string][] = [
    [
      'n,,n=user,r=abc',
      UNDER_TLS,
      { username: 'user', nonce: 'abc', bare: 'n=user,r=abc', channelBinding: 'biws' },
    ],
    ['y,,n=user,r=abc', OPEN, { channelBinding: 'eSws' }],
    ['n,a=root,n=user,r=abc', OPEN, { username: 'user', authorizationId: 'root' }],
    ['n,a=a=2Cb=3D2C,n=x=3D=2C,r=abc', OPEN, { username: 'x=,', authorizationId: 'a,b=2C' }],
    ['n,,n=I\u00adX,r=abc', OPEN, { username: 'IX' }],
    ['n,,n=\u2168,r=abc', OPEN, { username: 'IX' }],
    ['n,,n=user,r=abc,x=1,y=a=b', OPEN, { nonce: 'abc' }],
    [
      'p=tls-exporter,,n=user,r=abc',
      PLUS,
      { channelBinding: Buffer.concat([Buffer.from('p=tls-exporter,,'), BINDING]).toString('base64') },
    ],
    // The downgrade: somebody took -PLUS out of the list.
    ['y,,n=user,r=abc', UNDER_TLS, 'server-does-support-channel-binding'],
    ['p=tls-exporter,,n=user,r=abc', UNDER_TLS, 'channel-binding-not-supported'],
    ['p=tls-unique,,n=user,r=abc', PLUS, 'unsupported-channel-binding-type'],
    ['n,,n=user,r=abc', PLUS, 'other-error'],
    ['y,,n=user,r=abc', PLUS, 'other-error'],
    ['n,,m=x,n=user,r=abc', OPEN, 'extensions-not-supported'],
    ['n,,n=user,r=abc,m=x', OPEN, 'extensions-not-supported'],
    ['n,,n=us=er,r=abc', OPEN, 'other-error'],
    ['n,,n=us=2cer,r=abc', OPEN, 'other-error'],
    ['n,a=x=,n=user,r=abc', OPEN, 'other-error'],
    ['n,,n=\u00ad,r=abc', OPEN, 'invalid-username-encoding'],
    ['n,,n=\u0007,r=abc', OPEN, 'invalid-username-encoding'],
    ['n,a=\u00ad,n=user,r=abc', OPEN, 'invalid-username-encoding'],
    ['n,,n=,r=abc', OPEN, 'other-error'],
    ['n,,n=user,r=', OPEN, 'other-error'],
    ['n,,n=user,r=a bc', OPEN, 'other-error'],
    ['n,,n=us\0er,r=abc', OPEN, 'other-error'],
    ['n,,r=abc,n=user', OPEN, 'other-error'],
    ['n,,n=user,r=abc,', OPEN, 'other-error'],
    ['n,,n=user,r=abc,12=3', OPEN, 'other-error'],
    ['n,n=user,r=abc', OPEN, 'other-error'],
    ['x,,n=user,r=abc', OPEN, 'other-error'],
    ['F,n,,n=user,r=abc', OPEN, 'other-error'],
    ['p=,,n=user,r=abc', PLUS, 'other-error'],
    ['', OPEN, 'other-error'],
  ]
  for (const [message, channel, expected] of cases)
    t.match(readClientFirst(message, channel), expected, message)
})

t.test('client-final-messages (RFC 5802 §5.1, §7)', async (t) => {
  const channels: [options: { flag?: string; binding?: Uint8Array }, channel: ScramChannel][] = [
    [{}, OPEN],
    [{ flag: 'p=tls-exporter', binding: BINDING }, PLUS],
  ]
  for (const [options, channel] of channels) {
    const client = createScramClient({ name: 'user', password: 'pencil', ...options })
    const first = readClientFirst(client.first, channel) as ClientFirst
    const challenge = serverFirst(first, keys, 'server')
    const right = client.final(challenge)
    const verify = (message: string) => verifyClientFinal(message, first, challenge, keys)
    t.same(verify(right), { serverFinal: client.expected() })

    const proof = /p=(.*)$/.exec(right)![1]!
    const other = proof[3] === 'A' ? 'B' : 'A'
    const wrong: [message: string, error: string][] = [
      [right.replace(proof, proof.slice(0, 3) + other + proof.slice(4)), 'invalid-proof'],
      [right.replace(',p=', ',x=1,p='), 'invalid-proof'],
      [right.replace(',p=', ',m=1,p='), 'extensions-not-supported'],
      [
        right.replace(/^c=[^,]*/, `c=${Buffer.from('y,,').toString('base64')}`),
        'channel-bindings-dont-match',
      ],
      [right.replace(/^c=[^,]*/, 'c=biwsAAAA'), 'channel-bindings-dont-match'],
      [right.replace('server', 'Server'), 'other-error'],
      [right.replace('server', 'server2'), 'other-error'],
      [right.replace('server', ''), 'other-error'],
      [right.replace(/,p=.*/, ''), 'other-error'],
      [right.replace(/,p=.*/, ',p=AAAA'), 'other-error'],
      [right.replace(/^c=[^,]*,/, ''), 'other-error'],
      [right.replace(proof, `${proof.slice(0, -2)}!=`), 'other-error'],
      [`${right},x=1`, 'other-error'],
      ['', 'other-error'],
    ]
    for (const [message, error] of wrong) t.equal(verify(message), error, message)
  }
})
