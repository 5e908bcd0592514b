import { setImmediate } from 'node:timers/promises'

/** In ms: what one request may work without a break. */
const TURN = 10

/** Gives a function to call between two pieces of work: it lets others have a turn where enough of one is over. */
export function createTurns(): () => Promise<void> {
  let began = performance.now()
  return async () => {
    if (performance.now() - began < TURN) return
    await setImmediate()
    began = performance.now()
  }
}
