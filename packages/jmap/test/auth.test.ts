import type { Principal } from '@tandem/mailstore'
import type { FastifyRequest } from 'fastify'
import t from 'tap'
import { createAuthenticator, parseBasic } from '../src/auth.js'
import { createFakeClock } from './fake-clock.js'

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`
const request = (authorization: string | undefined, more: object = {}) =>
  ({ headers: { authorization }, protocol: 'https', ip: '192.0.2.1', ...more }) as FastifyRequest

function createDirectory() {
  const accounts = new Map([['ann@example.com', { password: 'secret', version: 'v1' }]])
  const calls = { authenticate: 0, credentialVersion: 0 }
  return {
    accounts,
    calls,
    async authenticate(name: string, password: string): Promise<Principal | null> {
      calls.authenticate++
      const right = accounts.get(name)?.password === password
      return right ? { id: 1, accountId: 2, name, addresses: [name] } : null
    },
    async credentialVersion(name: string) {
      calls.credentialVersion++
      return accounts.get(name)?.version ?? null
    },
  }
}

const NO_TICKETS = { open: async () => null }

function setUp() {
  const directory = createDirectory()
  const clock = createFakeClock()
  return { directory, clock, auth: createAuthenticator({ directory, tickets: NO_TICKETS, clock }) }
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

t.test('a password is verified once, and its login is looked at each time', async (t) => {
  const { auth, directory } = setUp()
  const { principal } = await auth.login(good)
  t.match(principal, { accountId: 2, name: 'ann@example.com' })
  await auth.login(good)
  await auth.login(good)
  t.equal(directory.calls.authenticate, 1)
  t.ok(directory.calls.credentialVersion >= 3)
})

t.test('requests that come together share one attempt', async (t) => {
  const { auth, directory } = setUp()
  const logins = await Promise.all(Array.from({ length: 50 }, () => status(auth.login(good))))
  t.ok(logins.every((each) => each === 200))
  await Promise.all(Array.from({ length: 50 }, () => auth.login(good)))
  t.equal(directory.calls.authenticate, 1, 'at first, and when it is remembered')
  // The same wrong one fifty times is one guess.
  const wrong = request(basic('ann@example.com:wrong'))
  const guesses = await Promise.all(Array.from({ length: 50 }, () => status(auth.login(wrong))))
  t.ok(guesses.every((each) => each === 401))
  t.equal(directory.calls.authenticate, 2)
})

t.test('a changed password and a deleted account end at once, in open streams too', async (t) => {
  const { auth, directory } = setUp()
  const login = await auth.login(good)
  t.equal(await login.isValid(), true)
  directory.accounts.set('ann@example.com', { password: 'other', version: 'v2' })
  t.equal(await login.isValid(), false)
  t.equal(await status(auth.login(good)), 401)
  const other = request(basic('ann@example.com:other'), { ip: '192.0.2.9' })
  t.equal(await status(auth.login(other)), 200)
  directory.accounts.clear()
  t.equal(await status(auth.login(other)), 401)
})

t.test('it is forgotten a minute after its last use, and ten minutes after it was verified', async (t) => {
  const { auth, directory, clock } = setUp()
  await auth.login(good)
  await clock.advance(60_001)
  await auth.login(good)
  t.equal(directory.calls.authenticate, 2)
  for (let minute = 0; minute < 11; minute++) {
    await clock.advance(59_000)
    await auth.login(good)
  }
  t.equal(directory.calls.authenticate, 3)
})

t.test('wrong names and passwords are 401, and wait longer each time', async (t) => {
  const { auth, clock } = setUp()
  t.equal(await status(auth.login(request(basic('ann@example.com:wrong')))), 401)
  const second = status(auth.login(request(basic('bob@example.com:secret'))))
  await clock.advance(249)
  t.equal(clock.pending(), 1)
  await clock.advance(1)
  t.equal(await second, 401)
  t.equal(await status(auth.login(request(undefined))), 401)
})

t.test('a verified password does not wait for the guesses from its address', async (t) => {
  const { auth } = setUp()
  await auth.login(good)
  await status(auth.login(request(basic('ann@example.com:wrong'))))
  const guess = status(auth.login(request(basic('ann@example.com:wrong2'))))
  t.equal(await status(auth.login(good)), 200)
  t.ok(guess)
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
    t.equal(directory.calls.authenticate, expected === 200 ? 1 : 0)
  }
})
