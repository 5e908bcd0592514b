import { FULL_RETENTION, type Mailstore } from '@tandem/mailstore'
import type { Log } from '../log.js'

/** Between two rounds, in ms. Which of several processes does a round, the store decides. */
const INTERVAL = 60 * 60_000
/** While the disk is full. */
const URGENT = 10_000

/** What makes a timer; tests bring their own. */
export type Schedule = (round: () => void, milliseconds: number) => () => void

const timer: Schedule = (round, milliseconds) => {
  const handle = setInterval(round, milliseconds)
  return () => clearInterval(handle)
}

/**
 * Takes away, at the start and then once an hour, what the store keeps no longer, and finishes what an upgrade left to do;
 * while the disk is full, it takes away at once what was deleted. Gives the way to stop, which waits for its transaction.
 */
export function startHousekeeping(
  mailstore: Mailstore,
  log: Log,
  schedule: Schedule = timer,
  scheduleUrgent: Schedule = timer,
): { close(): Promise<void> } {
  let stopped = false
  let running: Promise<void> | null = null

  async function round(isUrgent: boolean): Promise<void> {
    try {
      const more = isUrgent ? { retention: FULL_RETENTION, vacuum: true } : {}
      const removed = await mailstore.housekeeping.run({ stopped: () => stopped, ...more })
      if (removed) log.info(removed, 'housekeeping done')
    } catch (error) {
      log.warn({ error }, 'housekeeping failed; the next round tries again')
    }
  }

  const begin = (isUrgent: boolean) => {
    running ??= round(isUrgent).finally(() => {
      running = null
    })
  }
  begin(mailstore.disk.isFull())
  const cancels = [
    schedule(() => begin(mailstore.disk.isFull()), INTERVAL),
    scheduleUrgent(() => mailstore.disk.isFull() && begin(true), URGENT),
  ]
  return {
    async close() {
      stopped = true
      for (const cancel of cancels) cancel()
      await running
    },
  }
}
