import fc from 'fast-check'
import t from 'tap'
import { connect } from '../../src/db/connect.js'
import { type Account, MailstoreError, openMailstore } from '../../src/index.js'
import { violations } from '../support/invariants.js'
import { file, mailboxIds, openTestStore } from '../support/store.js'
import { rounds } from './cluster.js'

const WRITERS = 50

const median = (values: number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0

/** Milliseconds of one write and one read. */
async function once(account: Account, inbox: number): Promise<number> {
  const began = performance.now()
  await file(account, inbox, { subject: 'meanwhile' })
  await account.view(inbox)
  return performance.now() - began
}

t.test('50 writers of one account: none starves, nothing deadlocks, other accounts go on', async (t) => {
  const { url, principal } = await openTestStore(t)
  // Fewer connections than writers, and than statements of one writer.
  const mailstore = await openMailstore({ url, poolSize: 4 })
  t.teardown(() => mailstore.close())
  const busy = mailstore.account(principal.accountId)
  const boxes = await mailboxIds(busy)
  const places = [boxes.INBOX!, boxes.Archive!, boxes.Trash!]
  const other = mailstore.account(
    (await mailstore.directory.createAccount('bob@example.org', 'correct horse')).accountId,
  )
  const inbox = (await mailboxIds(other)).INBOX!
  const idle: number[] = []
  for (let n = 0; n < 15; n++) idle.push(await once(other, inbox))

  const until = performance.now() + rounds(3_000, 60_000)
  const isOver = () => performance.now() > until
  const pick = <T>(list: ArrayLike<T>) => list[Math.floor(Math.random() * list.length)]!
  const uidsOf = new Map<number, number[]>(places.map((id) => [id, []]))
  const write = async (): Promise<number> => {
    let done = 0
    for (; done === 0 || !isOver(); done++) {
      const place = pick(places)
      const known = uidsOf.get(place)!
      const kind = Math.random()
      if (kind < 0.5 || known.length === 0) {
        known.push((await file(busy, place, { subject: `${done}` })).uid)
      } else if (kind < 0.75) {
        const change = { mode: pick(['add', 'remove'] as const), keywords: ['$seen'], deleted: false }
        await busy.store(place, [pick(known), pick(known)], change)
      } else {
        const target = pick(places)
        const { to } = await busy.move(place, [pick(known)], target)
        uidsOf.get(target)!.push(...to)
      }
    }
    return done
  }
  const writing = Promise.all(Array.from({ length: WRITERS }, write))
  const meanwhile: number[] = []
  do meanwhile.push(await once(other, inbox))
  while (!isOver())
  const done = await writing

  t.ok(Math.min(...done) > 0, 'no writer starved')
  t.ok(meanwhile.length > 0, 'the other account was served')
  const sum = done.reduce((a, b) => a + b)
  t.comment(`${sum} writes, ${Math.min(...done)} to ${Math.max(...done)} each, median ${median(done)}`)
  const ratio = (median(meanwhile) / median(idle)).toFixed(1)
  t.comment(
    `another account: ${median(idle).toFixed(1)} ms idle, ${median(meanwhile).toFixed(1)} ms then: ${ratio} x`,
  )
  for (const uids of uidsOf.values()) t.equal(new Set(uids).size, uids.length, 'no UID is given twice')
  const sql = connect(url, { max: 1 })
  t.teardown(() => sql.end())
  const [row] = await sql<{ deadlocks: number }[]>`
    select deadlocks from pg_stat_database where datname = current_database()`
  t.equal(row!.deadlocks, 0)
  t.same(await violations(url), [])
})

t.test('a quota is never exceeded, however many write at once, and room comes back', async (t) => {
  const { url, mailstore } = await openTestStore(t)
  // A second process, which does not wait in the first one's queue.
  const second = await openMailstore({ url })
  t.teardown(() => second.close())
  const sql = connect(url, { max: 1 })
  t.teardown(() => sql.end())
  let runs = 0
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 5_000 }),
      fc.array(fc.integer({ min: 0, max: 1_500 }), { minLength: 2, maxLength: 12 }),
      async (quotaBytes, lengths) => {
        const name = `quota${runs++}@example.org`
        const { accountId } = await mailstore.directory.createAccount(name, 'correct horse', { quotaBytes })
        const accounts = [mailstore.account(accountId), second.account(accountId)]
        const inbox = (await mailboxIds(accounts[0]!)).INBOX!
        const texts = lengths.map((length, i) => `${i}${'x'.repeat(length)}`)
        const results = await Promise.allSettled(
          texts.map((text, i) => file(accounts[i % 2]!, inbox, { text })),
        )
        for (const result of results) {
          if (result.status === 'fulfilled') continue
          const { reason } = result
          if (!(reason instanceof MailstoreError) || reason.code !== 'overQuota') throw reason
        }
        const used = async () => {
          const [row] = await sql<{ used: number }[]>`
            select used_bytes as used from account where account_id = ${accountId}`
          return row!.used
        }
        if ((await used()) > quotaBytes) throw new Error('over quota')
        const view = await accounts[0]!.view(inbox)
        if (view.count !== results.filter(({ status }) => status === 'fulfilled').length)
          throw new Error('what is there is not what was acknowledged')
        await accounts[1]!.expunge(inbox, [...view.uids], { onlyDeleted: false })
        if ((await used()) !== 0) throw new Error('room did not come back')
        // What fitted alone before fits again.
        const fitted = results.findIndex(({ status }) => status === 'fulfilled')
        if (fitted >= 0) await file(accounts[0]!, inbox, { text: texts[fitted]! })
      },
    ),
    { numRuns: rounds(8, 200) },
  )
  t.same(await violations(url), [])
})

// A full disk is not tried: there is no safe way to fill one here; Postgres then answers with an error of class 53.
