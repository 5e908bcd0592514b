import type { Sql, TransactionSql } from '../db/connect.js'
import { MailstoreError } from '../errors.js'
import { isCurrent, loadView, viewHead } from './load.js'
import type { MailboxView } from './types.js'
import { bytesOfView } from './version.js'

/** Octets of all cached views; a message is 49 of them, and 8 more in a page that has keywords. */
const DEFAULT_BYTES = 128 * 1024 * 1024

/** The views of this process, shared by all its sessions. */
export interface ViewCache {
  /** The mailbox as of now. Errors: mailboxNotFound. */
  get(accountId: number, mailboxId: number): Promise<MailboxView>
}

interface Entry {
  view: MailboxView | null
  /** What of `total` this view is. */
  bytes: number
  /** The refresh that runs, and the one that waits for it: who comes during the first gets the second. */
  running: Promise<MailboxView> | null
  waiting: Promise<MailboxView> | null
}

export function createViewCache(
  sql: Sql,
  snapshot: <T>(work: (sql: TransactionSql) => Promise<T>) => Promise<T>,
  maxBytes: number = DEFAULT_BYTES,
): ViewCache {
  // Insertion order is order of use.
  const entries = new Map<string, Entry>()
  let total = 0

  async function refresh(
    entry: Entry,
    key: string,
    accountId: number,
    mailboxId: number,
  ): Promise<MailboxView> {
    try {
      const { view } = entry
      if (view && isCurrent(view, await viewHead(sql, accountId, mailboxId))) return view
      const next = await snapshot((tx) => loadView(tx, accountId, mailboxId, view))
      entry.view = next
      // An entry that another call has dropped meanwhile is not counted.
      if (entries.get(key) === entry) weigh(entry, bytesOfView(next))
      evict(key)
      return next
    } catch (error) {
      if (error instanceof MailstoreError && error.code === 'mailboxNotFound') drop(key, entry)
      throw error
    }
  }

  function weigh(entry: Entry, bytes: number): void {
    total += bytes - entry.bytes
    entry.bytes = bytes
  }

  function drop(key: string, entry: Entry): void {
    if (entries.get(key) !== entry) return
    weigh(entry, 0)
    entries.delete(key)
  }

  /** The view just asked for stays even where it is larger than all the room: it is in use. */
  function evict(keep: string): void {
    if (total <= maxBytes) return
    for (const [key, entry] of entries) {
      if (key === keep || entry.running) continue
      drop(key, entry)
      if (total <= maxBytes) return
    }
  }

  return {
    get(accountId, mailboxId) {
      const key = `${accountId} ${mailboxId}`
      const entry = entries.get(key) ?? { view: null, bytes: 0, running: null, waiting: null }
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
