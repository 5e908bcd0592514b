/**
 * What the processes tell each other of guesses, by two small tables. A process writes what it counted four times a second
 * while there is anything, however many guesses there were, and what all counted together comes back with that. Of bans
 * the others hear at once, by NOTIFY: so an address gets a quarter of a second's guesses more in each process, no more.
 */
import type { Sql } from '../db/connect.js'
import { reaching } from '../db/errors.js'
import type { Logger } from '../types.js'
import { type Book, type Row, type Subject, scopeOf } from './book.js'
import { addRows, newGuesses, readBans, readKnown, rowsOf } from './rows.js'

const FLUSH_MS = 250
/** Between two attempts to write while the database is away. */
const RETRY_MS = 1_000
/** Milliseconds that closing waits for a database that does not answer. */
const CLOSE_WITHIN = 3_000

export interface Sync {
  /** Something is to be written, soon. */
  arm(): void
  /** Errors: unavailable. */
  flush(): Promise<void>
  /** Reads who is banned. Errors: unavailable. */
  read(): Promise<void>
  /** Reads who logged in lately, of an address or an account that is banned now. */
  learn(banned: Row): void
  /** Resolves when that is read. */
  learnt(subject: Subject): Promise<void> | undefined
  close(): Promise<void>
}

export interface SyncDeps {
  sql: Sql
  log: Logger
  book: Book
  now(): number
  notify(words: string): Promise<void>
  /** What all processes counted together is too much. */
  onBanned(rows: readonly Row[]): void
}

export function createSync({ sql, log, book, now, notify, onBanned }: SyncDeps): Sync {
  const learning = new Map<string, Promise<void>>()
  let timer: NodeJS.Timeout | null = null
  let writing: Promise<void> = Promise.resolve()
  let isClosed = false

  const warn = (message: string) => (error: unknown) => log.warn({ err: error }, message)
  const keyOf = ({ network, account }: Subject) => `${network} ${account}`

  function arm(delay = FLUSH_MS): void {
    if (isClosed) return
    timer ??= setTimeout(() => {
      timer = null
      flush().catch((error: unknown) => {
        warn('guesses at passwords cannot be written now')(error)
        arm(RETRY_MS)
      })
    }, delay).unref()
  }

  /** Until nothing is left: the sum of all processes may be a ban of its own. */
  async function write(): Promise<void> {
    while (book.isDirty) {
      const taken = book.take()
      try {
        const fresh = new Set(await reaching(() => newGuesses(sql, taken.guesses), 'manySteps'))
        // What another process counted before adds nothing, and comes back without it.
        const rows = await reaching(() => addRows(sql, rowsOf(taken, fresh, book)), 'manySteps')
        onBanned(book.merge(rows))
        if (rows.some(({ until }) => until > now())) await notify('read')
      } catch (error) {
        book.putBack(taken)
        throw error
      }
    }
  }

  function flush(): Promise<void> {
    writing = writing.catch(() => {}).then(write)
    return writing
  }

  function learn(banned: Row): void {
    if (scopeOf(banned) === 'both') return
    const read = reaching(() => readKnown(sql, banned, now()), 'reads')
      .then((rows) => onBanned(book.merge(rows)))
      .catch(warn('who is known of a banned address cannot be read'))
      .finally(() => learning.delete(keyOf(banned)))
    learning.set(keyOf(banned), read)
  }

  return {
    arm: () => arm(),
    flush,
    learn,
    learnt: (subject) => learning.get(keyOf(subject)),

    async read() {
      const rows = await reaching(() => readBans(sql, now()), 'reads')
      const news = rows.filter((row) => book.get(row).until < row.until)
      book.merge(news)
      for (const row of news) learn(row)
      await Promise.all(learning.values())
    },

    async close() {
      isClosed = true
      if (timer) clearTimeout(timer)
      const last = flush().catch(warn('guesses at passwords are not written'))
      await Promise.race([last, new Promise((resolve) => setTimeout(resolve, CLOSE_WITHIN).unref())])
    },
  }
}
