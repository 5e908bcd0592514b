// The entry of a forked worker. It does what the primary process says, and ends when that is gone.
import { createLog } from '../log.js'
import { createMetrics, type Sample } from '../metrics.js'
import { EXIT, reason, Stop } from '../stop.js'
import { STOP_LIMIT } from './limits.js'
import type { FromWorker, StartOrder, ToWorker } from './messages.js'
import { createBorrower, keepSwept } from './places.js'
import { type Running, startWorker } from './worker.js'

let running: Promise<Running> | undefined
let stopping = false
const waiting = new Map<number, (samples: Sample[]) => void>()
let lastId = 0
const places = createBorrower(tell)
keepSwept(places)

function tell(message: FromWorker): void {
  // Where the primary went in this moment, its end is heard as `disconnect`.
  if (process.connected) process.send!(message, () => {})
}

async function start(order: StartOrder): Promise<void> {
  const metrics = createMetrics()
  const log = createLog(order.settings, { worker: order.worker }, { metrics })
  process.on('uncaughtException', (error) => {
    log.error({ error }, 'a fault of the program')
    process.exit(EXIT.failed)
  })
  try {
    running = startWorker(order, { log, metrics, totals: askTotal, gate: places.gate })
    tell({ type: 'ready', addresses: (await running).addresses })
  } catch (error) {
    if (!(error instanceof Stop)) log.error({ error }, 'worker cannot start')
    const exitCode = error instanceof Stop ? error.exitCode : EXIT.failed
    stopping = true
    const failed: FromWorker = { type: 'failed', message: reason(error), exitCode }
    process.send!(failed, () => process.exit(exitCode))
  }
}

function askTotal(): Promise<Sample[]> {
  const id = ++lastId
  return new Promise((resolve) => {
    waiting.set(id, resolve)
    tell({ type: 'askTotal', id })
  })
}

async function stop(): Promise<void> {
  if (stopping) return
  stopping = true
  const worker = await running?.catch(() => undefined)
  await worker?.stop(STOP_LIMIT)
  process.exit(0)
}

process.on('message', (message: ToWorker) => {
  switch (message.type) {
    case 'start':
      void start(message)
      return
    case 'stop':
      void stop()
      return
    case 'reloadTls':
      void running?.then((worker) => worker.reloadTls())
      return
    case 'health':
      void running?.then((worker) => worker.setHealth(message.health)).catch(() => {})
      return
    case 'takeSnapshot':
      void running?.then(async (worker) => {
        tell({ type: 'snapshot', id: message.id, samples: await worker.snapshot() })
      })
      return
    case 'total':
      waiting.get(message.id)?.(message.samples)
      waiting.delete(message.id)
      return
    case 'place':
    case 'recallPlaces':
      places.hear(message)
      return
  }
})
// A Ctrl-C reaches the whole group of processes; the primary decides what it means.
process.on('SIGINT', () => {})
process.on('SIGHUP', () => {})
process.on('SIGTERM', () => void stop())
process.on('disconnect', () => void stop())
tell({ type: 'loaded' })
