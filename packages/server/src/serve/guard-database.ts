// Keeps the embedded Postgres running and its disk in sight, and tells the workers what is wrong with either.
import type { Embedded } from '@tandem/mailstore/embedded'
import type { Log } from '../log.js'
import { reason } from '../stop.js'
import { watchDisk } from './disk.js'
import { HEALTHY, type Health } from './health.js'

/** To the end of `stop`, which comes before the database's own. */
export async function guardDatabase(
  embedded: Pick<Embedded, 'cluster' | 'keep'>,
  log: Log,
  onChange: (health: Health) => void,
): Promise<{ stop(): Promise<void> }> {
  let health = HEALTHY
  const change = (part: Partial<Health>) => {
    health = { ...health, ...part }
    onChange(health)
  }
  const disk = await watchDisk(embedded.cluster, log, (wrong) => change({ disk: wrong }))
  embedded.keep({
    onDown() {
      log.error({ cluster: embedded.cluster }, 'the database is gone; starting it again')
      change({ database: 'the database is down; it is being started again' })
    },
    // Where a full disk is why it went, it needs the reserve to come back.
    beforeStart: () => disk.look(),
    onFailure(error, nextInMs) {
      log.error({ reason: reason(error), nextInMs }, 'the database cannot be started')
      change({ database: `the database is down: ${reason(error)}; trying again` })
    },
    onUp() {
      log.info({}, 'the database is back')
      change({ database: null })
    },
  })
  return disk
}
