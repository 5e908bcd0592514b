import { once } from 'node:events'
import t from 'tap'
import { type Account, type Mailstore, MailstoreError, type Marks } from '../../src/index.js'
import { violations } from '../support/invariants.js'
import { mailboxIds } from '../support/store.js'
import { isLong, rounds, startCluster } from './cluster.js'
import { emailsBySubject, fileSubject } from './filing.js'

const WRITERS = 6

/** What the writers of one account were told. */
class Told {
  readonly acknowledged = new Map<string, { id: number; uid: number }>()
  readonly refused = new Set<string>()
  readonly inDoubt = new Set<string>()
  readonly strange: unknown[] = []
}

/** Files messages, flags and moves them until stopped; each subject is told to `told`. */
async function write(account: Account, name: string, told: Told, stopped: () => boolean): Promise<number> {
  const mailboxes = await mailboxIds(account)
  const inbox = mailboxes.INBOX!
  let lastUid = 0
  let lastMark = 0
  for (let n = 0; !stopped(); n++) {
    const subject = `${name} ${n}`
    try {
      const { id, uids } = await fileSubject(account, inbox, subject)
      const uid = uids.get(inbox)!
      told.acknowledged.set(subject, { id, uid })
      if (uid <= lastUid) told.strange.push(`UID ${uid} after ${lastUid}`)
      lastUid = uid
      await account.store(inbox, [uid], { mode: 'add', keywords: ['$seen'], deleted: false })
      if (n % 3 === 0) await account.move(inbox, [uid], mailboxes.Archive!)
      const { email } = await account.read(async (r) => r.marks)
      if (email < lastMark) told.strange.push(`the state went from ${lastMark} to ${email}`)
      lastMark = email
      await account.view(inbox)
    } catch (error) {
      if (!(error instanceof MailstoreError) || error.code !== 'unavailable') told.strange.push(error)
      else if (!told.acknowledged.has(subject)) {
        if (error.outcome === 'none') told.refused.add(subject)
        else told.inDoubt.add(subject)
      }
    }
  }
  return lastUid
}

async function untilPing(mailstore: Mailstore): Promise<void> {
  for (;;) {
    try {
      return await mailstore.ping()
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

t.test(
  'Postgres is killed and started again under load: nothing acknowledged is lost or doubled',
  async (t) => {
    const cluster = await startCluster(t)
    const mailstore = await cluster.open({ poolSize: 4 })
    const listener = await cluster.open()
    const names = ['alice@example.org', 'bob@example.org']
    const accounts = await Promise.all(
      names.map(async (name) => (await mailstore.directory.createAccount(name, 'correct horse')).accountId),
    )
    const told = accounts.map(() => new Told())
    const heard: Marks[][] = accounts.map(() => [])
    for (const [i, id] of accounts.entries()) {
      listener.account(id).subscribe(new Set(['email']), (marks) => heard[i]!.push(marks))
    }
    const kills = rounds(2, 15)
    for (let round = 0; round < kills; round++) {
      let isStopped = false
      const before = told.map((each) => each.acknowledged.size)
      const highest = told.map((each) =>
        Math.max(0, ...[...each.acknowledged.values()].map(({ uid }) => uid)),
      )
      const writers = accounts.flatMap((id, i) =>
        Array.from({ length: WRITERS }, (_, w) =>
          write(mailstore.account(id), `${round} ${w}`, told[i]!, () => isStopped),
        ),
      )
      const progress = async (count: number) => {
        const from = told.map((each) => each.acknowledged.size)
        while (told.some((each, i) => each.acknowledged.size < from[i]! + count))
          await new Promise((resolve) => setTimeout(resolve, 5))
      }
      await progress(3 + Math.floor(Math.random() * 15))
      const housekeeping = mailstore.housekeeping.run().catch(() => null)
      await cluster.kill()
      await cluster.restart()
      await untilPing(mailstore)
      const after = Date.now()
      await progress(5)
      t.comment(`writing again after ${Date.now() - after} ms`)
      isStopped = true
      await Promise.all(writers)
      await housekeeping
      for (const [i, id] of accounts.entries()) {
        const { acknowledged, refused, inDoubt, strange } = told[i]!
        t.same(strange, [])
        t.ok(acknowledged.size > before[i]!)
        const found = await emailsBySubject(mailstore.account(id))
        t.same(
          [...found].filter(([, ids]) => ids.length > 1),
          [],
          'nothing is doubled',
        )
        t.same(
          [...acknowledged].filter(([subject, { id }]) => found.get(subject)?.[0] !== id),
          [],
          'nothing is lost',
        )
        t.same(
          [...refused].filter((subject) => found.has(subject)),
          [],
          'outcome none is true',
        )
        const unasked = [...found.keys()].filter(
          (subject) => !acknowledged.has(subject) && !inDoubt.has(subject),
        )
        t.same(unasked, [])
        const uids = [...acknowledged.values()].map(({ uid }) => uid)
        t.equal(new Set(uids).size, uids.length, 'no UID is given twice')
        const fresh = uids.slice(before[i]!)
        t.ok(Math.min(...fresh) > highest[i]!, 'UIDs ascend over the kill')
      }
    }
    for (const [i, id] of accounts.entries()) {
      const { email } = await mailstore.account(id).read(async (r) => r.marks)
      while ((heard[i]!.at(-1)?.email ?? 0) < email) await new Promise((resolve) => setTimeout(resolve, 20))
      const marks = heard[i]!.map((each) => each.email)
      t.same(
        marks,
        [...marks].sort((a, b) => a - b),
        'announcements catch up, and never go back',
      )
    }
    t.same(await violations(cluster.url), [])
    const sum = told.map(({ acknowledged, refused, inDoubt }) => [
      acknowledged.size,
      refused.size,
      inDoubt.size,
    ])
    t.comment(`${kills} kills; acknowledged, refused, in doubt: ${JSON.stringify(sum)}`)
  },
)

t.test('a store closes while its database is away', async (t) => {
  const cluster = await startCluster(t)
  const mailstore = await cluster.open()
  mailstore.account(1).subscribe(new Set(['email']), () => {})
  await cluster.kill()
  await t.rejects(mailstore.ping(), { code: 'unavailable' })
  await mailstore.close()
  await cluster.restart()
})

t.test('LISTEN is lost: what was committed meanwhile is heard of once it is back', async (t) => {
  const cluster = await startCluster(t)
  const [writer, listener] = [await cluster.open(), await cluster.open()]
  const { accountId } = await writer.directory.createAccount('alice@example.org', 'correct horse')
  const inbox = (await mailboxIds(writer.account(accountId))).INBOX!
  const bell = new EventTarget()
  let last = 0
  listener.account(accountId).subscribe(new Set(['email']), ({ email }) => {
    last = email
    bell.dispatchEvent(new Event('heard'))
  })
  const { connect } = await import('../../src/db/connect.js')
  const sql = connect(cluster.url, { max: 1 })
  t.teardown(() => sql.end())
  for (let round = 0; round < rounds(3, 100); round++) {
    await sql`select pg_terminate_backend(pid) from pg_stat_activity where query ilike 'listen%' and pid <> pg_backend_pid()`
    await fileSubject(writer.account(accountId), inbox, `message ${round}`)
    const { email } = await writer.account(accountId).read(async (r) => r.marks)
    while (last < email) await once(bell as never, 'heard')
  }
  t.ok(last > 0)
  if (isLong) t.comment('100 losses of LISTEN')
})
