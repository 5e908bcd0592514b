/**
 * Tracing: who watches an account says so every few seconds on the channel of announcements, and each process tells him
 * by NOTIFY what it does there, as long as it hears from him. Nothing is written, and nothing waits for it.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'
import type { Ledger } from '../account/ledger.js'
import { CHANNEL, WATCHER } from '../changes/announcer.js'
import type { Marks } from '../changes/types.js'
import { listen, type Sql } from '../db/connect.js'
import { reaching } from '../db/errors.js'
import type { Logger } from '../types.js'
import type { Trace, TraceCommand, TraceEvent, TraceStep } from './types.js'

const TRACE_CHANNEL = 'tandem_trace'
/** Milliseconds between two signs of life of a watcher, and until one that gives none is forgotten. */
const SIGN_MS = 5_000
const LAPSE_MS = 3 * SIGN_MS
/** Events that wait for the database; what comes beyond them is only counted. */
const MAX_WAITING = 1_000
/** Mailboxes that one event names: a notice is at most 8,000 octets. */
const MAX_MAILBOXES = 100
/** Characters of what a command is described by, four octets each at most, or six escaped. */
const MAX_TEXT = 500

export interface TraceRoom extends Trace {
  /** The id of the command that this runs in, or a new one; null where nobody watches. */
  idFor(accountId: number): string | null
  /** After a commit, before it is announced: both go over one connection, so that it is told in this order. */
  committed(id: string | null, ledger: Ledger, after: Marks): void
  heard(accountId: number, before: Marks | null, now: Marks): void
  /** The words of a watcher's notice, behind the first. */
  watcherSaid(words: readonly string[]): void
  close(): void
}

/** Runs `work` after that many milliseconds; gives the way to cancel it. */
type After = (ms: number, work: () => void) => () => void

const later: After = (ms, work) => {
  const timer = setTimeout(work, ms).unref()
  return () => clearTimeout(timer)
}

/** `sql`: the pool of one connection that announcing uses. */
export function createTrace(sql: Sql, log: Logger, runAfter: After = later): TraceRoom {
  const running = new AsyncLocalStorage<string>()
  /** By account and watcher: the way to cancel that the watch lapses. */
  const watched = new Map<number, Map<string, () => void>>()
  const own = new Set<string>()
  const origin = randomUUID().slice(0, 4)
  let ids = 0
  let waiting = 0
  let missed = 0

  const isWatched = (accountId: number) => watched.size !== 0 && watched.has(accountId)
  const nextId = () => `${origin}-${++ids}`

  function tell(accountId: number, step: TraceStep): void {
    if (waiting >= MAX_WAITING) {
      missed++
      return
    }
    const event: TraceEvent = { at: Date.now(), pid: process.pid, accountId, ...step }
    if (missed > 0) event.missed = missed
    missed = 0
    waiting++
    sql`select pg_notify(${TRACE_CHANNEL}, ${JSON.stringify(event)})`
      .catch((error: unknown) => log.debug({ err: error }, 'an event of a trace is lost'))
      .finally(() => waiting--)
  }

  function forget(accountId: number, watcher: string): void {
    const watchers = watched.get(accountId)
    watchers?.get(watcher)?.()
    watchers?.delete(watcher)
    if (watchers?.size === 0) watched.delete(accountId)
    // What follows promises for it costs every promise something.
    if (watched.size === 0) running.disable()
  }

  async function follow<T>(
    accountId: number,
    { id = nextId(), protocol, session, text }: TraceCommand,
    work: () => Promise<T>,
    outcomeOf: (value: T) => string,
    faultOf: (error: unknown) => string = () => 'failed',
  ): Promise<T> {
    tell(accountId, { kind: 'began', id, protocol, session, text: cut(text) })
    const started = performance.now()
    let outcome = ''
    try {
      const value = await running.run(id, work)
      outcome = outcomeOf(value)
      return value
    } catch (error) {
      outcome = faultOf(error)
      throw error
    } finally {
      const ms = Math.round(performance.now() - started)
      if (isWatched(accountId)) {
        tell(accountId, { kind: 'ended', id, protocol, session, outcome: cut(outcome), ms })
      }
    }
  }

  return {
    isWatched,

    // Not async itself: while nobody watches there is the comparison, and no promise more.
    command: (accountId, describe, work, ...words) =>
      isWatched(accountId) ? follow(accountId, describe(), work, ...words) : work(),

    pushed(accountId, describe) {
      if (isWatched(accountId)) tell(accountId, { kind: 'pushed', ...describe() })
    },

    idFor: (accountId) => (isWatched(accountId) ? (running.getStore() ?? nextId()) : null),

    committed(id, ledger, after) {
      if (id === null) return
      const { before, modseqBefore, row } = ledger
      const marks = Object.entries(after).filter(([mark, modseq]) => before[mark as keyof Marks] !== modseq)
      if (marks.length === 0 && row.modseq === modseqBefore) return
      const mailboxes = [...ledger.mailboxes]
        .filter(([, { highestModseq }]) => highestModseq > 0)
        .slice(0, MAX_MAILBOXES)
        .map(([mailboxId, { highestModseq }]): [string, number] => [`mailbox ${mailboxId}`, highestModseq])
      const moved = Object.fromEntries([...marks, ...mailboxes])
      tell(ledger.accountId, { kind: 'committed', id, modseqs: [modseqBefore, row.modseq], moved })
    },

    heard(accountId, before, now) {
      if (isWatched(accountId)) tell(accountId, { kind: 'heard', before, now })
    },

    watcherSaid([account, watcher = '', word]) {
      const accountId = Number(account)
      if (own.has(watcher) || !Number.isSafeInteger(accountId)) return
      if (word === 'off') return forget(accountId, watcher)
      const watchers = watched.get(accountId) ?? new Map<string, () => void>()
      const isNew = !watchers.has(watcher)
      watchers.get(watcher)?.()
      const cancel = runAfter(LAPSE_MS, () => forget(accountId, watcher))
      watchers.set(watcher, cancel)
      watched.set(accountId, watchers)
      if (isNew) tell(accountId, { kind: 'watching' })
    },

    async watch(accountId, onEvent) {
      const watcher = randomUUID()
      const say = (word: 'on' | 'off') =>
        sql`select pg_notify(${CHANNEL}, ${`${WATCHER} ${accountId} ${watcher} ${word}`})`
      own.add(watcher)
      const listener = await reaching(() =>
        listen(sql, TRACE_CHANNEL, (payload) => {
          const event = JSON.parse(payload) as TraceEvent
          if (event.accountId === accountId) onEvent(event)
        }),
      )
      await reaching(() => say('on'))
      const signs = setInterval(() => {
        say('on').catch((error: unknown) =>
          log.warn({ err: error }, 'the trace is interrupted; trying again'),
        )
      }, SIGN_MS)
      return {
        async stop() {
          clearInterval(signs)
          // Where it is not heard, the watch lapses.
          await say('off').catch(() => {})
          own.delete(watcher)
          await listener.stop()
        },
      }
    },

    close() {
      for (const watchers of watched.values()) for (const cancel of watchers.values()) cancel()
      watched.clear()
    },
  }
}

function cut(text: string): string {
  const characters = [...text]
  return characters.length > MAX_TEXT ? `${characters.slice(0, MAX_TEXT).join('')}…` : text
}
