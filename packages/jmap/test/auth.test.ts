import { EventEmitter } from 'node:events'
import { LoginDeferred, type LoginOrigin, loginVersion, type Principal } from '@tandem/mailstore'
import type { FastifyRequest } from 'fastify'
import t from 'tap'
import { createAuthenticator, parseBasic } from '../src/auth.js'

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`
const request = (authorization: string | undefined, more: object = {}) =>
  ({
    headers: { authorization },
    protocol: 'https',
    ip: '192.0.2.1',
    raw: { socket: new EventEmitter() },
    ...more,
  }) as FastifyRequest

function createDirectory() {
  const accounts = new Map([['ann@example.com', { password: 'secret', version: 1 }]])
  const calls: { authenticate: LoginOrigin[]; credentialVersion: number } = {
    authenticate: [],
    credentialVersion: 0,
  }
  const principalOf = (name: string): Principal | null => {
    const account = accounts.get(name)
    if (!account) return null
    const login = { name, generation: 0 }
    return { id: 1, accountId: 2, name, addresses: [name], credentialId: account.version, login }
  }
  return {
    accounts,
    calls,
    async authenticate(name: string, password: string, origin?: LoginOrigin): Promise<Principal | null> {
      calls.authenticate.push(origin!)
      if (password === 'banned' || password === 'busy') throw new LoginDeferred(password, 7)
      return accounts.get(name)?.password === password ? principalOf(name) : null
    },
    async credentialVersion(name: string) {
      calls.credentialVersion++
      const principal = principalOf(name)
      return principal && loginVersion(principal)
    },
  }
}

const NO_TICKETS = { open: async () => null }

function setUp() {
  const directory = createDirectory()
  return { directory, auth: createAuthenticator({ directory, tickets: NO_TICKETS }) }
}
const good = request(basic('ann@example.com:secret'))
const status = (promise: Promise<unknown>) =>
  promise.then(
    () => 200,
    (error) => error.problem?.status ?? error,
  )

t.test('RFC 7617: name and password', async (t) => {
  const cases: [header: string | undefined, read: unknown][] = [
    [basic('a:b'), { name: 'a', password: 'b' }],
    [basic('a:b').replace('Basic', 'bASIC '), { name: 'a', password: 'b' }],
    [basic('a:b:c '), { name: 'a', password: 'b:c ' }],
    [basic('é:ü'), { name: 'é', password: 'ü' }],
    [basic('a:'), { name: 'a', password: '' }],
    [undefined, null],
    ['', null],
    ['Basic', null],
    ['Basic !!', null],
    ['Bearer YTpi', null],
    [basic('ab'), null],
    [basic(':b'), null],
    [basic('a\u0000:b'), null],
    [basic('a:b\u0000'), null],
    ['Basic 6ToA', null],
    [basic(`a:${'b'.repeat(1_025)}`), null],
    [basic(`${'a'.repeat(321)}:b`), null],
  ]
  for (const [header, read] of cases) t.strictSame(parseBasic(header), read, String(header).slice(0, 40))
})

t.test('the directory is told whence, and the end of the connection', async (t) => {
  const { auth, directory } = setUp()
  const { principal } = await auth.login(good)
  t.match(principal, { accountId: 2, name: 'ann@example.com' })
  const leaver = new EventEmitter()
  const login = auth.login(
    request(basic('ann@example.com:secret'), { raw: { socket: leaver }, ip: '192.0.2.9' }),
  )
  leaver.emit('close')
  await login
  t.match(directory.calls.authenticate, [
    { address: '192.0.2.1', protocol: 'jmap', signal: { aborted: false } },
    { address: '192.0.2.9', protocol: 'jmap', signal: { aborted: true } },
  ])
  t.equal(leaver.listenerCount('close'), 0)
})

t.test('what is not judged is no 401: 429 where guesses came before, 503 where too many wait', async (t) => {
  const { auth } = setUp()
  for (const [password, expected] of [
    ['banned', 429],
    ['busy', 503],
  ] as const) {
    const error = await auth.login(request(basic(`ann@example.com:${password}`))).catch((error) => error)
    t.match(error, { problem: { status: expected, retryAfter: 7, detail: /try again in 7 seconds/ } })
  }
})

t.test('a changed password and a deleted account end at once, in open streams too', async (t) => {
  const { auth, directory } = setUp()
  const login = await auth.login(good)
  t.equal(await login.isValid(), true)
  directory.accounts.set('ann@example.com', { password: 'other', version: 2 })
  t.equal(await login.isValid(), false)
  t.equal(await status(auth.login(good)), 401)
  const other = request(basic('ann@example.com:other'), { ip: '192.0.2.9' })
  t.equal(await status(auth.login(other)), 200)
  directory.accounts.clear()
  t.equal(await status(auth.login(other)), 401)
})

t.test('wrong names and passwords are 401', async (t) => {
  const { auth } = setUp()
  t.equal(await status(auth.login(request(basic('ann@example.com:wrong')))), 401)
  t.equal(await status(auth.login(request(basic('bob@example.com:secret')))), 401)
  t.equal(await status(auth.login(request(undefined))), 401)
})

t.test('without TLS from loopback only, and the password is not looked at', async (t) => {
  const cases: [connection: object, status: number][] = [
    [{ protocol: 'http', ip: '192.0.2.1' }, 403],
    [{ protocol: 'http', ip: '2001:db8::1' }, 403],
    [{ protocol: 'http', ip: '127.0.0.1.example' }, 403],
    [{ protocol: 'http', ip: '::ffff:192.0.2.1' }, 403],
    [{ protocol: 'http', ip: '127.0.0.1' }, 200],
    [{ protocol: 'http', ip: '127.9.9.9' }, 200],
    [{ protocol: 'http', ip: '::1' }, 200],
    [{ protocol: 'http', ip: '::ffff:127.0.0.1' }, 200],
    [{ protocol: 'https', ip: '192.0.2.1' }, 200],
  ]
  for (const [connection, expected] of cases) {
    const { auth, directory } = setUp()
    t.equal(
      await status(auth.login({ ...good, ...connection } as FastifyRequest)),
      expected,
      JSON.stringify(connection),
    )
    t.equal(directory.calls.authenticate.length, expected === 200 ? 1 : 0)
  }
})
