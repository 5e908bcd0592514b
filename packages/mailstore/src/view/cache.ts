import type { Sql, TransactionSql } from '../db/connect.js'
import { MailstoreError } from '../errors.js'
import { isCurrent, loadView, viewHead } from './load.js'
import type { MailboxView } from './types.js'

/** Rows kept over all cached views, about 50 octets each. The least recently used view goes first. */
const MAX_ROWS = 2_000_000

/** The views of this process, shared by all its sessions. */
export interface ViewCache {
  /** The mailbox as of now. Errors: mailboxNotFound. */
  get(accountId: number, mailboxId: number): Promise<MailboxView>
}

interface Entry {
  view: MailboxView | null
  /** The refresh that runs, and the one that waits for it: who comes during the first gets the second. */
  running: Promise<MailboxView> | null
  waiting: Promise<MailboxView> | null
}

export function createViewCache(
  sql: Sql,
  snapshot: <T>(work: (sql: TransactionSql) => Promise<T>) => Promise<T>,
  maxRows: number = MAX_ROWS,
): ViewCache {
  // Insertion order is order of use.
  const entries = new Map<string, Entry>()

  async function refresh(
    entry: Entry,
    key: string,
    accountId: number,
    mailboxId: number,
  ): Promise<MailboxView> {
    try {
      const { view } = entry
      if (view && isCurrent(view, await viewHead(sql, accountId, mailboxId))) return view
      entry.view = await snapshot((tx) => loadView(tx, accountId, mailboxId, view))
      evict(key)
      return entry.view
    } catch (error) {
      if (error instanceof MailstoreError && error.code === 'mailboxNotFound') entries.delete(key)
      throw error
    }
  }

  function evict(keep: string): void {
    let rows = 0
    for (const entry of entries.values()) rows += entry.view?.count ?? 0
    for (const [key, entry] of entries) {
      if (rows <= maxRows) return
      if (key === keep || entry.running) continue
      rows -= entry.view?.count ?? 0
      entries.delete(key)
    }
  }

  return {
    get(accountId, mailboxId) {
      const key = `${accountId} ${mailboxId}`
      const entry = entries.get(key) ?? { view: null, running: null, waiting: null }
      entries.delete(key)
      entries.set(key, entry)
      const run = () => {
        entry.waiting = null
        const running = refresh(entry, key, accountId, mailboxId).finally(() => {
          if (entry.running === running) entry.running = null
        })
        entry.running = running
        return running
      }
      // What runs may have looked before the change the caller knows of (rule 9): look again after it.
      if (!entry.running) return run()
      entry.waiting ??= entry.running.then(run, run)
      return entry.waiting
    },
  }
}
