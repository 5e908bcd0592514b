// The outbox: claims due submissions by lease and attempts them. Any number of processes may run one.
import dns from 'node:dns/promises'
import { type Job, type Logger, type Mailstore, MailstoreError } from '@tandem/mailstore'
import { type Clock, systemClock } from '../clock.js'
import { type AttemptDeps, attempt } from './attempt.js'
import { retryDelay } from './backoff.js'
import type { Resolver } from './destinations.js'
import { createMxRelay } from './mx.js'
import type { Relay } from './outgoing.js'
import { createPlaces, type Stay } from './places.js'
import { isPublicAddress } from './reach.js'
import { createRelay } from './relay.js'
import { releaseWaiting } from './relay-is-set.js'

export interface OutboxOptions {
  mailstore: Mailstore
  /** This server's name, in EHLO and Received. */
  hostname: string
  /**
   * `smtp://user:pass@host:port` or `smtps://…`: a smart host. `mx`: the hosts that the DNS names for each domain.
   * Without either, mail for other domains waits and says so.
   */
  relayUrl?: string
  /** How `mx` finds and reaches hosts; other than the Internet's for tests alone. */
  mx?: { resolver: Resolver; mayReach(address: string): boolean; port: number }
  /**
   * Attempts at a time in this process. Default 4; 16 with `mx`, where hosts are many and some are slow: a quarter of
   * them at most is for any one domain.
   */
  concurrency?: number
  /** How soon another process takes over from one that was killed. Renewed while work goes on. Default one minute. */
  leaseMs?: number
  log?: Logger
  clock?: Clock
  /** 0 to 1, for the jitter of retries and the choice among equal hosts. Default Math.random. */
  random?: () => number
  /** Told how many recipients may get a message twice, because nobody knows whether they have it. */
  onPossibleDouble?: (recipients: number) => void
}

export interface Outbox {
  start(): void
  /** Claims nothing more, finishes what runs, and resolves. */
  stop(): Promise<void>
}

/** Jobs that other processes made are seen this soon. */
const POLL = 5000
/** The least time between two looks that found nothing: this process's clock may be ahead of the database's. */
const MIN_WAIT = 100
/** An attempt that takes longer is ended and repeated; several times the timeouts of one SMTP transaction. */
const ATTEMPT_LIMIT = 60 * 60_000

/** Throws where `relayUrl` is none. */
export function createOutbox(options: OutboxOptions): Outbox {
  const { mailstore, hostname, log, leaseMs = 60_000, clock = systemClock, onPossibleDouble } = options
  const concurrency = options.concurrency ?? (options.relayUrl === 'mx' ? 16 : 4)
  const random = options.random ?? Math.random
  const relay = createWay(options, random)
  const { now, sleep } = clock
  const deps: AttemptDeps = { mailstore, hostname, relay, now, sleep, random, log, onPossibleDouble }
  const running = new Set<Promise<void>>()
  let bell = new AbortController()
  let loop: Promise<void> | null = null
  let isStopping = false
  let stopListening = () => {}

  const ring = () => bell.abort()
  // A smart host is the one way there is, whatever the domain.
  const places = createPlaces(
    options.relayUrl === 'mx' ? Math.max(1, Math.floor(concurrency / 4)) : Number.POSITIVE_INFINITY,
    ring,
  )

  async function run(): Promise<void> {
    while (!isStopping) {
      // Hung up before looking, so that what happens meanwhile rings the new one.
      bell = new AbortController()
      const wait = await claim().catch((err: unknown) => {
        log?.error({ err }, 'the outbox cannot look for work')
        return POLL
      })
      if (wait > 0 && !isStopping) await clock.sleep(wait, bell.signal)
    }
  }

  /** Begins what is due, and gives how long to wait before the next look. */
  async function claim(): Promise<number> {
    const free = concurrency - running.size
    if (free <= 0) return POLL
    const except = places.full()
    // Nothing is claimed that would then have to wait with its lease.
    const jobs = await mailstore.jobs.claim({ limit: Math.min(free, places.room()), leaseMs, except })
    for (const job of jobs) begin(job)
    if (jobs.length > 0) return 0
    const due = await mailstore.jobs.nextDue({ except })
    return due ? Math.min(Math.max(due.getTime() - clock.now(), MIN_WAIT), POLL) : POLL
  }

  function begin(job: Job): void {
    const stay = places.enter(job.domains)
    const work = perform(job, stay).finally(() => {
      running.delete(work)
      stay.end()
      ring()
    })
    running.add(work)
  }

  async function perform(job: Job, stay: Stay): Promise<void> {
    const done = new AbortController()
    const lost = new AbortController()
    const renewing = keepLease(job, done.signal, lost)
    try {
      await attempt(deps, job, AbortSignal.any([lost.signal, AbortSignal.timeout(ATTEMPT_LIMIT)]), stay)
    } catch (err) {
      log?.error({ err, submission: job.ref }, 'an attempt at a submission failed')
      await postpone(job, err)
    } finally {
      done.abort()
      await renewing
    }
  }

  /** Renews the lease until `done`; rings `lost` where somebody else has it. */
  async function keepLease(job: Job, done: AbortSignal, lost: AbortController): Promise<void> {
    while (!lost.signal.aborted) {
      await clock.sleep(leaseMs / 3, done)
      if (done.aborted) return
      // Where the database can't be asked, the lease may still hold: record() will tell.
      const isHeld = await mailstore.jobs.renew(job, leaseMs).catch(() => true)
      if (!isHeld) lost.abort()
    }
  }

  /** What can't be attempted now is tried later and later, like what a relay puts off; what is broken, a few times. */
  async function postpone(job: Job, why: unknown): Promise<void> {
    const retryAt = new Date(clock.now() + retryDelay(job.attempts + 1, random))
    const isAway = why instanceof MailstoreError && ['unavailable', 'diskFull'].includes(why.code)
    const putOff = isAway
      ? mailstore.account(job.accountId).transact((tx) => tx.submission.record(job, [], retryAt))
      : mailstore.jobs.brokeDown(job, retryAt)
    await putOff
      // The lease ends by itself, then.
      .catch((err: unknown) => log?.error({ err, submission: job.ref }, 'a submission cannot be put off'))
  }

  return {
    start() {
      if (loop) return
      isStopping = false
      stopListening = mailstore.jobs.onCreated(ring)
      if (relay) {
        releaseWaiting(mailstore, log).then(ring, (err: unknown) =>
          log?.warn({ err }, 'mail that waited for a relay goes out later'),
        )
      }
      loop = run()
    },
    async stop() {
      isStopping = true
      stopListening()
      ring()
      await loop
      loop = null
      await Promise.all(running)
    },
  }
}

function createWay({ relayUrl, hostname, log, mx }: OutboxOptions, random: () => number): Relay | null {
  if (!relayUrl) return null
  if (relayUrl !== 'mx') return createRelay({ url: relayUrl, hostname, log })
  return createMxRelay({ hostname, log, random, resolver: dns, mayReach: isPublicAddress, ...mx })
}
