// `npm run bench [-- SIZE SIZE]`: what the store does in a second, and what a mailbox's size costs. On a private
// Postgres that syncs to the disk (fsync on), in the folder for temporary files; nothing of it stays.
import { cpus } from 'node:os'
import { connect } from '../src/db/connect.js'
import { startTemporaryPostgres } from '../src/db/embedded/temporary.js'
import { type Account, type Mailstore, migrate, openMailstore, type TextSearch } from '../src/index.js'
import { fillMailbox } from '../test/support/bulk.js'
import { fill } from '../test/support/fill.js'
import { mailboxIds, message } from '../test/support/store.js'
import { median, printTable, timed } from './measure.js'

const ACCOUNTS = 50
const ROUNDS = 5
const FILED_A_ROUND = 100

/** Of the next message: makes its Message-ID. */
let number = 0

const [small = 20_000, large = 200_000] = process.argv.slice(2).map(Number)
if (!(small > 0 && large > 0)) throw new Error('the two sizes of mailboxes must be numbers above 0')

const server = await startTemporaryPostgres({ durable: true })
const stop = async () => {
  await server.stop()
  process.exit(130)
}
process.once('SIGINT', stop).once('SIGTERM', stop)
const sql = connect(server.url, { max: 1 })
try {
  await migrate({ url: server.url })
  const mailstore = await openMailstore({ url: server.url })
  try {
    await run(mailstore)
  } finally {
    await mailstore.close()
  }
} finally {
  await sql.end()
  await server.stop()
}

interface Place {
  account: Account
  inbox: number
}

async function run(mailstore: Mailstore): Promise<void> {
  const [settings] = await sql<{ version: string; fsync: string; synchronous: string }[]>`
    select current_setting('server_version') as version, current_setting('fsync') as fsync,
      current_setting('synchronous_commit') as synchronous`
  const { version, fsync, synchronous } = settings!
  console.log(
    `Node ${process.version}, Postgres ${version}, fsync ${fsync}, synchronous_commit ${synchronous}`,
  )
  console.log(`${cpus().length} cores; medians\n`)

  const one = await filing([await place(mailstore, 'one')])
  const places: Place[] = []
  for (let i = 0; i < ACCOUNTS; i++) places.push(await place(mailstore, `user${i}`))
  const many = await filing(places)
  printTable(
    ['messages filed a second', 'one account', `${ACCOUNTS} accounts`, 'ratio'],
    [['one a transaction', one, many, many / one]],
  )

  // Searches come first: the other mailboxes hold one text each, thousands of times, and where most emails of a database
  // are of the same bytes Postgres plans searches as nobody's mail would have it.
  const smallSearches = await searchCosts(await searchable(mailstore, 'small.search', small))
  const largeSearches = await searchCosts(await searchable(mailstore, 'large.search', large))
  const smallCosts = { ...(await mailboxCosts(await filled(mailstore, 'small', small))), ...smallSearches }
  const largeCosts = { ...(await mailboxCosts(await filled(mailstore, 'large', large))), ...largeSearches }
  printTable(
    ['milliseconds', `${small} messages`, `${large} messages`, 'ratio'],
    Object.entries(smallCosts).map(([name, cost]) => [
      name,
      cost,
      largeCosts[name]!,
      largeCosts[name]! / cost,
    ]),
  )
}

async function place(mailstore: Mailstore, name: string): Promise<Place> {
  const { accountId } = await mailstore.directory.createAccount(`${name}@example.org`, 'correct horse')
  const account = mailstore.account(accountId)
  return { account, inbox: (await mailboxIds(account)).INBOX! }
}

/** Messages a second, each ingested and filed in a transaction of its own; every account files one at a time. */
async function filing(places: readonly Place[]): Promise<number> {
  const rates: number[] = []
  for (let round = 0; round <= ROUNDS; round++) {
    let left = FILED_A_ROUND * Math.min(5, places.length)
    const count = left
    const ms = await timed(() =>
      Promise.all(
        places.map(async ({ account, inbox }) => {
          while (left-- > 0) {
            const bytes = message({ messageId: `${number++}@example.net`, text: 'x'.repeat(1_500) })
            const ingested = await account.ingest(bytes, { nul: 'refuse' })
            await account.transact((tx) => tx.email.create([{ message: ingested, mailboxIds: [inbox] }]))
          }
        }),
      ),
    )
    // The first is for the connections and the code to warm up.
    if (round > 0) rates.push((count * 1_000) / ms)
  }
  return median(rates)
}

async function filled(mailstore: Mailstore, name: string, size: number): Promise<Place> {
  const filledPlace = await place(mailstore, name)
  const ms = await timed(() => fill(filledPlace.account, filledPlace.inbox, size))
  console.log(
    `filled a mailbox with ${size} messages, 1,000 a transaction: ${Math.round((size * 1_000) / ms)}/s`,
  )
  await sql`vacuum analyze`
  return filledPlace
}

async function mailboxCosts({ account: { id }, inbox }: Place): Promise<Record<string, number>> {
  const loads: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const cold = await openMailstore({ url: server.url })
    loads.push(await timed(() => cold.account(id).view(inbox)))
    await cold.close()
  }
  const mailstore = await openMailstore({ url: server.url })
  try {
    const account = mailstore.account(id)
    const { uids } = await account.view(inbox)
    const repeat = async (times: number, work: (turn: number) => Promise<unknown>, before?: typeof work) => {
      const costs: number[] = []
      for (let turn = 0; turn < times; turn++) {
        await before?.(turn)
        costs.push(await timed(() => work(turn)))
      }
      return median(costs)
    }
    let change = 0
    // Never what they have already.
    const flag = (count: number) => (turn: number) => {
      const from = (turn * 997) % Math.max(1, uids.length - count)
      const keywords = ['$flagged', `turn${change++ % 7}`]
      return account.store(inbox, [...uids.subarray(from, from + count)], {
        mode: 'replace',
        keywords,
        deleted: false,
      })
    }
    const firstPage = (collapseThreads: boolean) => () =>
      account.read((r) =>
        r.email.query({
          filter: { inMailbox: inbox },
          sort: [{ property: 'receivedAt', isAscending: false }],
          collapseThreads,
          position: 0,
          limit: 50,
          calculateTotal: false,
        }),
      )
    return {
      'view loaded': median(loads),
      'view that is current': await repeat(50, () => account.view(inbox)),
      'view refreshed, 1 change': await repeat(15, () => account.view(inbox), flag(1)),
      'view refreshed, 100 changes': await repeat(15, () => account.view(inbox), flag(100)),
      'flags of one message set': await repeat(15, flag(1)),
      'first page of 50': await repeat(ROUNDS * 2, firstPage(false)),
      'first page of 50, collapsed': await repeat(ROUNDS * 2, firstPage(true)),
    }
  } finally {
    await mailstore.close()
  }
}

/** A mailbox whose messages differ in their text, made by a statement a table. */
async function searchable(mailstore: Mailstore, name: string, size: number): Promise<Place> {
  const made = await place(mailstore, name)
  await fillMailbox(server.url, made.account.id, made.inbox, size)
  return made
}

/** Words as JMAP asks for them, substrings as IMAP does. */
async function searchCosts({ account, inbox }: Place): Promise<Record<string, number>> {
  const query = (text: string) =>
    account.read((r) =>
      r.email.query({
        filter: { inMailbox: inbox, text },
        sort: [{ property: 'receivedAt', isAscending: false }],
        collapseThreads: false,
        position: 0,
        limit: 50,
        calculateTotal: false,
      }),
    )
  const matching = (search: TextSearch) => account.read((r) => r.email.matching(inbox, search))
  const searches: Record<string, () => Promise<unknown>> = {
    'text search, a word of one message': () => query('n777'),
    'text search, a word of one in 500': () => query('77'),
    'text search, a word of every message': () => query('every'),
    'substring of one header': () => matching({ field: 'header', name: 'x-number', value: '7770' }),
    'substring of one text': () => matching({ field: 'body', value: 'y n7770' }),
    'substring of one subject in 500': () => matching({ field: 'subject', value: 'subject 477' }),
  }
  const costs: Record<string, number> = {}
  for (const [name, search] of Object.entries(searches)) {
    const times: number[] = []
    // The first is for the plan and the pages to be there.
    for (let round = 0; round <= ROUNDS; round++) times.push(await timed(search))
    costs[name] = median(times.slice(1))
  }
  return costs
}
