import t from 'tap'
import { connect } from '../../src/db/connect.js'
import { type Account, type EmailFilter, openMailstore } from '../../src/index.js'
import { countingWire, createRandom } from '../../src/testing.js'
import { fillMailbox } from '../support/bulk.js'
import { ask, fileBytes } from '../support/queries.js'
import { openTestStore } from '../support/store.js'

const KEYWORDS = ['$seen', '$Flagged', 'work', 'WORK', '$label:red', 'unknown', 'constructor']

const counted = async (account: Account, filter: EmailFilter | null) =>
  (await ask(account, { filter, limit: 0 })).total

/** What the general statement finds; the second condition says nothing new, but no tally knows it. */
const found = async (account: Account, filter: EmailFilter | null) =>
  (await ask(account, { filter: { operator: 'AND', conditions: [filter ?? {}, { minSize: 0 }] } })).ids.length

t.test('a count without ids is the number of ids, whatever changed before', async (t) => {
  const { account, mailboxes, url } = await openTestStore(t)
  const sql = connect(url, { max: 1 })
  t.teardown(() => sql.end())
  // It hears of the changes of the first by the database alone.
  const other = await openMailstore({ url })
  t.teardown(() => other.close())
  const places = [mailboxes.INBOX!, mailboxes.Archive!, mailboxes.Trash!]
  const random = createRandom(8621)
  const condition = (): EmailFilter =>
    random.pick<() => EmailFilter>([
      () => ({ hasKeyword: random.pick(KEYWORDS) }),
      () => ({ notKeyword: random.pick(KEYWORDS) }),
      () => ({ inMailbox: random.pick([...places, 1]) }),
      () => ({ inMailbox: random.pick(places), hasKeyword: random.pick(KEYWORDS) }),
      () => ({ inMailboxOtherThan: random.chance(0.2) ? [] : [random.pick(places), random.pick(places)] }),
      () => ({}),
    ])()
  const filter = (depth: number): EmailFilter =>
    depth === 0 || random.chance(0.4)
      ? condition()
      : {
          operator: random.pick(['AND', 'OR', 'NOT']),
          conditions: Array.from({ length: random.below(4) }, () => filter(depth - 1)),
        }

  const ids: number[] = []
  const steps: (() => Promise<unknown>)[] = [
    async () => {
      const keywords = [...new Set([random.pick(KEYWORDS).toLowerCase(), 'work'])]
      const into = random.chance(0.3) ? places : random.pick(places)
      ids.push(
        await fileBytes(account, into, `Subject: ${ids.length}\n\nx`, {
          keywords: keywords.slice(random.below(2)),
        }),
      )
    },
    async () => {
      const mode = random.pick(['add', 'remove'] as const)
      const keywords = [random.pick(KEYWORDS)]
      const { uids } = await account.view(places[0]!)
      await account.store(places[0]!, [...uids].slice(0, 3), { mode, keywords, deleted: random.chance(0.3) })
    },
    async () => {
      const { uids } = await account.view(places[1]!)
      await account.move(places[1]!, [...uids].slice(0, 1), places[2]!)
    },
    async () => {
      const { uids } = await account.view(places[2]!)
      await account.expunge(places[2]!, [...uids].slice(0, 1), { onlyDeleted: false })
    },
    // Twice in one mailbox is one email.
    async () => {
      const { uids } = await account.view(places[0]!)
      await account.transact((tx) => tx.membership.copy(places[0]!, [...uids].slice(-1), places[0]!))
    },
  ]
  for (let i = 0; i < 8; i++) await steps[0]!()
  for (let round = 0; round < 40; round++) {
    await random.pick(steps)()
    // Behind the horizon, changes are known no more.
    if (random.chance(0.2)) await sql`update account set horizon_modseq = modseq`
    // Sometimes it has several changes to catch up with.
    if (random.chance(0.3)) continue
    const asked = random.chance(0.1) ? null : filter(2)
    const expected = await found(account, asked)
    for (const each of [account, other.account(account.id)])
      t.equal(await counted(each, asked), expected, JSON.stringify(asked))
  }
})

t.test('a keyword that every object has by inheritance is a keyword like others', async (t) => {
  const { account, mailboxes } = await openTestStore(t)
  const id = await fileBytes(account, mailboxes.INBOX!, 'Subject: s\n\nx', { keywords: ['constructor'] })
  await fileBytes(account, mailboxes.INBOX!, 'Subject: t\n\nx')
  t.strictSame((await ask(account, { filter: { hasKeyword: 'constructor' } })).ids, [id])
  t.equal(await counted(account, { hasKeyword: 'constructor' }), 1)
  const [email] = await account.read((r) => r.email.get([id]))
  t.strictSame(email!.keywords, ['constructor'])
})

t.test('counts that the tally does not know are counted by the database', async (t) => {
  const { account, mailboxes } = await openTestStore(t)
  for (const n of [1, 2, 3]) {
    const bytes = `Message-ID: <${n}@x>\nIn-Reply-To: <1@x>\nSubject: s\n\n${n}`
    await fileBytes(account, mailboxes.INBOX!, bytes, { keywords: n === 1 ? [] : ['red'] })
  }
  const total = async (query: Parameters<typeof ask>[1]) => (await ask(account, { limit: 0, ...query })).total
  t.equal(await total({ filter: { hasKeyword: 'red' }, collapseThreads: true }), 1)
  t.equal(await total({ filter: { someInThreadHaveKeyword: 'red' } }), 3)
  t.equal(await total({ filter: { subject: 's', hasKeyword: 'red' } }), 2)
  t.equal(await total({ filter: { hasKeyword: 'red' }, calculateTotal: false }), null)
  t.strictSame(
    await ask(account, { filter: { hasKeyword: 'red' }, limit: 0, position: -1, calculateTotal: false }),
    { ids: [], position: 1, total: null },
  )
})

t.test('of 20,000 emails, a count reads the account row, and after a change what changed', async (t) => {
  const { account: writer, mailboxes, url } = await openTestStore(t)
  const inbox = mailboxes.INBOX!
  await fillMailbox(url, writer.id, inbox, 20_000)
  const wire = await countingWire(t, url)
  const mailstore = await openMailstore({ url: wire.url, poolSize: 2 })
  t.teardown(() => mailstore.close())
  const account = mailstore.account(writer.id)
  const filters: EmailFilter[] = [
    { inMailbox: inbox, hasKeyword: '$flagged' },
    { hasKeyword: '$flagged' },
    { notKeyword: '$seen' },
    ...Array.from({ length: 11 }, (_, n) => ({ hasKeyword: `tag${n}` })),
  ]
  const all = async () => {
    const totals: (number | null)[] = []
    for (const filter of filters) totals.push(await counted(account, filter))
    return totals
  }
  const expected = [200, 200, 2_000, ...new Array(11).fill(0)]
  t.strictSame(await all(), expected)
  wire.take()
  t.strictSame(await all(), expected)
  const warm = wire.take()
  // BEGIN, the account row, COMMIT.
  t.equal(warm.statements, 14 * 3)
  t.equal(warm.rows, 14)

  await writer.store(inbox, [1, 2, 3], { mode: 'add', keywords: ['tag0'], deleted: false })
  t.strictSame(await all(), [200, 200, 2_000, 3, ...new Array(10).fill(0)])
  const changed = wire.take()
  t.ok(changed.statements <= 14 * 3 + 2, `${changed.statements} statements`)
  t.ok(changed.rows <= 14 + 4, `${changed.rows} rows`)
})
