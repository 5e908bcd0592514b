import type { ReadingRoom } from '@tandem/mime'
import { postgresBlobs } from '../blob/store.js'
import { uploadStore } from '../blob/uploads.js'
import type { Announcer } from '../changes/announcer.js'
import { changeReader } from '../changes/reader.js'
import type { Marks } from '../changes/types.js'
import type { Sql, TransactionSql } from '../db/connect.js'
import { reaching } from '../db/errors.js'
import type { IdAllocator } from '../db/id-allocator.js'
import { emailReader } from '../email/reader.js'
import type { TallyCache } from '../email/tally-cache.js'
import { emailTransactor } from '../email/transactor.js'
import { MailstoreError } from '../errors.js'
import { guestAccount } from '../guest/account.js'
import { identityReader } from '../identity/reader.js'
import { identityTransactor } from '../identity/transactor.js'
import { mailboxReader } from '../mailbox/reader.js'
import { claimRecent } from '../mailbox/recent.js'
import { mailboxTransactor } from '../mailbox/transactor.js'
import { membershipTransactor } from '../membership/transactor.js'
import { readingOf } from '../reading/reading.js'
import type { Reading } from '../reading/types.js'
import { rightsReader } from '../rights/reader.js'
import { rightsTransactor } from '../rights/transactor.js'
import { submissionReader } from '../submission/reader.js'
import { submissionTransactor } from '../submission/transactor.js'
import { threadReader } from '../thread/reader.js'
import type { TraceRoom } from '../trace/trace.js'
import type { Logger } from '../types.js'
import { vacationReader } from '../vacation/reader.js'
import { vacationTransactor } from '../vacation/transactor.js'
import type { ViewCache } from '../view/cache.js'
import {
  destroyInChunks,
  expungeInChunks,
  finishDestroyInChunks,
  moveInChunks,
  renameInChunks,
  storeInChunks,
} from './chunks.js'
import { ingest } from './ingest.js'
import { createLedger, type Ledger } from './ledger.js'
import { accountRow } from './marks.js'
import { settle } from './settle.js'
import type { Account, Reader, Transactor } from './types.js'
import type { WorkQueue } from './work-queue.js'

/** What every account of a mailstore shares. */
export interface AccountDeps {
  sql: Sql
  ids: IdAllocator
  queue: WorkQueue
  views: ViewCache
  tallies: TallyCache
  announcer: Announcer
  trace: TraceRoom
  readingRoom: ReadingRoom
  log: Logger
  onJobCreated(): void
  onPushDue(): void
}

/** One consistent snapshot (rule 1): REPEATABLE READ, read only. */
export function snapshot<T>(sql: Sql, work: (sql: TransactionSql) => Promise<T>): Promise<T> {
  return reaching(() => sql.begin('isolation level repeatable read read only', work) as Promise<T>, 'reads')
}

export function makeAccount(deps: AccountDeps, accountId: number): Account {
  const { sql, views, announcer } = deps
  const blobs = postgresBlobs(sql, deps.ids, accountId)
  const reading = readingOf(deps.readingRoom, accountId)
  const account: Account = {
    id: accountId,
    blobs,
    reading,
    uploads: uploadStore(sql, deps.queue, accountId),
    read: (work) => snapshot(sql, async (tx) => work(await makeReader(tx, accountId, reading, deps.tallies))),
    async countEmails(filter, mark) {
      const at = mark ?? (await reaching(() => accountRow(sql, accountId, false), 'reads')).marks.email
      const total = deps.tallies.held(accountId, at, filter)
      return total === null ? null : { total, mark: at }
    },
    as: ({ id, accountId: home }) =>
      home === accountId
        ? account
        : guestAccount({ sql, account, principalId: id, snapshot: (work) => snapshot(sql, work) }),
    transact: (work) => deps.queue.run(accountId, () => transact(deps, accountId, work)),
    ingest: (source, options) =>
      reaching(() => ingest({ sql, account, log: deps.log }, source, options), 'manySteps'),
    subscribe: (types, onChange) => announcer.subscribe(accountId, types, onChange),
    view: (mailboxId) => reaching(() => views.get(accountId, mailboxId), 'reads'),
    claimRecent: (mailboxId) => reaching(() => claimRecent(sql, accountId, mailboxId), 'reads'),
    store: (...args) => storeInChunks(account, ...args),
    move: (...args) => moveInChunks(account, ...args),
    expunge: (...args) => expungeInChunks(account, ...args),
    destroyMailbox: (...args) => destroyInChunks(account, ...args),
    finishDestroy: (...args) => finishDestroyInChunks(account, ...args),
    renameMailbox: (...args) => renameInChunks(account, ...args),
  }
  return account
}

async function makeReader(
  sql: TransactionSql,
  accountId: number,
  reading: Reading,
  tallies: TallyCache,
): Promise<Reader> {
  const { marks, horizonModseq: horizon } = await accountRow(sql, accountId, false)
  const counting = { tallies, moment: { sql, accountId, mark: marks.email, horizon } }
  return {
    marks,
    epoch: 0,
    mailbox: mailboxReader(sql, accountId),
    email: emailReader(sql, accountId, reading, null, counting),
    thread: threadReader(sql, accountId),
    changes: changeReader(sql, accountId),
    submission: submissionReader(sql, accountId),
    identity: identityReader(sql, accountId),
    vacation: vacationReader(sql, accountId),
    rights: rightsReader(sql, accountId),
  }
}

async function transact<T>(
  deps: AccountDeps,
  accountId: number,
  work: (tx: Transactor) => Promise<T>,
): Promise<T> {
  const traceId = deps.trace.idFor(accountId)
  const { ledger, value, after } = await reaching(
    () =>
      deps.sql.begin(async (sql) => {
        const ledger = createLedger(accountId, sql, deps.ids, await accountRow(sql, accountId, true))
        const value = await work(makeTransactor(ledger, deps))
        const after = await settle(ledger)
        ledger.close()
        return { ledger, value, after }
      }) as Promise<{ ledger: Ledger; value: T; after: Marks }>,
  ).catch((error: unknown) => {
    if (error instanceof MailstoreError && error.outcome === 'unknown') deps.announcer.lookAgain(accountId)
    throw error
  })
  deps.trace.committed(traceId, ledger, after)
  deps.announcer.announce(accountId, ledger.before, after)
  for (const effect of ledger.effects) effect(after)
  if (ledger.pushesDue) deps.onPushDue()
  return value
}

function makeTransactor(ledger: Ledger, deps: AccountDeps): Transactor {
  const { sql, accountId } = ledger
  return {
    before: ledger.before,
    mailbox: mailboxTransactor(ledger),
    email: emailTransactor(ledger, readingOf(deps.readingRoom, accountId)),
    membership: membershipTransactor(ledger),
    thread: threadReader(sql, accountId),
    submission: submissionTransactor({
      sql,
      accountId,
      nextId: async () => (await ledger.ids.take(1))[0]!,
      nextModseq: ledger.nextModseq,
      touch: ledger.touch,
      onCommit: (effect) => {
        ledger.effects.push(effect)
      },
      jobCreated: deps.onJobCreated,
    }),
    identity: identityTransactor(ledger),
    vacation: vacationTransactor(ledger),
    rights: rightsTransactor(ledger),
    onCommit: (effect) => {
      ledger.effects.push(effect)
    },
  }
}
