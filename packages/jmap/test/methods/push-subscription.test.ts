import { formatId } from '@tandem/mailstore'
import t from 'tap'
import { makeKeys } from '../push/decrypt.js'
import { AUTHORIZATION, basic, createServer, type Json, NAME, PASSWORD, type TestServer } from '../server.js'

const URL = 'https://push.example.com/abc'
const DAY = 86_400_000

/** What was sent to the URL, which nobody listens at here. */
async function codeOf({ mailstore }: TestServer, id: string): Promise<string> {
  const claims = await mailstore.push.claim({ limit: 100, leaseMs: 60_000 })
  for (const claim of claims) await mailstore.push.release(claim, null)
  return claims.find((claim) => formatId('pushSubscription', claim.id) === id)!.verificationCode
}

async function create(server: TestServer, more: object = {}): Promise<Json> {
  const result = await server.call('PushSubscription/set', {
    create: { k: { deviceClientId: 'phone', url: URL, ...more } },
  })
  return result.created?.k ?? result.notCreated.k
}

t.test('RFC 8620 §7.2: PushSubscription', async (t) => {
  const server = await createServer(t, { mayReach: (address) => address === '192.0.2.1' })
  const { call, fails, inject, mailstore } = server
  const list = async () => (await call('PushSubscription/get', { ids: null })).list as Json[]

  await t.test('§7.2.1: neither account nor state, neither url nor keys', async (t) => {
    t.strictSame(await call('PushSubscription/get', { ids: null }), { list: [], notFound: [] })
    const made = await create(server, { keys: makeKeys().json, types: ['Email', 'Todo'] })
    t.match(made, { id: /^p/, verificationCode: null })
    t.strictSame(Object.keys(made).sort(), ['expires', 'id', 'verificationCode'])
    const all = await call('PushSubscription/get', { ids: null })
    const { expires } = made
    const shown = {
      id: made.id,
      deviceClientId: 'phone',
      verificationCode: null,
      expires,
      types: ['Email', 'Todo'],
    }
    t.strictSame(all, { list: [shown], notFound: [] })
    t.strictSame(await call('PushSubscription/get', { ids: [made.id, 'p0', 'x'], properties: ['types'] }), {
      list: [{ id: made.id, types: ['Email', 'Todo'] }],
      notFound: ['p0', 'x'],
    })
    for (const secret of ['url', 'keys']) {
      t.match(await fails('PushSubscription/get', { ids: null, properties: ['id', secret] }), {
        type: 'forbidden',
      })
    }
    t.match(await fails('PushSubscription/get', { ids: null, properties: ['nope'] }), {
      type: 'invalidArguments',
    })
    for (const args of [{ accountId: server.accountId }, { ifInState: '1' }]) {
      t.match(await fails('PushSubscription/set', args), { type: 'invalidArguments' })
    }
    t.strictSame((await call('PushSubscription/set', { destroy: [made.id] })).destroyed, [made.id])
  })

  await t.test('§7.2: an end is set where none is, and brought nearer than 30 days', async (t) => {
    const days = (expires: string) => (Date.parse(expires) - Date.now()) / DAY
    const none = await create(server)
    t.match(none, { keys: null, types: null })
    t.ok(Math.abs(days(none.expires) - 30) < 0.01)
    const far = await create(server, { expires: '2099-01-01T00:00:00Z' })
    t.ok(Math.abs(days(far.expires) - 30) < 0.01)
    const near = new Date(Math.floor(Date.now() / 1000) * 1000 + 3 * DAY).toISOString().replace('.000Z', 'Z')
    const kept = await create(server, { expires: near })
    t.notOk('expires' in kept, 'as it was said')
    const update = async (expires: string | null) =>
      call('PushSubscription/set', { update: { [kept.id]: { expires } } })
    t.strictSame((await update(near)).updated, { [kept.id]: null })
    t.ok(Math.abs(days((await update(null)).updated[kept.id].expires) - 30) < 0.01)
    t.match((await update('2020-01-01T00:00:00Z')).notUpdated[kept.id], {
      type: 'invalidProperties',
      properties: ['expires'],
    })
    const ids = (await list()).map(({ id }) => id)
    t.strictSame((await call('PushSubscription/set', { destroy: ids })).destroyed, ids)
  })

  await t.test('§7.2.2: only the code that was sent verifies', async (t) => {
    const { id } = await create(server)
    const code = await codeOf(server, id)
    t.match(code, /^[\w-]{22}$/, '128 bits')
    const send = async (verificationCode: Json) =>
      call('PushSubscription/set', { update: { [id]: { verificationCode } } })
    for (const wrong of ['', 'x', `${code}x`, code.slice(1), 5, {}, [code]]) {
      const { notUpdated, updated } = await send(wrong)
      t.match(notUpdated[id], { type: 'invalidProperties', properties: ['verificationCode'] }, String(wrong))
      t.equal(updated, null)
    }
    t.equal((await list())[0].verificationCode, null)
    t.strictSame((await send(code)).updated, { [id]: null })
    t.equal((await list())[0].verificationCode, code)
    t.strictSame((await send(code)).updated, { [id]: null }, 'twice is once')
    t.match((await send(null)).notUpdated[id], { type: 'invalidProperties' }, 'not to be taken back')
    t.match((await call('PushSubscription/set', { destroy: [id] })).destroyed, [id])
  })

  await t.test('§5.3: what is wrong is refused by its name, and the rest is done', async (t) => {
    const keys = makeKeys().json
    const cases: [string, object][] = [
      ['deviceClientId', { deviceClientId: undefined }],
      ['deviceClientId', { deviceClientId: '' }],
      ['deviceClientId', { deviceClientId: 'a\0' }],
      ['deviceClientId', { deviceClientId: 'x'.repeat(256) }],
      ['url', { url: undefined }],
      ['url', { url: 'http://push.example.com/' }],
      ['url', { url: 'https:push.example.com' }],
      ['url', { url: '/push' }],
      ['url', { url: 'https://ann:pw@push.example.com/' }],
      ['url', { url: `https://push.example.com/${'x'.repeat(2_100)}` }],
      ['url', { url: 'https://127.0.0.1/' }],
      ['url', { url: 'https://0x7f.1/' }],
      ['url', { url: 'https://[::1]/' }],
      ['url', { url: 'https://[::ffff:10.0.0.1]/' }],
      ['keys', { keys: {} }],
      ['keys', { keys: { ...keys, more: 'x' } }],
      ['keys', { keys: { ...keys, auth: 'AAAA' } }],
      ['keys', { keys: { ...keys, p256dh: Buffer.alloc(65, 4).toString('base64url') } }],
      ['keys', { keys: { ...keys, p256dh: Buffer.alloc(33, 2).toString('base64url') } }],
      ['keys', { keys: { ...keys, p256dh: 5 } }],
      ['verificationCode', { verificationCode: 'x' }],
      ['expires', { expires: '2020-01-01T00:00:00Z' }],
      ['expires', { expires: 'soon' }],
      ['types', { types: 'Email' }],
      ['types', { types: [5] }],
      ['types', { types: Array.from({ length: 101 }, () => 'x') }],
      ['id', { id: 'p1' }],
      ['nope', { nope: 1 }],
    ]
    for (const [property, more] of cases) {
      const refused = await create(server, more)
      t.match(refused, { type: 'invalidProperties', properties: [property] }, JSON.stringify(more))
    }
    t.match(
      await create(server, { url: 'https://192.0.2.1/', keys: { ...keys, p256dh: `${keys.p256dh}=` } }),
      { id: String },
    )
    const [{ id }] = await list()
    const updates: [string, object][] = [
      ['url', { url: 'https://192.0.2.1/' }],
      ['keys', { keys: null }],
      ['keys', { 'keys/auth': 'x' }],
      ['deviceClientId', { deviceClientId: 'other' }],
      ['id', { id: 'p1' }],
      ['nope', { nope: null }],
      ['types', { types: 5 }],
    ]
    for (const [property, patch] of updates) {
      const { notUpdated } = await call('PushSubscription/set', { update: { [id]: patch } })
      const type = property === 'keys' && 'keys/auth' in patch ? 'invalidPatch' : 'invalidProperties'
      t.match(notUpdated[id], { type }, JSON.stringify(patch))
    }
    const many = await call('PushSubscription/set', {
      create: { good: { deviceClientId: 'a', url: URL }, bad: { url: URL } },
      update: {
        '#good': { types: ['Email'] },
        [id]: { types: null, deviceClientId: 'phone' },
        p0: {},
        '#bad': {},
      },
      destroy: [id, 'p0', '#good'].slice(1),
    })
    t.match(many, {
      created: { good: { id: String } },
      notCreated: { bad: { type: 'invalidProperties' } },
      updated: { [id]: null },
      notUpdated: {
        '#good': { type: 'willDestroy' },
        p0: { type: 'notFound' },
        '#bad': { type: 'notFound' },
      },
      notDestroyed: { p0: { type: 'notFound' } },
    })
    t.strictSame(many.destroyed, [many.created.good.id])
    await call('PushSubscription/set', { destroy: [id] })
  })

  await t.test('§8.6: at most 32 of a user, and 60 within an hour', async (t) => {
    const made: string[] = []
    for (let n = 0; n < 40; n++) {
      const result = await create(server)
      if (result.id) made.push(result.id)
      else t.match(result, { type: 'overQuota' })
    }
    t.equal(made.length, 32)
    await call('PushSubscription/set', { destroy: made })
    const create30 = Object.fromEntries(
      Array.from({ length: 30 }, (_, n) => [`k${n}`, { deviceClientId: 'phone', url: URL }]),
    )
    const { created, notCreated } = await call('PushSubscription/set', { create: create30 })
    t.ok(Object.keys(created).length < 30)
    for (const error of Object.values(notCreated)) t.match(error, { type: 'rateLimit' })
    await call('PushSubscription/set', {
      destroy: Object.values(created as Json).map((each: Json) => each.id),
    })
  })

  await t.test('§7.2: others do not see them, and they go with the password', async (t) => {
    const bob = await mailstore.directory.createAccount('bob@example.com', PASSWORD)
    const owner = { accountId: bob.accountId, principalId: bob.id }
    const credentialId = Number(await mailstore.directory.credentialVersion('bob@example.com'))
    const asBob = async (method: string, args: object, password = PASSWORD) => {
      const response = await inject({
        method: 'POST',
        url: '/jmap/api',
        headers: { authorization: basic('bob@example.com', password), 'content-type': 'application/json' },
        payload: JSON.stringify({ using: ['urn:ietf:params:jmap:core'], methodCalls: [[method, args, 'c']] }),
      })
      return response.json().methodResponses[0][1]
    }
    const { created } = await asBob('PushSubscription/set', {
      create: { k: { deviceClientId: 'p', url: URL } },
    })
    t.strictSame(await list(), [], `${NAME} has none`)
    t.match(await call('PushSubscription/get', { ids: [created.k.id] }), { notFound: [created.k.id] })
    t.match(await call('PushSubscription/set', { destroy: [created.k.id] }), { destroyed: null })
    t.equal((await asBob('PushSubscription/get', { ids: null })).list.length, 1)
    await mailstore.directory.setPassword('bob@example.com', 'another password')
    t.strictSame(await mailstore.push.claim({ limit: 9, leaseMs: 1 }), [], 'nothing is due any more')
    t.strictSame((await asBob('PushSubscription/get', { ids: null }, 'another password')).list, [])
    t.equal(await mailstore.push.transact({ ...owner, credentialId }, async () => 1), null)
  })
})

t.test('RFC 9749 §3: the session tells the key; the capability may be in `using`', async (t) => {
  const server = await createServer(t)
  const VAPID = 'urn:ietf:params:jmap:webpush-vapid'
  const headers = { authorization: AUTHORIZATION }
  const session = (await server.inject({ method: 'GET', url: '/jmap/session', headers })).json()
  const { publicKey } = await server.mailstore.push.serverKey()
  const { applicationServerKey } = session.capabilities[VAPID]
  t.equal(applicationServerKey, Buffer.from(publicKey).toString('base64url'))
  t.match(applicationServerKey, /^B[\w-]{86}$/, 'an uncompressed point')
  const using = ['urn:ietf:params:jmap:core', VAPID]
  t.same((await server.request([['Core/echo', {}]], { using }))[0]![0], 'Core/echo')
})
