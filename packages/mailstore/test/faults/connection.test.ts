import t from 'tap'
import { connect } from '../../src/db/connect.js'
import { MailstoreError, migrate, openMailstore } from '../../src/index.js'
import { createTestDatabase, type Test } from '../../src/testing.js'
import { violations } from '../support/invariants.js'
import { mailboxIds } from '../support/store.js'
import { rounds } from './cluster.js'
import { emailsBySubject, fileSubject } from './filing.js'
import { type Fate, startProxy } from './proxy.js'

/** A store behind a proxy, with the account alice. */
async function open(t: Test, poolSize = 4) {
  const { url } = await createTestDatabase(t)
  const proxy = await startProxy(t, url)
  const mailstore = await openMailstore({ url: proxy.url, poolSize })
  t.teardown(() => mailstore.close())
  const principal = await mailstore.directory.createAccount('alice@example.org', 'correct horse')
  const account = mailstore.account(principal.accountId)
  const mailboxes = await mailboxIds(account)
  return { url, proxy, mailstore, principal, account, mailboxes, inbox: mailboxes.INBOX! }
}

/** Longer than any way to the answer takes on a slow machine. */
const HANG_MS = 15_000

async function outcomeOf(work: Promise<unknown>): Promise<'done' | 'none' | 'unknown' | 'hang'> {
  let timer: NodeJS.Timeout | undefined
  const hang = new Promise<'hang'>((resolve) => {
    timer = setTimeout(resolve, HANG_MS, 'hang')
  })
  try {
    return await Promise.race([work.then(() => 'done' as const), hang])
  } catch (error) {
    if (error instanceof MailstoreError && error.code === 'unavailable' && error.outcome) return error.outcome
    throw error
  } finally {
    clearTimeout(timer)
  }
}

/** After the last statement COMMIT by its name: how many come before it differs, when ids are fetched for one. */
const AT_COMMIT = 1_000_000
const END = AT_COMMIT + 1

/** Loses the connection at the `n`th statement from now on; what it was, once it came. */
function loseAt(proxy: Awaited<ReturnType<typeof open>>['proxy'], n: number, fate: Fate) {
  const hit: { statement: string | null } = { statement: null }
  let count = 0
  proxy.judge = (statement) => {
    const isDue = n === AT_COMMIT ? statement === 'commit' && hit.statement === null : count++ === n
    if (!isDue) return 'pass'
    hit.statement = statement
    return fate
  }
  return hit
}

t.test(
  'a write survives the loss of its connection at every statement, and says what it knows',
  async (t) => {
    const { url, proxy, account, inbox, mailboxes } = await open(t)
    const uids: number[] = []
    const told = { done: 0, none: 0, unknown: 0, hang: 0 }
    const acknowledged = new Map<string, number>()
    let isCommitLost = 0
    for (let round = 0; round < rounds(1, 10); round++) {
      for (const fate of ['cut', 'swallow'] as const) {
        for (let n = 0; n !== END; ) {
          proxy.resets = (n + round) % 2 === 1
          const subject = `${round} ${fate} ${n}`
          const hit = loseAt(proxy, n, fate)
          let filed: Awaited<ReturnType<typeof fileSubject>> | null = null
          const outcome = await outcomeOf(
            fileSubject(account, inbox, subject).then((it) => {
              filed = it
            }),
          )
          proxy.judge = () => 'pass'
          told[outcome]++
          const isCommit = hit.statement === 'commit'
          const found = (await emailsBySubject(account)).get(subject) ?? []
          const expected = outcome === 'done' || (isCommit && fate === 'swallow') ? 1 : 0
          if (found.length !== expected)
            t.fail(`${subject}: ${outcome}, ${found.length} found, at ${hit.statement}`)
          if (isCommit) {
            isCommitLost++
            t.equal(outcome, 'unknown', `${fate} of COMMIT`)
          }
          // Whoever was not told that it is there files it, unless a look says that it is.
          if (found.length === 0) filed = await fileSubject(account, inbox, subject)
          if (filed) {
            uids.push(filed.uids.get(inbox)!)
            acknowledged.set(subject, filed.id)
          }
          n = n === AT_COMMIT ? END : hit.statement === null ? AT_COMMIT : n + 1
        }
      }
    }
    t.comment(JSON.stringify(told))
    t.ok(isCommitLost >= 2 * rounds(1, 10), 'COMMIT was lost both ways')
    const found = await emailsBySubject(account)
    t.ok(
      [...found.values()].every((ids) => ids.length === 1),
      'each exactly once',
    )
    t.ok(
      [...acknowledged].every(([subject, id]) => found.get(subject)?.[0] === id),
      'all that was acknowledged',
    )
    t.same(
      uids,
      [...uids].sort((a, b) => a - b),
      'UIDs ascend',
    )
    const view = await account.view(inbox)
    await account.move(inbox, [...view.uids], mailboxes.Archive!)
    t.same(await violations(url), [])
  },
)

t.test('flags, moves and expunges that are repeated after a loss are done once', async (t) => {
  const { url, proxy, account, inbox, mailboxes } = await open(t)
  const archive = mailboxes.Archive!
  const repeat = async (work: () => Promise<unknown>) => {
    while ((await outcomeOf(work())) !== 'done') proxy.judge = () => 'pass'
    proxy.judge = () => 'pass'
  }
  for (const fate of ['cut', 'swallow'] as const) {
    for (let n = 0, isHit = true; isHit; n += rounds(5, 1)) {
      const { id, uids } = await fileSubject(account, inbox, `${fate} ${n}`)
      const uid = uids.get(inbox)!
      const hits = [loseAt(proxy, n, fate)]
      await repeat(() => account.store(inbox, [uid], { mode: 'add', keywords: ['$seen'], deleted: false }))
      hits.push(loseAt(proxy, n, fate))
      await repeat(() => account.move(inbox, [uid], archive))
      const moved = (await account.view(archive)).uids.at(-1)!
      if (n % 2 === 1) hits.push(loseAt(proxy, n, fate))
      if (n % 2 === 1) await repeat(() => account.expunge(archive, [moved], { onlyDeleted: false }))
      isHit = hits.some((hit) => hit.statement !== null)
      const [email] = await account.read((r) => r.email.get([id]))
      t.same([email!.keywords, email!.mailboxIds], [['$seen'], n % 2 === 1 ? [] : [archive]])
    }
  }
  t.equal((await account.view(inbox)).count, 0)
  t.same(await violations(url), [])
})

t.test('every path ends in `unavailable` while the database is away, and works again after', async (t) => {
  const { url, proxy, mailstore, principal, account, inbox } = await open(t)
  const bytes = Buffer.from('some bytes')
  const { digest } = await account.blobs.put(bytes)
  const large = Buffer.alloc(600_000, 1)
  const held = (await account.blobs.open((await account.blobs.put(large)).digest))!
  const { uids } = await fileSubject(account, inbox, 'first')
  const uid = uids.get(inbox)!
  await account.view(inbox)
  const paths: Record<string, () => Promise<unknown>> = {
    read: () => account.read(async () => {}),
    transact: () => account.transact(async () => {}),
    view: () => account.view(inbox),
    ingest: () => fileSubject(account, inbox, 'away'),
    store: () => account.store(inbox, [uid], { mode: 'add', keywords: ['$flagged'], deleted: false }),
    'blobs.put of bytes': () => account.blobs.put(Buffer.from('other bytes')),
    'blobs.put of a stream': () =>
      account.blobs.put(
        (async function* () {
          yield Buffer.from('streamed')
        })(),
      ),
    'blobs.open': () => account.blobs.open(digest),
    'blob.read': () => held.read(),
    'uploads.add': () => account.uploads.add(principal.id, digest, 'text/plain'),
    'uploads.canSee': () => account.uploads.canSee(principal.id, digest),
    housekeeping: () => mailstore.housekeeping.run(),
    ping: () => mailstore.ping(),
    'jobs.claim': () => mailstore.jobs.claim({ limit: 1, leaseMs: 1_000 }),
    'directory.resolve': () => mailstore.directory.resolve('alice@example.org'),
    'directory.oldest': () => mailstore.directory.oldest(),
    'directory.find': () => mailstore.directory.find('alice@example.org'),
  }
  const failsAt = { connecting: true, statement: false }
  for (const [when, isClosing] of Object.entries(failsAt)) {
    for (const resets of [false, true]) {
      proxy.resets = resets
      proxy.isClosing = isClosing
      if (isClosing) proxy.cutAll()
      else proxy.judge = () => 'cut'
      const results = await Promise.all(
        Object.entries(paths).flatMap(([name, path]) =>
          // More at once than the pool has connections: those that wait end, too.
          [1, 2, 3].map(async () => [name, await outcomeOf(path())] as const),
        ),
      )
      t.same(
        results.filter(([, outcome]) => outcome !== 'none' && outcome !== 'unknown'),
        [],
        `${when}${resets ? ', reset' : ''}`,
      )
      proxy.isClosing = false
      proxy.judge = () => 'pass'
      for (const [name, path] of Object.entries(paths)) {
        t.equal(await outcomeOf(path()), 'done', `${name} works again`)
      }
    }
  }
  t.same(await violations(url), [])
})

t.test('a transaction whose connection is lost cannot reach the one that comes after it', async (t) => {
  const { url } = await createTestDatabase(t)
  const [sql, admin] = [connect(url, { max: 1 }), connect(url, { max: 1 })]
  t.teardown(() => Promise.all([sql.end(), admin.end()]))
  await admin`create table note (text text)`
  for (const ending of ['statement', 'error', 'value'] as const) {
    let resume = () => {}
    const later = new Promise<void>((resolve) => {
      resume = resolve
    })
    let didResume: Promise<unknown> = Promise.resolve()
    const lost = sql.begin(async (tx) => {
      const [row] = await tx<{ pid: number }[]>`select pg_backend_pid() as pid`
      await admin`select pg_terminate_backend(${row!.pid})`
      await later
      if (ending === 'error') throw new Error('the work failed')
      if (ending === 'value') return
      didResume = tx`insert into note values ('lost')`.then(
        () => t.fail('a lost transaction asked'),
        () => {},
      )
      await didResume
    })
    await t.rejects(lost, { code: 'CONNECTION_CLOSED' })
    const next = sql.begin(async (tx) => {
      await tx`insert into note values ('next')`
      resume()
      await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
      await tx`insert into note values ('next, too')`
      throw new Error('roll back')
    })
    await t.rejects(next, { message: 'roll back' })
    t.same([...(await admin`select text from note`)], [], ending)
  }
})

t.test('the account goes on while the work of a lost transaction still runs', async (t) => {
  const { url, proxy, account, inbox } = await open(t)
  let resume = () => {}
  const later = new Promise<void>((resolve) => {
    resume = resolve
  })
  let after: unknown
  let isOver: Promise<void> | undefined
  const lost = account.transact((tx) => {
    const work = async () => {
      await tx.mailbox.create({ name: 'Lost', parentId: null })
      proxy.cutAll()
      await later
      await tx.mailbox.create({ name: 'Too late', parentId: null })
    }
    isOver = work().catch((error: unknown) => {
      after = error
      throw error
    }) as Promise<void>
    return isOver
  })
  t.equal(await outcomeOf(lost), 'none')
  t.equal(await outcomeOf(fileSubject(account, inbox, 'next')), 'done')
  resume()
  await t.rejects(isOver!)
  t.ok(after instanceof Error, 'its next statement is refused')
  t.same(
    Object.keys(await mailboxIds(account)).filter((path) => /Lost|late/.test(path)),
    [],
  )
  t.same(await violations(url), [])
})

t.test('what a reader of a stream fails with is its own, and the blob is taken back', async (t) => {
  const { account, url } = await open(t)
  const failing = async function* () {
    yield Buffer.alloc(300_000)
    throw Object.assign(new Error('the client went away'), { code: 'ECONNRESET' })
  }
  await t.rejects(account.blobs.put(failing()), { code: 'ECONNRESET' })
  const sql = connect(url, { max: 1 })
  t.teardown(() => sql.end())
  t.same([...(await sql`select * from blob`)], [])
})

t.test('a blob whose naming was committed stays, although the answer was lost', async (t) => {
  const { account, proxy, url } = await open(t)
  const bytes = Buffer.from('named')
  const direct = await openMailstore({ url })
  t.teardown(() => direct.close())
  proxy.judge = (statement) => (statement.startsWith('update blob set digest') ? 'swallow' : 'pass')
  t.equal(await outcomeOf(account.blobs.put(bytes)), 'unknown')
  proxy.judge = () => 'pass'
  const { digest } = await direct.account(account.id).blobs.put(bytes)
  t.ok(await direct.account(account.id).blobs.open(digest))
  const sql = connect(url, { max: 1 })
  t.teardown(() => sql.end())
  t.equal((await sql`select from blob where digest is not null`).length, 1)
})

t.test(
  'a connection lost at its first statement, and a database that recovers then, fail queries alone',
  async (t) => {
    const { url } = await createTestDatabase(t)
    const proxy = await startProxy(t, url)
    for (const resets of [true, false]) {
      proxy.resets = resets
      for (const fate of ['cut', 'swallow'] as const) {
        proxy.judge = () => {
          proxy.judge = () => 'pass'
          proxy.refusals = 3
          return fate
        }
        const sql = connect(proxy.url, { max: 1 })
        const codes: string[] = []
        const ask = () => sql`select ${[1, 2]}::bigint[] as n`.catch(({ code }) => void codes.push(code))
        for (let rows = await ask(); ; rows = await ask()) {
          if (!rows) continue
          // A rejection that nobody hears would have ended the process.
          t.strictSame([...rows], [{ n: [1, 2] }], `${fate}${resets ? ', reset' : ''}`)
          break
        }
        t.ok(codes.length > 0 && codes.includes('57P03'), codes.join())
        await sql.end()
      }
    }
  },
)

t.test('migrate waits for no database that is not there', async (t) => {
  const { url } = await createTestDatabase(t)
  const proxy = await startProxy(t, url)
  proxy.isClosing = true
  await t.rejects(migrate({ url: proxy.url }), { code: 'unavailable' })
  await t.rejects(openMailstore({ url: proxy.url }), { code: 'unavailable' })
})
