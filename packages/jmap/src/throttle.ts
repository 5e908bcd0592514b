// Slows down whoever guesses passwords. Each wrong one doubles what its address waits before the next is looked
// at; attempts of one address are looked at one after another.
import type { Clock } from './clock.js'

const FIRST_DELAY_MS = 250
const LONGEST_DELAY_MS = 8_000
/** An address is forgotten so long after its last failure. */
const FORGET_MS = 15 * 60_000
/** Beyond it the longest untouched address is forgotten: memory stays bounded under attack from many. */
const MAX_ADDRESSES = 10_000
/** Attempts of one address that may wait; the others are turned away. */
const MAX_WAITING = 20

interface Entry {
  failures: number
  lastFailure: number
  waiting: number
  /** Ends when the attempt before has ended. */
  tail: Promise<unknown>
}

export interface Throttle {
  /**
   * Runs an attempt when it is this address's turn; `attempt` says whether it succeeded, which ends nothing: who
   * guesses may own an account too. Gives null, without an attempt, where too many wait.
   */
  run<T>(address: string, attempt: () => Promise<{ ok: boolean; value: T }>): Promise<T | null>
}

export function createThrottle(clock: Clock): Throttle {
  const entries = new Map<string, Entry>()

  /** Also moves it to the end of the map, which is thereby in order of use. */
  function entryOf(address: string): Entry {
    const known = entries.get(address)
    const isKnown = known && (known.waiting > 0 || clock.now() - known.lastFailure < FORGET_MS)
    const entry = isKnown ? known : { failures: 0, lastFailure: 0, waiting: 0, tail: Promise.resolve() }
    entries.delete(address)
    entries.set(address, entry)
    for (const [oldest, { waiting }] of entries) {
      if (entries.size <= MAX_ADDRESSES) break
      if (waiting === 0) entries.delete(oldest)
    }
    return entry
  }

  async function attemptNow<T>(entry: Entry, attempt: () => Promise<{ ok: boolean; value: T }>): Promise<T> {
    if (entry.failures > 0) {
      const delay = Math.min(FIRST_DELAY_MS * 2 ** (entry.failures - 1), LONGEST_DELAY_MS)
      const left = entry.lastFailure + delay - clock.now()
      if (left > 0) await new Promise<void>((resolve) => clock.after(left, resolve))
    }
    const { ok, value } = await attempt()
    if (!ok) {
      entry.failures++
      entry.lastFailure = clock.now()
    }
    return value
  }

  return {
    async run(remote, attempt) {
      const address = networkOf(remote)
      const entry = entryOf(address)
      if (entry.waiting >= MAX_WAITING) return null
      entry.waiting++
      const turn = entry.tail.then(() => attemptNow(entry, attempt))
      entry.tail = turn.catch(() => {})
      try {
        return await turn
      } finally {
        entry.waiting--
        // Who never failed need not be remembered.
        if (entry.waiting === 0 && entry.failures === 0 && entries.get(address) === entry) {
          entries.delete(address)
        }
      }
    },
  }
}

/** An IPv6 host has a whole /64 to guess from. */
function networkOf(address: string): string {
  if (!address.includes(':') || address.startsWith('::ffff:')) return address
  const [head = '', tail] = address.split('::')
  const before = head.split(':').filter(Boolean)
  const after = (tail ?? '').split(':').filter(Boolean)
  const zeros =
    tail === undefined ? [] : new Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0')
  return [...before, ...zeros, ...after].slice(0, 4).join(':')
}
