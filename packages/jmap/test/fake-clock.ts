import type { Clock } from '../src/clock.js'

/** A clock that stands still until a test moves it. */
export interface FakeClock extends Clock {
  /** Moves time on; what is due is called in order, and what that leads to within the same time. */
  advance(ms: number): Promise<void>
  /** How many callbacks are due later. */
  pending(): number
}

export function createFakeClock(): FakeClock {
  let now = 1_000_000
  const timers = new Set<{ at: number; callback: () => void }>()
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve))
  return {
    now: () => now,
    after(ms, callback) {
      const timer = { at: now + ms, callback }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    async advance(ms) {
      const end = now + ms
      await settle()
      for (;;) {
        const [next] = [...timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
        if (!next) break
        timers.delete(next)
        now = next.at
        next.callback()
        await settle()
      }
      now = end
    },
    pending: () => timers.size,
  }
}
