import t from 'tap'
import { CHANNEL, GUARD } from '../../src/changes/announcer.js'
import { connect, listen } from '../../src/db/connect.js'
import { createDirectory } from '../../src/directory/directory.js'
import { createGuard, type GuardOptions, type LoginGuard } from '../../src/guard/guard.js'
import { RULES } from '../../src/guard/standing.js'
import { type LoginOrigin, openMailstore } from '../../src/index.js'
import { createScramClient, createTestDatabase, weakenPasswords } from '../../src/testing.js'

const { url } = await createTestDatabase(t)
const PASSWORD = 'correct horse'
const NAMES = ['alice@guard.test', 'bob@guard.test', 'carol@guard.test', 'dave@guard.test'] as const
{
  const mailstore = await openMailstore({ url })
  for (const name of NAMES) await mailstore.directory.createAccount(name, PASSWORD)
  await mailstore.close()
}
await weakenPasswords(url, PASSWORD)
const sql = connect(url, { max: 3 })
t.teardown(() => sql.end())

interface Line {
  level: 'info' | 'warn'
  fields: Record<string, unknown>
  message: string
}

/** One process: a directory with its guard. `hashed` counts the passwords that were hashed. */
async function startProcess(t: Tap, options: GuardOptions = {}) {
  const lines: Line[] = []
  const note = (level: Line['level']) => (fields: object, message: string) =>
    void lines.push({ level, fields: fields as Line['fields'], message })
  const log = { debug() {}, info: note('info'), warn: note('warn'), error: note('warn') }
  const count = { hashed: 0, statements: 0 }
  const counting = new Proxy(sql, {
    apply(target, self, args) {
      count.statements++
      return Reflect.apply(target, self, args)
    },
  })
  const real = createGuard({
    sql: counting,
    log,
    notify: (words) => sql`select pg_notify(${CHANNEL}, ${`${GUARD} ${words}`})`,
    options: { pause: async () => {}, ...options },
  })
  const guard: LoginGuard = {
    ...real,
    // Each verdict is remembered as it is found.
    remembered: {
      ...real.remembered,
      keep(...verdict) {
        count.hashed++
        real.remembered.keep(...verdict)
      },
      keepWrong(...verdict) {
        count.hashed++
        real.remembered.keepWrong(...verdict)
      },
    },
  }
  const said: string[] = []
  let heard = () => {}
  const listener = await listen(sql, CHANNEL, (payload) => {
    const [who, ...words] = payload.split(' ')
    if (who !== GUARD) return
    guard.heard(words)
    said.push(words[0]!)
    heard()
  })
  await guard.read()
  const unused = async () => {}
  const directory = createDirectory({
    sql: counting,
    nextId: async () => 0,
    createFirstMailboxes: unused,
    addIdentity: unused,
    removeIdentities: unused,
    guard,
  })
  t.teardown(async () => {
    await guard.close()
    await listener.stop()
  })
  const from = (address: string, more: Partial<LoginOrigin> = {}): LoginOrigin => ({
    address,
    protocol: 'imap',
    signal: new AbortController().signal,
    ...more,
  })
  return {
    guard,
    directory,
    lines,
    count,
    from,
    /** Resolves once another process has said this since it was last asked for. */
    async wordOf(word: string): Promise<void> {
      while (!said.includes(word)) await new Promise<void>((resolve) => (heard = resolve))
      said.splice(0, said.indexOf(word) + 1)
    },
    /** `right`, `wrong`, or why it was put off. */
    async tries(address: string, name: string, password: string): Promise<string> {
      return directory.authenticate(name, password, from(address)).then(
        (principal) => (principal ? 'right' : 'wrong'),
        (error: { why?: string }) => error.why ?? String(error),
      )
    },
  }
}

type Tap = { teardown(fn: () => unknown): void }
type Process = Awaited<ReturnType<typeof startProcess>>

t.afterEach(async () => {
  await sql`delete from login_guard`
  await sql`delete from login_guess`
})

/**
 * Wrong passwords for as many different names, without the hashing, which for names that nobody has takes its time; what
 * came of each.
 */
async function spray({ guard, from }: Process, address: string, count: number): Promise<string[]> {
  const results: string[] = []
  for (let n = 0; n < count; n++) {
    const result = await guard.begin(`n${n}@x.test`, from(address)).then(
      (passage) => passage.failed(`guess ${address}`).then(() => 'wrong'),
      (error: { why?: string }) => error.why ?? String(error),
    )
    results.push(result)
  }
  return results
}

t.test('nothing is hashed for a banned address, in any process that hears of it', async (t) => {
  const [a, b] = [await startProcess(t), await startProcess(t)]
  const results = await spray(a, '192.0.2.1', RULES.address.limit + 5)
  t.equal(results.filter((result) => result === 'wrong').length, RULES.address.limit)
  t.same(results.slice(-5), ['banned', 'banned', 'banned', 'banned', 'banned'])
  t.equal(await a.tries('192.0.2.1', 'bob@guard.test', PASSWORD), 'banned')
  t.equal(a.count.hashed, 0)
  t.ok(a.guard.bannedFor('192.0.2.1')! > 0)
  await a.guard.flush()
  await b.wordOf('read')
  await b.guard.read()
  t.equal(await b.tries('192.0.2.1', 'bob@guard.test', PASSWORD), 'banned', 'right or wrong')
  t.equal(b.count.hashed, 0)
  t.ok(b.guard.bannedFor('::ffff:192.0.2.1')! > 0, 'IPv4 is IPv4')
  t.equal(b.guard.bannedFor('192.0.2.2'), null)
  t.equal(await b.tries('192.0.2.2', 'bob@guard.test', PASSWORD), 'right')
  const late = await startProcess(t)
  t.equal(await late.tries('192.0.2.1', 'x', 'y'), 'banned', 'one that starts later, too')
})

t.test('of IPv6 it is the /64', async (t) => {
  const a = await startProcess(t)
  for (let n = 0; n < RULES.address.limit; n++) {
    await (await a.guard.begin(`n${n}@x.test`, a.from(`2001:db8::${n}`))).failed('guess')
  }
  t.equal(await a.tries('2001:db8::ffff:1', 'bob@guard.test', PASSWORD), 'banned')
  t.equal(await a.tries('2001:db8:0:1::1', 'bob@guard.test', PASSWORD), 'right')
})

t.test('two processes count together', async (t) => {
  const [a, b] = [await startProcess(t), await startProcess(t)]
  const half = RULES.both.limit / 2
  const guess = (process: Process, from: number) =>
    Promise.all(
      Array.from({ length: half }, (_, n) => process.tries('192.0.2.3', 'bob@guard.test', `p${from + n}`)),
    )
  await guess(a, 0)
  await a.guard.flush()
  await guess(b, half)
  await b.guard.flush()
  t.equal(await b.tries('192.0.2.3', 'bob@guard.test', PASSWORD), 'banned')
})

t.test('success does not pardon guesses at others', async (t) => {
  const a = await startProcess(t)
  for (let n = 0; n < RULES.address.limit; n++) {
    t.equal(await a.tries('192.0.2.4', 'alice@guard.test', PASSWORD), 'right')
    await (await a.guard.begin(`n${n}@x.test`, a.from('192.0.2.4'))).failed('guess')
  }
  t.equal(await a.tries('192.0.2.4', 'bob@guard.test', PASSWORD), 'banned')
  t.equal(await a.tries('192.0.2.4', 'alice@guard.test', PASSWORD), 'right', 'whose own account stays open')
})

t.test(
  'who logged in lately is locked out neither by neighbours nor from elsewhere, in any process',
  async (t) => {
    const a = await startProcess(t)
    t.equal(await a.tries('192.0.2.5', 'carol@guard.test', PASSWORD), 'right')
    await spray(a, '192.0.2.5', RULES.address.limit)
    t.equal(await a.tries('192.0.2.5', 'bob@guard.test', PASSWORD), 'banned')
    t.equal(a.guard.bannedFor('192.0.2.5'), null, 'connections come in, for her')
    for (let n = 0; n < RULES.account.limit; n++)
      await a.tries(`198.51.100.${n}`, 'carol@guard.test', `guess ${n}`)
    t.equal(await a.tries('198.51.100.1', 'carol@guard.test', PASSWORD), 'banned')
    t.equal(await a.tries('192.0.2.5', 'carol@guard.test', PASSWORD), 'right')
    await a.guard.flush()
    const b = await startProcess(t)
    t.equal(await b.tries('192.0.2.5', 'bob@guard.test', PASSWORD), 'banned')
    t.equal(await b.tries('192.0.2.5', 'carol@guard.test', PASSWORD), 'right')
    t.equal(b.guard.bannedFor('192.0.2.5'), null)
  },
)

t.test('a phone with an old password is one guess, however often and wherever it comes', async (t) => {
  const [a, b] = [await startProcess(t), await startProcess(t)]
  const results = new Set<string>()
  for (let n = 0; n < 3 * RULES.both.limit; n++) {
    results.add(await a.tries('192.0.2.6', 'alice@guard.test', 'the old one'))
    await a.guard.flush()
    results.add(await b.tries('192.0.2.6', 'alice@guard.test', 'the old one'))
    await b.guard.flush()
  }
  t.same([...results], ['wrong'])
  t.equal(a.count.hashed + b.count.hashed, 2, 'and hashed once in each')
  t.match(await a.guard.list(), [{ guesses: 1 }, { guesses: 1 }, { guesses: 1 }])
  t.equal(await a.tries('192.0.2.6', 'alice@guard.test', PASSWORD), 'right')
})

t.test(
  'a wrong password that becomes the right one is right at once; a right one that is remembered ends',
  async (t) => {
    const a = await startProcess(t)
    t.equal(await a.tries('192.0.2.7', 'dave@guard.test', 'tomorrow'), 'wrong')
    t.equal(await a.tries('192.0.2.7', 'dave@guard.test', PASSWORD), 'right')
    t.equal(await a.tries('192.0.2.7', 'dave@guard.test', PASSWORD), 'right')
    t.equal(a.count.hashed, 2)
    const mailstore = await openMailstore({ url })
    t.teardown(() => mailstore.close())
    await mailstore.directory.setPassword('dave@guard.test', 'tomorrow')
    t.equal(await a.tries('192.0.2.7', 'dave@guard.test', PASSWORD), 'wrong')
    t.equal(await a.tries('192.0.2.7', 'dave@guard.test', 'tomorrow'), 'right')
    await mailstore.directory.setPassword('dave@guard.test', PASSWORD)
    await weakenPasswords(url, PASSWORD)
  },
)

t.test('a name that nobody has counts and is answered like one', async (t) => {
  const a = await startProcess(t)
  const guess = async (name: string, address: string) => {
    const results: string[] = []
    for (let n = 0; n < RULES.both.limit + 2; n++) results.push(await a.tries(address, name, `p${n}`))
    return results
  }
  t.same(await guess('nobody@guard.test', '192.0.2.8'), await guess('alice@guard.test', '192.0.2.9'))
  t.equal(a.count.hashed, 2 * RULES.both.limit)
  t.equal(await a.tries('192.0.2.8', ' NOBODY@Guard.test'.trim(), 'x'), 'banned', 'in any spelling')
})

t.test(
  'SCRAM: the proof is not looked at where it is closed, nor by exchanges that were begun before',
  async (t) => {
    const a = await startProcess(t)
    const channel = { plus: false, bindings: null }
    const exchange = async (password: string) => {
      const client = createScramClient({ name: 'bob@guard.test', password })
      const login = a.directory.scram(channel, a.from('192.0.2.10'))
      const first = await login.first(client.first)
      if (first.type !== 'challenge') throw new Error(first.error)
      return () => login.final(client.final(first.message))
    }
    const waiting = await exchange(PASSWORD)
    for (let n = 0; n < RULES.both.limit; n++) t.match(await (await exchange('wrong'))(), { type: 'failed' })
    await t.rejects(exchange(PASSWORD), { code: 'loginDeferred', why: 'banned' })
    await t.rejects(waiting(), { code: 'loginDeferred', why: 'banned' })
    t.equal(await a.tries('192.0.2.10', 'bob@guard.test', PASSWORD), 'banned', 'and with a password the same')
  },
)

t.test('who leaves is not hashed, and not counted', async (t) => {
  const a = await startProcess(t)
  const leaving = new AbortController()
  leaving.abort()
  const login = a.directory.authenticate(
    'bob@guard.test',
    'x',
    a.from('192.0.2.11', { signal: leaving.signal }),
  )
  await t.rejects(login, { code: 'loginDeferred' })
  t.equal(a.count.hashed, 0)
  t.match(a.guard.counts(), { guesses: 0, waiting: 0 })
})

t.test('one line for a failed login and one for a ban, with the name hashed or as it came', async (t) => {
  const [hashed, shown] = [await startProcess(t), await startProcess(t, { names: 'shown' })]
  for (const process of [hashed, shown]) {
    const address = process === hashed ? '192.0.2.12' : '192.0.2.13'
    for (let n = 0; n < RULES.both.limit + 3; n++)
      await process.tries(address, 'Bob@guard.test', `x${address}${n}`)
    const name = process === hashed ? /^#[0-9a-f]{16}$/ : 'Bob@guard.test'
    const failed = process.lines.filter(({ message }) => message === 'a login failed')
    t.equal(failed.length, RULES.both.limit)
    for (const { level, fields } of failed)
      t.match({ level, ...fields }, { level: 'info', address, protocol: 'imap', name })
    const bans = process.lines.filter(({ level }) => level === 'warn')
    t.match(bans, [
      {
        fields: { address, protocol: 'imap', scope: 'both', name, bans: 1, seconds: 60 },
        message: 'an address is banned: too many wrong passwords',
      },
    ])
    t.equal(bans.length, 1)
    t.notOk(JSON.stringify(process.lines).includes('x192'), 'no password')
  }
  t.match(hashed.guard.counts(), { guesses: RULES.both.limit, bans: { both: 1 }, deferred: { banned: 3 } })
})

t.test('the list names who is there, and clearing ends a ban in every process at once', async (t) => {
  const [a, b] = [await startProcess(t), await startProcess(t)]
  await spray(a, '192.0.2.14', RULES.address.limit)
  for (let n = 0; n < RULES.both.limit; n++) await a.tries('192.0.2.15', 'bob@guard.test', `y${n}`)
  await a.guard.flush()
  const listed = await b.guard.list()
  t.match(
    listed.find(({ scope }) => scope === 'address'),
    { address: '192.0.2.14', name: null, bannedUntil: Date, bans: 1 },
  )
  t.match(
    listed.find(({ scope, address }) => scope === 'both' && address === '192.0.2.15'),
    { name: 'bob@guard.test', nameHash: /^#/, bannedUntil: Date },
  )
  t.match(
    listed.find(({ scope, name }) => scope === 'account' && name === null),
    { nameHash: /^#[0-9a-f]{16}$/ },
  )
  for (const [what, address] of [
    [{ address: '192.0.2.14' }, '192.0.2.14'],
    [{ name: 'BOB@guard.test' }, '192.0.2.15'],
  ] as const) {
    t.equal(await a.tries(address, 'bob@guard.test', PASSWORD), 'banned')
    t.ok((await b.guard.clear(what)) > 0)
    await a.wordOf('clear')
    t.equal(await a.tries(address, 'bob@guard.test', PASSWORD), 'right')
  }
  t.ok((await b.guard.clear('all')) > 0)
  t.same((await b.guard.list()).length, 0)
})

t.test('a thousand guesses are a few statements', async (t) => {
  const a = await startProcess(t)
  const before = await sql<{ calls: number }[]>`select count(*)::int as calls from login_guess`
  for (let n = 0; n < 200; n++) {
    const passage = await a.guard.begin(`n${n}@x.test`, a.from(`203.0.113.${n}`))
    await passage.failed(`guess ${n}`)
  }
  t.equal(before[0]!.calls, 0)
  await a.guard.flush()
  const [after] = await sql<{ rows: number; guesses: number }[]>`
    select (select count(*)::int from login_guard) as rows, (select count(*)::int from login_guess) as guesses`
  t.same(after, { rows: 600, guesses: 200 })
})

t.test('of a thousand guesses at once, those that wait or are put off cost no statement', async (t) => {
  const a = await startProcess(t)
  const leaving = new AbortController()
  const guesses = Array.from({ length: 1_000 }, (_, n) =>
    a.directory.authenticate(
      `n${n}@x.test`,
      `${n}`,
      a.from(`203.0.113.${n % 50}`, { signal: leaving.signal }),
    ),
  )
  const over = Promise.allSettled(guesses)
  while (a.guard.counts().deferred.busy < 490) await new Promise(setImmediate)
  t.equal(await a.tries('198.51.100.1', 'bob@guard.test', PASSWORD), 'right', 'meanwhile')
  leaving.abort()
  await over
  t.ok(a.count.statements <= 2 * a.count.hashed + 10, `${a.count.statements} for ${a.count.hashed} judged`)
  t.ok(a.count.hashed < 100)
})

t.test('names are looked up for proofs a few at a time', async (t) => {
  const a = await startProcess(t)
  const before = a.count.statements
  const { first } = createScramClient({ name: 'bob@guard.test', password: PASSWORD })
  const logins = Array.from({ length: 40 }, (_, n) =>
    a.directory.scram({ plus: false, bindings: null }, a.from(`203.0.113.${n}`)).first(first),
  )
  while (a.count.statements === before || a.guard.counts().waiting === 0) await new Promise(setImmediate)
  t.ok(a.count.statements - before <= 10, 'the others wait')
  for (const { type } of await Promise.all(logins)) t.equal(type, 'challenge')
})

t.test('housekeeping takes away what counts no more', async (t) => {
  const old = await startProcess(t, { now: () => Date.now() - 2 * 86_400_000 })
  await old.tries('192.0.2.16', 'bob@guard.test', 'z')
  await old.tries('192.0.2.16', 'alice@guard.test', PASSWORD)
  await old.guard.flush()
  const now = await startProcess(t)
  await now.tries('192.0.2.17', 'bob@guard.test', 'z2')
  await now.guard.flush()
  await now.guard.reap()
  const rows = await sql<
    { network: string }[]
  >`select network from login_guard where network <> '' order by network`
  t.same([...new Set(rows.map(({ network }) => network))], ['192.0.2.16', '192.0.2.17'], 'who is known stays')
  const [guesses] = await sql<{ count: number }[]>`select count(*)::int as count from login_guess`
  t.equal(guesses!.count, 1)
})
