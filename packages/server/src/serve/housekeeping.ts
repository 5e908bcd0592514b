import type { Mailstore } from '@tandem/mailstore'
import type { Log } from '../log.js'

/** Between two rounds, in ms. Which of several processes does a round, the store decides. */
const INTERVAL = 60 * 60_000

/** What makes a timer; tests bring their own. */
export type Schedule = (round: () => void, milliseconds: number) => () => void

const timer: Schedule = (round, milliseconds) => {
  const handle = setInterval(round, milliseconds)
  return () => clearInterval(handle)
}

/**
 * Takes away, at the start and then once an hour, what the store keeps no longer, and finishes what an upgrade left to do.
 * Gives the way to stop, which waits for its transaction.
 */
export function startHousekeeping(
  mailstore: Mailstore,
  log: Log,
  schedule: Schedule = timer,
): { close(): Promise<void> } {
  let stopped = false
  let running: Promise<void> | null = null

  async function round(): Promise<void> {
    try {
      const removed = await mailstore.housekeeping.run({ stopped: () => stopped })
      if (removed) log.info(removed, 'housekeeping done')
    } catch (error) {
      log.warn({ error }, 'housekeeping failed; the next round tries again')
    }
  }

  const begin = () => {
    running ??= round().finally(() => {
      running = null
    })
  }
  begin()
  const cancel = schedule(begin, INTERVAL)
  return {
    async close() {
      stopped = true
      cancel()
      await running
    },
  }
}
