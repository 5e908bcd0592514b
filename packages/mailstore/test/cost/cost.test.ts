// What the store's work costs, by counting: statements, rows and octets between it and Postgres, and the pages that
// Postgres looked at. Each is measured in a mailbox of 2,000 and one of 20,000 messages, and must not grow with it; and
// in one of 4,000, of an account that Postgres has no statistics of yet (ADR 14).
import t from 'tap'
import { connect } from '../../src/db/connect.js'
import { type Account, openMailstore } from '../../src/index.js'
import { countingWire, createTestDatabase, type Traffic } from '../../src/testing.js'
import { fill } from '../support/fill.js'
import { mailboxIds } from '../support/store.js'

const SMALL = 2_000
const LARGE = 20_000
const NEW = 4_000

/** One account under measurement. */
interface Subject {
  account: Account
  inbox: number
  archive: number
  /** Messages filed so far; numbers of messages are not used twice. */
  filed: number
  /** The latest UIDs of the INBOX. */
  uids: number[]
  since: number
}

interface Operation {
  name: string
  /** Runs uncounted before each measurement. */
  prepare?(s: Subject): Promise<unknown>
  run(s: Subject): Promise<unknown>
  most: { statements: number; rows: number; octets: number }
  /** False where the pages looked at may grow: why stands beside it. */
  pages?: false
}

const since = (position: number) => ({ position, floor: position })
const archived = async ({ account, archive }: Subject) => {
  const { uids, count } = await account.view(archive)
  return [...uids.subarray(Math.max(0, count - 1_000), count)]
}
const firstPage = (collapseThreads: boolean) => (s: Subject) =>
  s.account.read((r) =>
    r.email.query({
      filter: { inMailbox: s.inbox },
      sort: [{ property: 'receivedAt', isAscending: false }],
      collapseThreads,
      position: 0,
      limit: 50,
      calculateTotal: false,
    }),
  )
const flagHundred = async (s: Subject) => {
  s.since = (await s.account.read(async (r) => r.marks)).email
  await s.account.view(s.inbox)
  await s.account.transact((tx) =>
    tx.membership.store(s.inbox, s.uids.slice(0, 100), {
      mode: 'add',
      keywords: ['$answered'],
      deleted: false,
    }),
  )
}
const unflagHundred = (s: Subject) =>
  s.account.store(s.inbox, s.uids.slice(0, 100), { mode: 'remove', keywords: ['$answered'], deleted: false })

let archivedUids: number[] = []
let expunged: number[] = []
let doomed = 0

const OPERATIONS: Operation[] = [
  {
    name: 'file one message',
    run: (s) => file(s, 1),
    most: { statements: 17, rows: 20, octets: 6_000 },
  },
  {
    name: 'file 1,000 messages',
    run: (s) => file(s, 1_000),
    most: { statements: 17, rows: 6_050, octets: 1_800_000 },
  },
  {
    name: 'flag 1,000',
    run: (s) =>
      s.account.store(s.inbox, s.uids, { mode: 'add', keywords: ['$seen', 'work'], deleted: false }),
    most: { statements: 16, rows: 5_550, octets: 500_000 },
  },
  {
    name: 'flag 1,000 as they are',
    run: (s) =>
      s.account.store(s.inbox, s.uids, { mode: 'add', keywords: ['$seen', 'work'], deleted: false }),
    most: { statements: 6, rows: 1_010, octets: 150_000 },
  },
  {
    name: 'copy 1,000',
    run: (s) => s.account.transact((tx) => tx.membership.copy(s.inbox, s.uids, s.archive)),
    most: { statements: 17, rows: 6_050, octets: 450_000 },
  },
  {
    name: 'move 1,000',
    prepare: async (s) => {
      archivedUids = await archived(s)
    },
    run: (s) => s.account.move(s.archive, archivedUids, s.archive),
    most: { statements: 16, rows: 7_050, octets: 600_000 },
  },
  {
    name: 'expunge 1,000',
    prepare: async (s) => {
      archivedUids = await archived(s)
    },
    run: (s) => s.account.expunge(s.archive, archivedUids, { onlyDeleted: false }),
    most: { statements: 16, rows: 6_050, octets: 520_000 },
  },
  {
    name: 'undelete 1,000',
    prepare: async (s) => {
      const filed = await fill(s.account, s.inbox, 1_000, { from: s.filed })
      s.filed += 1_000
      const uids = filed.map((email) => email.uids.get(s.inbox)!)
      await s.account.expunge(s.inbox, uids, { onlyDeleted: false })
      expunged = filed.map((email) => email.id)
    },
    run: (s) => s.account.transact((tx) => tx.email.undelete(expunged, s.archive)),
    most: { statements: 19, rows: 8_050, octets: 2_000_000 },
  },
  {
    name: 'destroy a mailbox of 2,000',
    prepare: async (s) => {
      const path = `full ${s.filed}`
      doomed = (await s.account.transact((tx) => tx.mailbox.createPath(path))).id
      for (let half = 0; half < 2; half++) {
        await s.account.transact((tx) => tx.membership.copy(s.inbox, s.uids, doomed))
      }
    },
    run: (s) => s.account.destroyMailbox(doomed, { removeEmails: true }),
    most: { statements: 40, rows: 12_500, octets: 1_300_000 },
  },
  {
    name: 'Email/changes after 100 changes',
    prepare: flagHundred,
    run: (s) => s.account.read((r) => r.changes.email(since(s.since), 500)),
    most: { statements: 5, rows: 105, octets: 9_000 },
  },
  {
    name: 'a view refreshed after 100 changes',
    prepare: async (s) => {
      await unflagHundred(s)
      await flagHundred(s)
    },
    run: (s) => s.account.view(s.inbox),
    most: { statements: 7, rows: 110, octets: 15_000 },
  },
  {
    name: 'a view that is current',
    run: (s) => s.account.view(s.inbox),
    most: { statements: 1, rows: 1, octets: 250 },
  },
  {
    name: 'the counters of 200 mailboxes',
    run: (s) => s.account.read((r) => r.mailbox.list()),
    most: { statements: 4, rows: 205, octets: 35_000 },
  },
  {
    name: '500 summaries',
    run: async (s) => {
      const ids = [...(await s.account.view(s.inbox)).emailIds].slice(0, 500)
      await s.account.read((r) => r.email.get(ids))
    },
    most: { statements: 5, rows: 505, octets: 700_000 },
  },
  {
    name: 'the first page of a mailbox',
    run: firstPage(false),
    most: { statements: 4, rows: 55, octets: 4_000 },
  },
  {
    name: 'the first page of a mailbox, collapsed',
    run: firstPage(true),
    most: { statements: 4, rows: 55, octets: 4_000 },
  },
]

async function file(s: Subject, count: number): Promise<void> {
  const filed = await fill(s.account, s.inbox, count, { from: s.filed })
  s.filed += count
  if (count === 1_000) s.uids = filed.map((email) => email.uids.get(s.inbox)!)
}

t.test('no operation costs more in a larger mailbox', { timeout: 240_000 }, async (t) => {
  const { url } = await createTestDatabase(t)
  const wire = await countingWire(t, url)
  const mailstore = await openMailstore({ url: wire.url, poolSize: 2 })
  t.teardown(() => mailstore.close())
  const sql = connect(url, { max: 1 })
  t.teardown(() => sql.end())
  const pages = await pageCounter(sql)

  const subjects: Subject[] = []
  for (const [name, size] of [
    ['warm-up', 1_000],
    ['small', SMALL],
    ['large', LARGE],
    ['new', NEW],
  ] as const) {
    if (name === 'new') await sql`vacuum analyze`
    const { accountId } = await mailstore.directory.createAccount(`${name}@example.org`, 'correct horse')
    const account = mailstore.account(accountId)
    const { INBOX: inbox, Archive: archive } = (await mailboxIds(account)) as {
      INBOX: number
      Archive: number
    }
    await account.transact(async (tx) => {
      for (let i = 6; i < 200; i++) await tx.mailbox.createPath(`folder ${i}`)
    })
    await fill(account, inbox, size)
    subjects.push({ account, inbox, archive, filed: size, uids: [], since: 0 })
  }

  // The first turn is for the statements to be prepared, and the plans to settle.
  const [warm, small, large, fresh] = subjects as [Subject, Subject, Subject, Subject]
  for (let turn = 0; turn < 3; turn++) for (const each of OPERATIONS) await measure(each, warm)
  for (const operation of OPERATIONS) {
    const { name, most } = operation
    const atSmall = await measure(operation, small)
    const atLarge = await measure(operation, large)
    const atNew = await measure(operation, fresh)
    t.comment(`${name}: ${show(atSmall)}; in the larger ${show(atLarge)}; in the new ${show(atNew)}`)
    t.equal(atLarge.statements, atSmall.statements, `${name}: as many statements`)
    t.ok(atLarge.statements <= most.statements, `${name}: ${atLarge.statements} statements`)
    t.ok(atLarge.rows <= most.rows, `${name}: ${atLarge.rows} rows`)
    t.ok(octets(atLarge) <= most.octets, `${name}: ${octets(atLarge)} octets`)
    t.ok(atLarge.rows <= atSmall.rows * 1.02 + 2, `${name}: as many rows (${atSmall.rows}, ${atLarge.rows})`)
    t.ok(octets(atLarge) <= octets(atSmall) * 1.2 + 500, `${name}: as many octets`)
    if (operation.pages === false || atSmall.pages === null) continue
    // A tree may be a level deeper, and pages come more or less full.
    t.ok(atLarge.pages! <= atSmall.pages * 2 + 100, `${name}: ${atSmall.pages} pages, then ${atLarge.pages}`)
    // Nor are the pages of the new one vacuumed, and what is not known of mailboxes counts as well.
    t.ok(atNew.pages! <= atSmall.pages * 3 + 100, `${name}: in a new account ${atNew.pages} pages`)
  }

  async function measure(operation: Operation, s: Subject) {
    await operation.prepare?.(s)
    await pages.reset()
    wire.take()
    await operation.run(s)
    const traffic = wire.take()
    return { ...traffic, pages: await pages.read() }
  }
})

const octets = (cost: Traffic) => cost.sent + cost.received
const show = (cost: Traffic & { pages: number | null }) =>
  `${cost.statements} statements, ${cost.rows} rows, ${octets(cost)} octets, ${cost.pages} pages`

/** Pages that Postgres looked at for the mailstore's statements, by pg_stat_statements; null without it. */
async function pageCounter(sql: ReturnType<typeof connect>) {
  const [found] = await sql`
    select from pg_available_extensions where name = 'pg_stat_statements'
      and 'pg_stat_statements' = any(string_to_array(current_setting('shared_preload_libraries'), ','))`
  if (!found) return { reset: async () => {}, read: async () => null }
  await sql`create extension pg_stat_statements`
  return {
    async reset() {
      await sql`
        select pg_stat_statements_reset(0, oid, 0) from pg_database where datname = current_database()`
    },
    async read(): Promise<number | null> {
      const [row] = await sql<{ pages: number }[]>`
        select coalesce(sum(shared_blks_hit + shared_blks_read), 0)::bigint as pages from pg_stat_statements
        where dbid = (select oid from pg_database where datname = current_database())
          and query !~ 'pg_stat_statements'`
      return row!.pages
    },
  }
}
