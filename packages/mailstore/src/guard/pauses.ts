import type { Rule, Standing } from './standing.js'
import { guessed, scoreAt, UNKNOWN } from './standing.js'

/** Milliseconds before the first wrong password is answered, and the most. */
const FIRST = 250
const LONGEST = 8_000
/** A wrong answer is forgotten in this time, a repeated one too. */
const HEAT: Rule = { limit: 0, leak: 10_000, first: 0, longest: 0 }
const MAX_LINES = 10_000
/** Clients that wait for an answer at a time, each with its connection's few kilobytes; the others do not wait. */
const MAX_PAUSED = 10_000

export type Pause = (milliseconds: number, signal: AbortSignal) => Promise<void>

export interface Pauses {
  /** How long the next wrong answer of this line waits: twice as long for each within ten seconds. */
  next(line: string): number
  /** Ends early when the client leaves. */
  wait: Pause
}

export function createPauses(now: () => number, sleep: Pause = timer): Pauses {
  const heats = new Map<string, Standing>()
  let paused = 0
  return {
    next(line) {
      const heat = guessed(heats.get(line) ?? UNKNOWN, HEAT, now(), 1)
      heats.delete(line)
      heats.set(line, heat)
      if (heats.size > MAX_LINES) heats.delete(heats.keys().next().value!)
      return Math.min(FIRST * 2 ** (Math.ceil(scoreAt(heat, HEAT, now())) - 1), LONGEST)
    },
    async wait(milliseconds, signal) {
      if (paused >= MAX_PAUSED || signal.aborted) return
      paused++
      await sleep(milliseconds, signal).finally(() => paused--)
    },
  }
}

function timer(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const over = () => {
      clearTimeout(handle)
      signal.removeEventListener('abort', over)
      resolve()
    }
    // A thousand that began together do not end together.
    const handle = setTimeout(over, milliseconds * (0.8 + 0.4 * Math.random()))
    signal.addEventListener('abort', over)
  })
}
