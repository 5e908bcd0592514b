import type { Clock } from '../clock.js'

/** Slows down whoever guesses passwords. Counts by address, so that a new connection begins no new count. */
export interface LoginGuard {
  /** Counts a failure; resolves when it may be told. */
  failed(address: string, signal: AbortSignal): Promise<void>
  succeeded(address: string): void
}

const FIRST_DELAY = 1000
const MAX_DELAY = 30_000
/** A quarter of an hour without a failure, and all is forgotten. */
const MEMORY = 15 * 60_000
/** Addresses kept; the one that failed longest ago goes first. */
const MAX_ADDRESSES = 10_000

export function createLoginGuard(clock: Clock): LoginGuard {
  const failures = new Map<string, { count: number; last: number }>()
  return {
    async failed(address, signal) {
      const now = clock.now()
      const before = failures.get(address)
      const count = before && now - before.last < MEMORY ? before.count + 1 : 1
      failures.delete(address)
      failures.set(address, { count, last: now })
      if (failures.size > MAX_ADDRESSES) failures.delete(failures.keys().next().value!)
      await clock.sleep(Math.min(FIRST_DELAY * 2 ** (count - 1), MAX_DELAY), signal)
    },
    succeeded(address) {
      failures.delete(address)
    },
  }
}
