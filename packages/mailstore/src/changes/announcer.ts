/**
 * Announcing: after a commit in this process directly, to other processes with one coalesced NOTIFY
 * that carries account ids, never data. It is only an edge: a sweep of the watched accounts, every five seconds
 * and whenever LISTEN reconnects, finds what a lost notice would have told.
 */
import { randomUUID } from 'node:crypto'
import { accountRow } from '../account/marks.js'
import { listen, type Queryable, type Sql } from '../db/connect.js'
import { MailstoreError } from '../errors.js'
import type { SessionRoom } from '../session/sessions.js'
import type { TraceRoom } from '../trace/trace.js'
import type { Logger } from '../types.js'
import type { DataType, Marks } from './types.js'

/** It carries `ORIGIN ids`, what the watchers of traces say (trace/trace.ts), and whose logins changed. */
export const CHANNEL = 'tandem_changes'
/** The first word of the latter; an older program takes it for a process that tells of changes. */
export const WATCHER = 'trace'
/** The first word where logins of an account changed: session/sessions.ts. */
export const ENDING = 'sessions'
/** The same of the guard's words (guard/guard.ts). */
export const GUARD = 'guard'
const SWEEP_MS = 5_000
/** A notice is at most 8,000 octets, an id at most 16 digits. */
const IDS_PER_NOTICE = 400

interface Watcher {
  types: ReadonlySet<DataType>
  onChange: (marks: Marks) => void
  /** What it was last told of; null until first told. */
  told: Marks | null
}

export interface Announcer {
  /** After a commit of this process. */
  announce(accountId: number, before: Marks, after: Marks): void
  /** After a COMMIT of this process that was not answered: everybody looks for themselves. */
  lookAgain(accountId: number): void
  subscribe(accountId: number, types: ReadonlySet<DataType>, onChange: (marks: Marks) => void): () => void
  start(): Promise<void>
  stop(): Promise<void>
}

/** Who else hears on the channel: the guard, with what follows its word. */
type Hearer = { heard(words: readonly string[]): void }

export function createAnnouncer(
  sql: Sql,
  log: Logger,
  { trace, sessions, guard }: { trace: TraceRoom; sessions: SessionRoom; guard: Hearer },
): Announcer {
  const origin = randomUUID()
  const watchers = new Map<number, Set<Watcher>>()
  const pending = new Set<number>()
  let sending: Promise<void> | null = null
  let sweeping: Promise<void> = Promise.resolve()
  let timer: NodeJS.Timeout | undefined
  let listener: { stop(): Promise<void> } | undefined
  let stopped = false

  /** `before`: the marks of the moment before, where they are known: what a new watcher is taken to know. */
  function tell(accountId: number, marks: Marks, before: Marks | null): void {
    let isNews = false
    let known: Marks | null = null
    for (const watcher of watchers.get(accountId) ?? []) {
      const told = watcher.told ?? before
      const moved = !told || [...watcher.types].some((type) => marks[type] > told[type])
      // What a sweep read before a commit that was told directly is old: never go back.
      if (!moved) continue
      watcher.told = marks
      isNews = true
      known ??= told
      try {
        watcher.onChange(marks)
      } catch (error) {
        log.error({ err: error, accountId }, 'a watcher of changes failed')
      }
    }
    if (isNews) trace.heard(accountId, known, marks)
  }

  async function refresh(accountIds: readonly number[]): Promise<void> {
    for (const accountId of accountIds) {
      if (stopped || !watchers.has(accountId)) continue
      const marks = await currentMarks(sql, accountId)
      if (marks) tell(accountId, marks, null)
    }
  }

  function sweepAll(): void {
    sweep()
    sessions.lookAgain()
  }

  /** Sweeps follow one another; a failed one is made good by the next. */
  function sweep(accountIds: readonly number[] = [...watchers.keys()]): void {
    sweeping = sweeping
      .then(() => refresh(accountIds))
      .catch((error: unknown) => log.warn({ err: error }, 'cannot read what changed; trying again'))
  }

  async function send(): Promise<void> {
    try {
      while (pending.size > 0) {
        const ids = [...pending].slice(0, IDS_PER_NOTICE)
        for (const id of ids) pending.delete(id)
        await sql`select pg_notify(${CHANNEL}, ${`${origin} ${ids.join(',')}`})`
      }
    } catch (error) {
      // Not kept for later: by the time the database is back, the others have swept.
      pending.clear()
      log.warn({ err: error }, 'cannot notify the other processes; they sweep')
    } finally {
      // In the turn that saw nothing pending: what comes later finds no sender.
      sending = null
    }
  }

  function receive(payload: string): void {
    const [from, ids, ...more] = payload.split(' ')
    if (from === origin || ids === undefined) return
    if (from === WATCHER) {
      trace.watcherSaid([ids, ...more])
      return
    }
    if (from === ENDING) {
      sessions.changed(Number(ids))
      return
    }
    if (from === GUARD) {
      guard.heard([ids, ...more])
      return
    }
    sweep(
      ids
        .split(',')
        .map(Number)
        .filter((id) => watchers.has(id)),
    )
  }

  function notify(accountId: number): void {
    pending.add(accountId)
    sending ??= send()
  }

  return {
    announce(accountId, before, after) {
      const moved = (Object.keys(after) as (keyof Marks)[]).some((mark) => after[mark] !== before[mark])
      if (!moved || stopped) return
      tell(accountId, after, before)
      notify(accountId)
    },

    lookAgain(accountId) {
      if (stopped) return
      sweep([accountId])
      notify(accountId)
    },

    subscribe(accountId, types, onChange) {
      const watcher: Watcher = { types, onChange, told: null }
      const set = watchers.get(accountId) ?? new Set()
      watchers.set(accountId, set.add(watcher))
      return () => {
        set.delete(watcher)
        if (set.size === 0 && watchers.get(accountId) === set) watchers.delete(accountId)
      }
    },

    async start() {
      listener = await listen(sql, CHANNEL, receive, () => {
        sweepAll()
        // Whoever was banned before, or while nothing was heard.
        guard.heard(['read'])
      })
      timer = setInterval(sweepAll, SWEEP_MS)
    },

    async stop() {
      stopped = true
      clearInterval(timer)
      // Its connection may be lost already, and is closed with the pool in any case.
      await listener?.stop().catch((error: unknown) => log.debug({ err: error }, 'LISTEN was not ended'))
      await Promise.all([sweeping, sending])
    },
  }
}

/** Null where the account is gone. */
async function currentMarks(sql: Queryable, accountId: number): Promise<Marks | null> {
  try {
    return (await accountRow(sql, accountId, false)).marks
  } catch (error) {
    if (error instanceof MailstoreError && error.code === 'accountNotFound') return null
    throw error
  }
}
