import { createECDH, createPublicKey, verify } from 'node:crypto'
import type { Marks, PushClaim } from '@tandem/mailstore'
import t from 'tap'
import { pushMessage } from '../../src/push/message.js'
import { decrypt, makeKeys } from './decrypt.js'

const own = createECDH('prime256v1')
const SERVER_KEY = { publicKey: own.generateKeys(), privateKey: own.getPrivateKey() }
while (SERVER_KEY.privateKey.length < 32) {
  SERVER_KEY.publicKey = own.generateKeys()
  SERVER_KEY.privateKey = own.getPrivateKey()
}
const SUBJECT = 'mailto:postmaster@mail.example'

const marks = (email: number, more: Partial<Marks> = {}): Marks => ({
  mailbox: 5,
  mailboxProperties: 5,
  email,
  thread: 5,
  emailDelivery: 5,
  membership: 5,
  submission: 5,
  identity: 5,
  vacation: 5,
  ...more,
})

const claim = (more: Partial<PushClaim> = {}): PushClaim => ({
  accountId: 1,
  id: 2,
  lease: '',
  attempts: 0,
  url: 'https://push.example.net:8443/wpush/abc?d=1',
  keys: null,
  serverKey: SERVER_KEY,
  isVerified: true,
  verificationCode: 'c0de',
  types: null,
  told: marks(5),
  marks: marks(9),
  ...more,
})

t.test('the receiver of these tests reads the example of RFC 8291 §5', async (t) => {
  const bytes = (text: string) => Buffer.from(text, 'base64url')
  const keys = {
    privateKey: bytes('q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94'),
    publicKey: bytes(
      'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
    ),
    auth: bytes('BTBZMqHH6r4Tts7J_aSIgg'),
  }
  const body = bytes(
    'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_' +
      'yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN',
  )
  t.equal(decrypt(body, keys), 'When I grow up, I want to be a watermelon')
  body[body.length - 20]! ^= 1
  t.throws(() => decrypt(body, keys))
})

t.test('RFC 8620 §7.1, §7.2: a StateChange of the types that changed and were asked for', async (t) => {
  const now = marks(9, { mailbox: 8, thread: 7 })
  const changed = (types: string[] | null) => {
    const message = pushMessage(claim({ types, marks: now }), SUBJECT)
    return message && JSON.parse(message.body.toString())
  }
  t.strictSame(changed(null), {
    '@type': 'StateChange',
    changed: { a1: { Mailbox: '8', Email: '9', Thread: '7' } },
  })
  t.strictSame(changed(['Email', 'Todo']).changed, { a1: { Email: '9' } })
  t.equal(changed(['EmailDelivery']), null)
  t.equal(changed([]), null)
  t.equal(pushMessage(claim({ marks: marks(5) }), SUBJECT), null, 'nothing changed')
})

t.test('RFC 8030 §5: TTL and Urgency, and no Topic', async (t) => {
  const { headers } = pushMessage(claim(), SUBJECT)!
  t.match(headers, { 'content-type': 'application/json', ttl: 604_800, urgency: 'low' })
  t.notOk('topic' in headers || 'content-encoding' in headers)
  const mail = pushMessage(claim({ marks: marks(9, { emailDelivery: 9 }) }), SUBJECT)!
  t.equal(mail.headers.urgency, 'normal')
})

t.test('RFC 8620 §7.2.2: one that is not verified is sent its code and nothing else', async (t) => {
  const message = pushMessage(claim({ isVerified: false }), SUBJECT)!
  t.strictSame(JSON.parse(message.body.toString()), {
    '@type': 'PushVerification',
    pushSubscriptionId: 'p2',
    verificationCode: 'c0de',
  })
})

t.test('RFC 8291: with keys, only their owner reads it', async (t) => {
  const keys = makeKeys()
  const encrypted = claim({ keys: { p256dh: keys.publicKey, auth: keys.auth } })
  const { headers, body } = pushMessage(encrypted, SUBJECT)!
  t.match(headers, {
    'content-type': 'application/json',
    'content-encoding': 'aes128gcm',
    'content-length': body.length,
  })
  t.strictSame(JSON.parse(decrypt(body, keys)).changed, { a1: { Email: '9' } })
  t.throws(() => decrypt(body, makeKeys()))
  t.throws(() => decrypt(body, { ...keys, auth: Buffer.alloc(16) }))
  const again = pushMessage(encrypted, SUBJECT)!.body
  t.notSame(again.subarray(0, 86), body.subarray(0, 86), 'a new salt and a new key each time')
})

t.test('RFC 8292: signed for the origin of the URL, by the key that is sent along', async (t) => {
  const { authorization } = pushMessage(claim(), SUBJECT)!.headers
  const [, header, payload, signature, key] = /^vapid t=([\w-]+)\.([\w-]+)\.([\w-]+), k=([\w-]+)$/.exec(
    String(authorization),
  )!
  t.equal(key, SERVER_KEY.publicKey.toString('base64url'))
  const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString())
  t.strictSame(read(header!), { typ: 'JWT', alg: 'ES256' })
  const { aud, sub, exp } = read(payload!)
  t.equal(aud, 'https://push.example.net:8443')
  t.equal(sub, SUBJECT)
  t.ok(exp * 1000 > Date.now() && exp * 1000 <= Date.now() + 86_400_000, '§2: within 24 hours')
  const [x, y] = [SERVER_KEY.publicKey.subarray(1, 33), SERVER_KEY.publicKey.subarray(33)]
  const jwk = { kty: 'EC', crv: 'P-256', x: x.toString('base64url'), y: y.toString('base64url') }
  const publicKey = { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' } as const
  const isGenuine = (text: string) =>
    verify('sha256', Buffer.from(text), publicKey, Buffer.from(signature!, 'base64url'))
  t.ok(isGenuine(`${header}.${payload}`))
  t.notOk(isGenuine(`${header}.x${payload}`))
})
