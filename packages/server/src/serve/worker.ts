// One worker: the store, the listeners and the outbox of one process, from start to graceful stop.
import type { SharedGates } from '@tandem/jmap'
import { type Mailstore, openMailstore } from '@tandem/mailstore'
import { createOutbox, type Outbox } from '@tandem/submission'
import type { Log } from '../log.js'
import type { Metrics, Sample } from '../metrics.js'
import { poolSize, type Settings } from '../settings/table.js'
import { openTls, type TlsSource } from '../tls.js'
import { countConnections } from './connections.js'
import { countGuard, guardOptions } from './guard.js'
import { HEALTHY, type Health } from './health.js'
import { startHousekeeping } from './housekeeping.js'
import { createHttp, databaseAnswers } from './http.js'
import { within } from './limits.js'
import { createListeners, type Listener, listenOn, needsTls } from './listeners.js'
import type { Address, StartOrder } from './messages.js'
import { meterMailstore } from './meter.js'
import { createPusher } from './push.js'

export interface Running {
  addresses: Address[]
  /**
   * Accepts nothing new, lets running commands and sending attempts finish, closes the store.
   * Gives false where that took longer than the limit (in ms), and what was left is cut off by the process's end.
   */
  stop(limit: number): Promise<boolean>
  /** Reads the certificate again; keeps the one it has, and logs it, where that fails. */
  reloadTls(): Promise<void>
  snapshot(): Promise<Sample[]>
  /** What the primary process sees. */
  setHealth(health: Health): void
}

export interface Surroundings {
  log: Log
  metrics: Metrics
  /** The sum over all workers; in a server of one process, its own snapshot. */
  totals?: () => Promise<Sample[]>
  /** Limits of a principal over all workers; in a server of one process, its own. */
  gate?: SharedGates
}

type State = 'starting' | 'ready' | 'stopping'

/** Resolves once every listener is up. Errors: Stop, after closing what was open. */
export async function startWorker(order: StartOrder, surroundings: Surroundings): Promise<Running> {
  const { settings, worker } = order
  const { log, metrics } = surroundings
  const tls = needsTls(settings) ? await openTls(settings) : null
  const mailstore = await openMailstore({
    url: order.databaseUrl,
    log: log.child({ service: 'mailstore' }),
    poolSize: poolSize(settings),
    guard: guardOptions(settings),
  })
  const open: { close(): Promise<void> }[] = []
  let state: State = 'starting'
  let health = HEALTHY

  async function snapshot(): Promise<Sample[]> {
    metrics.set('tandem_workers', {}, 1)
    metrics.set('tandem_database_up', {}, (await databaseAnswers(mailstore)) ? 1 : 0)
    metrics.set('tandem_resident_memory_bytes', { worker }, process.memoryUsage.rss())
    countGuard(mailstore, metrics)
    return metrics.snapshot()
  }

  /** Listeners and outbox end side by side; the store, which they use to the last, after them. */
  async function close(): Promise<void> {
    state = 'stopping'
    for (const result of await Promise.allSettled(open.map((part) => part.close()))) {
      if (result.status === 'rejected') log.error({ error: result.reason }, 'stopping failed')
    }
    await mailstore.close()
  }

  try {
    const storeOf = (service: string) => meterMailstore(mailstore, service, metrics)
    const isReady = () => state === 'ready'
    const totals = surroundings.totals ?? snapshot
    const http = await createHttp({
      settings,
      mailstore: storeOf('jmap'),
      log,
      metrics,
      isReady,
      health: () => health,
      totals,
      ...(surroundings.gate ? { gate: surroundings.gate } : {}),
    })
    const listeners = createListeners({ settings, storeOf, log, metrics, tls, http })
    const outbox = createSender(settings, storeOf('outbox'), log, metrics)
    const pusher = createPusher(settings, storeOf('push'), log, metrics)
    const addresses: Address[] = []
    for (const listener of listeners) {
      addresses.push(await listenOn(listener, settings))
      open.push(listener)
    }
    outbox?.start()
    if (outbox !== null) open.push({ close: () => outbox.stop() })
    pusher?.start()
    if (pusher !== null) open.push({ close: () => pusher.stop() })
    if (settings.TANDEM_SERVICES.includes('housekeeping')) open.push(startHousekeeping(mailstore, log))
    countConnections(addresses, metrics)
    state = 'ready'
    log.info({ addresses }, 'listening')
    return {
      addresses,
      snapshot,
      setHealth(now) {
        mailstore.disk.setFull(now.disk !== null)
        // They would wait for news that nobody can bring.
        if (now.database !== null && health.database === null)
          for (const { dismiss } of listeners) dismiss?.()
        health = now
      },
      stop: (limit) => within(limit, close()),
      reloadTls: () => reloadTls(tls, listeners, log),
    }
  } catch (error) {
    await close()
    throw error
  }
}

function createSender(settings: Settings, mailstore: Mailstore, log: Log, metrics: Metrics): Outbox | null {
  if (!settings.TANDEM_SERVICES.includes('outbox')) return null
  const relay = settings.TANDEM_RELAY_URL
  return createOutbox({
    mailstore,
    log: log.child({ service: 'outbox' }),
    hostname: settings.TANDEM_HOSTNAME,
    onPossibleDouble: (recipients) => metrics.add('tandem_possible_doubles_total', {}, recipients),
    ...(relay === null ? {} : { relayUrl: relay }),
  })
}

async function reloadTls(tls: TlsSource | null, listeners: readonly Listener[], log: Log): Promise<void> {
  if (tls === null) return
  try {
    const { cert, key, expires } = await tls.reload()
    for (const { setTls } of listeners) setTls?.({ cert, key })
    log.info({ expires }, 'certificate read again')
  } catch (error) {
    log.error({ error }, 'the certificate cannot be read; the one from before stays')
  }
}
