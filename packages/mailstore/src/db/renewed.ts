// A pool that is replaced when one of its connections is lost.
//
// The driver reconnects its connections itself, and not always well: where a statement was about to be written in the
// turn in which the connection closed, it never writes to that connection again, and each query that it gives to it
// waits for nothing. So a pool that lost a connection gets no new work; what runs or waits in it has time to end.
import type { Sql } from './connect.js'
import { keepListening, type ListenHooks, type Listening } from './listen.js'

/** How long a replaced pool may go on with what it has. */
const GRACE_MS = 10_000

/** How old a pool is at least when it is replaced: while the database is away, each attempt is a loss. */
const YOUNGEST_MS = 100

/** Seconds that what runs has when the pool is closed in the end. */
const END_SECONDS = 5

/** `open` makes a pool that calls `onLoss` for each connection it loses, `openListener` one of a single connection. */
export function renewed(open: (onLoss: () => void) => Sql, openListener: (hooks: ListenHooks) => Sql): Sql {
  const listeners = new Set<Listening>()
  const retired = new Map<Sql, NodeJS.Timeout>()
  let hasEnded = false
  let current = make()

  function make(): Sql {
    const made = performance.now()
    let isLost = false
    const pool: Sql = open(() => {
      if (isLost) return
      isLost = true
      const youth = made + YOUNGEST_MS - performance.now()
      if (youth <= 0) replace()
      else setTimeout(replace, youth).unref()
    })
    const replace = () => {
      if (hasEnded) return
      current = make()
      const close = () => {
        retired.delete(pool)
        pool.end({ timeout: END_SECONDS }).catch(() => {})
      }
      retired.set(pool, setTimeout(close, GRACE_MS).unref())
    }
    return pool
  }

  async function end(options?: { timeout?: number }): Promise<void> {
    hasEnded = true
    const pools = [current, ...retired.keys()]
    for (const timer of retired.values()) clearTimeout(timer)
    retired.clear()
    await Promise.all([...listeners].map((listener) => listener.unlisten()))
    await Promise.all(pools.map((pool) => pool.end(options)))
  }

  async function listen(channel: string, onNotify: (payload: string) => void, onListening = () => {}) {
    const listener = await keepListening(openListener, channel, onNotify, onListening)
    listeners.add(listener)
    return listener
  }

  const face = (...args: Parameters<Sql>) => current(...args)
  const own = { end, listen } as Record<string | symbol, unknown>
  return new Proxy(face as unknown as Sql, {
    get: (_, property) => own[property] ?? Reflect.get(current, property),
  })
}
