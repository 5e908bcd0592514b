// `tandem serve`: database, migrations, certificate, workers, signals; and all of it again backwards at the end.
import { openDatabase } from '../database.js'
import { createLog } from '../log.js'
import { createMetrics } from '../metrics.js'
import type { InForce } from '../settings/load.js'
import { EXIT, Stop } from '../stop.js'
import { prepareTls } from '../tls.js'
import { type Fleet, killWorkers, startFleet } from './fleet.js'
import { guardDatabase } from './guard-database.js'
import { needsTls } from './listeners.js'
import { type Address, readyLine } from './messages.js'
import { tellPostmaster } from './postmaster.js'
import { forgetRunning, noteRunning } from './running.js'
import { watchSignals } from './signals.js'
import { watchStarter } from './starter.js'

export interface ServeHooks {
  /**
   * With the database open and migrated, before anything listens; gives what to print when all is up. `postmaster`: who
   * has the mail for it, where LMTP is up.
   */
  prepare?: (databaseUrl: string) => Promise<Print>
}

export type Print = (addresses: readonly Address[], postmaster: string | null) => string

/** Runs until a signal; gives the exit code. Errors: Stop where it cannot start. */
export async function runServer(
  { settings, strangers }: InForce,
  { prepare }: ServeHooks = {},
): Promise<number> {
  const metrics = createMetrics()
  const log = createLog(settings, { worker: settings.TANDEM_WORKERS > 1 ? 'primary' : '1' }, { metrics })
  for (const name of strangers)
    log.warn({ name }, 'an environment variable that looks like a setting is none')
  const signals = watchSignals()
  const starter = await watchStarter(() => {
    log.warn({}, 'the npm that started the server is gone; stopping')
    signals.stopNow('SIGTERM')
  })
  const database = await openDatabase(settings, log)
  let fleet: Fleet | null = null
  let guard: { stop(): Promise<void> } | null = null
  let failed = false
  try {
    const print = await prepare?.(database.url)
    if (needsTls(settings) && (await prepareTls(settings))) log.info({}, 'made a self-signed certificate')
    const started = startFleet({ settings, databaseUrl: database.url }, log, metrics)
    started.catch(() => {})
    // Nobody is served yet: the first signal is enough.
    fleet = await Promise.race([started, signals.stop.then(() => null)])
    if (fleet === null) {
      killWorkers()
      throw new Stop('stopped before it was ready')
    }
    const up = fleet
    if (database.embedded)
      guard = await guardDatabase(database.embedded, log, (health) => up.setHealth(health))
    await noteRunning(settings, fleet.addresses)
    const postmaster = fleet.addresses.some(({ name }) => name === 'lmtp')
      ? await tellPostmaster(settings.TANDEM_POSTMASTER, database.url, log)
      : null
    process.stdout.write(`${readyLine(fleet.addresses)}\n${print?.(fleet.addresses, postmaster) ?? ''}`)
    signals.onReload(async () => {
      if (needsTls(settings)) await prepareTls(settings)
      await fleet?.reloadTls()
    })
    const why = await signals.stop
    failed = why instanceof Error
    if (failed) log.error({ error: why }, 'a fault of the program')
    else log.info({ signal: why }, 'stopping')
  } finally {
    const hurried = signals.hurry.then(() => 'hurried' as const)
    const end = await Promise.race([fleet?.stop() ?? true, hurried])
    if (end !== true) log.warn({}, 'stopped before everything had finished')
    if (end === 'hurried') {
      killWorkers()
      failed = true
    }
    await forgetRunning(settings)
    await guard?.stop()
    await database.stop()
    starter.stop()
    signals.unwatch()
  }
  return failed ? EXIT.failed : 0
}
