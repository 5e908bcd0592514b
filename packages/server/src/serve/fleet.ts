// The workers of this server: forked, watched, told what to do, and added up. One worker needs no fork and runs in
// this process; from outside the two are the same.
import cluster, { type Worker } from 'node:cluster'
import { fileURLToPath } from 'node:url'
import type { Log } from '../log.js'
import { type Metrics, type Sample, sum } from '../metrics.js'
import { Stop } from '../stop.js'
import { HEALTHY, type Health } from './health.js'
import { STOP_LIMIT, within } from './limits.js'
import type { Address, FromWorker, StartOrder, ToWorker } from './messages.js'
import { createLender } from './places.js'
import { startWorker } from './worker.js'

export interface Fleet {
  addresses: Address[]
  /** Stops every worker gracefully; gives false where one had to be cut off. */
  stop(): Promise<boolean>
  reloadTls(): Promise<void>
  /** For every worker, those that come later too. */
  setHealth(health: Health): void
}

/** Resolves once every worker is ready. Errors: Stop, with no worker left. */
export async function startFleet(
  order: Omit<StartOrder, 'worker'>,
  log: Log,
  metrics: Metrics,
): Promise<Fleet> {
  if (order.settings.TANDEM_WORKERS > 1) return forkWorkers(order, log, metrics)
  const worker = await startWorker({ ...order, worker: '1' }, { log, metrics })
  return {
    addresses: worker.addresses,
    stop: () => worker.stop(STOP_LIMIT),
    reloadTls: () => worker.reloadTls(),
    setHealth: (health) => worker.setHealth(health),
  }
}

/** A worker that dies is replaced, after a wait that doubles while they keep dying young. In ms. */
const BACKOFF = { first: 100, longest: 30_000, young: 60_000 }

/** How long a worker may take to tell its numbers, in ms. */
const SNAPSHOT_LIMIT = 3_000

async function forkWorkers(order: Omit<StartOrder, 'worker'>, log: Log, metrics: Metrics): Promise<Fleet> {
  cluster.setupPrimary({ exec: fileURLToPath(new URL('./worker-main.js', import.meta.url)), args: [] })
  const snapshots = new Map<number, (samples: Sample[]) => void>()
  const places = createLender<Worker>(tell)
  const timers = new Set<NodeJS.Timeout>()
  const ready = new Set<Worker>()
  let lastId = 0
  let health = HEALTHY
  let stopping = false
  const workers = () => Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined)

  async function total(): Promise<Sample[]> {
    const all = [...ready].map(async (worker) => {
      const id = ++lastId
      const answer = new Promise<Sample[]>((resolve) => snapshots.set(id, resolve))
      tell(worker, { type: 'takeSnapshot', id })
      const samples = (await within(SNAPSHOT_LIMIT, answer)) ? await answer : []
      snapshots.delete(id)
      return samples
    })
    return sum([metrics.snapshot(), ...(await Promise.all(all))])
  }

  function hear(worker: Worker, message: FromWorker): void {
    if (message.type === 'snapshot') snapshots.get(message.id)?.(message.samples)
    else if (message.type === 'askTotal') {
      void total().then((samples) => tell(worker, { type: 'total', id: message.id, samples }))
    } else places.hear(worker, message)
  }

  /** Resolves when the worker is ready; rejects when it ends before that. Replaces it if it ends later. */
  function fork(name: string, wait: number): Promise<Address[]> {
    const born = Date.now()
    const worker = cluster.fork()
    return new Promise((resolve, reject) => {
      let failure: Stop | undefined
      worker.on('message', (message: FromWorker) => {
        if (message.type === 'loaded') {
          tell(worker, stopping ? { type: 'stop' } : { type: 'start', ...order, worker: name })
        } else if (message.type === 'ready') {
          ready.add(worker)
          tell(worker, { type: 'health', health })
          resolve(message.addresses)
        } else if (message.type === 'failed') {
          failure = new Stop(message.message, message.exitCode)
        } else hear(worker, message)
      })
      worker.on('error', (error) => log.error({ error, child: name }, 'worker'))
      worker.on('exit', (code, signal) => {
        const how = signal ?? `exit code ${code}`
        places.ended(worker)
        const wasReady = ready.delete(worker)
        if (!wasReady) reject(failure ?? new Stop(`worker ${name} ended with ${how} before it was ready`))
        if (stopping || !wasReady) return
        const old = Date.now() - born > BACKOFF.young
        replace(name, old ? BACKOFF.first : wait, { code, signal })
      })
    })
  }

  function replace(name: string, wait: number, how: object): void {
    log.error({ child: name, ...how, restartInMs: wait }, 'worker ended')
    const next = Math.min(wait * 2, BACKOFF.longest)
    const timer = setTimeout(() => {
      timers.delete(timer)
      fork(name, next).then(
        () => log.info({ child: name }, 'worker is back'),
        (error: Error) => stopping || replace(name, next, { reason: error.message }),
      )
    }, wait)
    timers.add(timer)
  }

  async function end(): Promise<boolean> {
    stopping = true
    for (const timer of timers) clearTimeout(timer)
    const left = workers().filter((worker) => !worker.isDead())
    const gone = Promise.all(left.map((worker) => new Promise((resolve) => worker.once('exit', resolve))))
    for (const worker of left) tell(worker, { type: 'stop' })
    // A little longer than a worker gives itself.
    if (await within(STOP_LIMIT + 2_000, gone)) return true
    for (const worker of left) worker.process.kill('SIGKILL')
    await gone
    return false
  }

  const names = Array.from({ length: order.settings.TANDEM_WORKERS }, (_, index) => String(index + 1))
  const started = await Promise.allSettled(names.map((name) => fork(name, BACKOFF.first)))
  const failed = started.find((result) => result.status === 'rejected')
  if (failed !== undefined) {
    await end()
    throw failed.reason
  }
  const first = started[0]
  return {
    addresses: first?.status === 'fulfilled' ? first.value : [],
    stop: end,
    async reloadTls() {
      for (const worker of ready) tell(worker, { type: 'reloadTls' })
    },
    setHealth(now) {
      health = now
      for (const worker of ready) tell(worker, { type: 'health', health })
    },
  }
}

/** Ends the workers that there are, whatever they are doing. */
export function killWorkers(): void {
  for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill('SIGKILL')
}

function tell(worker: Worker, message: ToWorker): void {
  // A worker that has just died cannot be told; its exit is dealt with where it is heard.
  if (worker.isConnected()) worker.send(message, () => {})
}
