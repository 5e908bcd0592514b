import { createReadingRoom } from '@tandem/mime'
import { makeAccount, snapshot } from './account/account.js'
import { createHousekeeping } from './account/housekeeping.js'
import { createLedger, type Ledger } from './account/ledger.js'
import { accountRow } from './account/marks.js'
import { settle } from './account/settle.js'
import type { Account } from './account/types.js'
import { createWorkQueue } from './account/work-queue.js'
import { CHANNEL, createAnnouncer, GUARD } from './changes/announcer.js'
import { checkAccounts } from './check/check.js'
import { createClients } from './client/clients.js'
import { assertServerVersion, connect, type TransactionSql } from './db/connect.js'
import { disk } from './db/disk.js'
import { reaching } from './db/errors.js'
import { createIdAllocator } from './db/id-allocator.js'
import { migrate as migrateDatabase } from './db/migrate.js'
import { createDirectory } from './directory/directory.js'
import { createDomains } from './directory/domains.js'
import { createTallyCache } from './email/tally-cache.js'
import { createGuard } from './guard/guard.js'
import { insertAddressIdentity, removeAddressIdentities } from './identity/transactor.js'
import { insertFirstMailboxes } from './mailbox/rows.js'
import { createPushSubscriptions } from './push/subscriptions.js'
import { pushTickets } from './push/tickets.js'
import { createSessions } from './session/sessions.js'
import { createJobs } from './submission/jobs.js'
import { createQueue } from './submission/queue.js'
import { createTrace } from './trace/trace.js'
import type { Logger, Mailstore, MailstoreOptions } from './types.js'
import { createViewCache } from './view/cache.js'

const SILENT: Logger = { debug() {}, info() {}, warn() {}, error() {} }

/** Connects to a migrated database and begins to hear of other processes' changes. Errors: unavailable. */
export async function openMailstore({
  url,
  log = SILENT,
  poolSize = 10,
  viewMemory,
  reading,
  guard: guardOptions,
}: MailstoreOptions): Promise<Mailstore> {
  const sql = connect(url, { max: Math.max(2, poolSize) })
  // Ids are fetched while a transaction holds a connection of the pool: from the same pool, that would be a deadlock
  // once every connection waits for an id. Notices don't wait behind commands either.
  const aside = connect(url, { max: 1 })
  const ids = createIdAllocator(aside)
  const queue = createWorkQueue()
  const trace = createTrace(aside, log)
  const sessions = createSessions(aside, log)
  const notify = (words: string) => aside`select pg_notify(${CHANNEL}, ${`${GUARD} ${words}`})`
  const guard = createGuard({ sql, log, notify, ...(guardOptions ? { options: guardOptions } : {}) })
  const announcer = createAnnouncer(aside, log, { trace, sessions, guard })
  const jobs = createJobs({ sql })
  const clients = createClients(sql, log)
  const views = createViewCache(sql, (work) => snapshot(sql, work), viewMemory)
  const tallies = createTallyCache()
  const readingRoom = createReadingRoom(reading)
  const push = createPushSubscriptions({ sql, ids, queue })
  const rings = { onJobCreated: jobs.created, onPushDue: push.ring }
  const deps = { sql, ids, queue, views, tallies, announcer, trace, readingRoom, log, ...rings }
  const accounts = new Map<number, Account>()

  /** What the directory does to an account in a transaction of its own; watchers hear of it by the next sweep. */
  async function within(tx: TransactionSql, accountId: number, work: (ledger: Ledger) => Promise<void>) {
    const ledger = createLedger(accountId, tx, ids, await accountRow(tx, accountId, true))
    await work(ledger)
    await settle(ledger)
    ledger.close()
  }

  try {
    await reaching(() => assertServerVersion(sql))
    await reaching(() => announcer.start())
  } catch (error) {
    await Promise.all([sql.end({ timeout: 0 }), aside.end({ timeout: 0 })])
    throw error
  }
  const accountOf = (id: number): Account => {
    const known = accounts.get(id)
    if (known) return known
    const account = makeAccount(deps, id)
    // Only functions are kept, no data; the map is emptied now and then rather than growing with every account.
    if (accounts.size >= 10_000) accounts.clear()
    accounts.set(id, account)
    return account
  }
  return {
    account: accountOf,
    directory: createDirectory({
      sql,
      nextId: async () => (await ids.take(1))[0]!,
      createFirstMailboxes: (tx, accountId) => within(tx, accountId, insertFirstMailboxes),
      addIdentity: (tx, accountId, address, name) =>
        within(tx, accountId, (ledger) => insertAddressIdentity(ledger, address, name)),
      removeIdentities: (tx, { accountId, principalId }, address) =>
        within(tx, accountId, (ledger) => removeAddressIdentities(ledger, principalId, address)),
      guard,
    }),
    guard,
    domains: createDomains(sql),
    jobs,
    clients,
    housekeeping: createHousekeeping(
      sql,
      queue,
      (id, mailboxId) => accountOf(id).transact((tx) => tx.mailbox.continueDestroy(mailboxId)),
      readingRoom,
      () => guard.reap(),
      log,
    ),
    tickets: pushTickets(sql),
    push,
    trace,
    sessions,
    disk,
    queue: createQueue({ sql, account: accountOf }),
    check: (options) => checkAccounts(sql, { queue, ids, announcer }, options),
    async ping() {
      await reaching(() => sql`select 1`)
    },
    async close() {
      await queue.idle()
      await Promise.all([clients.close(), guard.close()])
      await Promise.all([announcer.stop(), sessions.close()])
      trace.close()
      await readingRoom.close()
      await Promise.all([sql.end({ timeout: 5 }), aside.end({ timeout: 5 })])
    },
  }
}

/** Brings a database to this program's schema, under an advisory lock. The names of what was applied. */
export async function migrate(options: { url: string; log?: Logger }): Promise<{ applied: string[] }> {
  const sql = connect(options.url, { max: 2 })
  try {
    return await reaching(async () => {
      await assertServerVersion(sql)
      return migrateDatabase(sql, options.log ? { log: (line) => options.log?.info({}, line) } : {})
    })
  } finally {
    await sql.end({ timeout: 5 })
  }
}
