// Pushes to clients' URLs: RFC 8620 §7.2. Any number of processes may run one.
//
// What is due is in the store, and a lease on it says who tells it: so one process tells a change, a subscription has
// one request under way, and what changes meanwhile is told by the next one, in the newest state.
import { formatId, type Logger, type Mailstore, type PushClaim } from '@tandem/mailstore'
import { systemClock as clock } from '../clock.js'
import { pushMessage } from './message.js'
import { createPoster, type PosterOptions, type PushAnswer } from './post.js'
import { parseRetryAfter, retryDelay } from './retry.js'
import { movedMarks, movedTypes, pushMarks } from './types.js'

export interface PushSenderOptions extends PosterOptions {
  mailstore: Pick<Mailstore, 'push' | 'trace'>
  log: Logger
  /** Whom push services can complain to: a `mailto:` or `https:` URL. */
  subject: string
  /** Milliseconds between two pushes to one URL, at least. Default 2,000. */
  pauseMs?: number
  /** Milliseconds before the second attempt, about. Default 30,000. */
  retryMs?: number
  /** Told of each push: the status that came, 0 where none did. */
  onPush?(status: number): void
}

export interface PushSender {
  start(): void
  /** Claims nothing more, finishes what runs, and resolves. */
  stop(): Promise<void>
}

/** Requests at a time in this process: more than one user has subscriptions, so that slow ones don't stop the others. */
const CONCURRENCY = 64
/** More than a request and its bookkeeping take. */
const LEASE_MS = 60_000
/** What other processes made due is seen this soon. */
const POLL_MS = 2_000
/** The least wait for what is due soon, as this process's clock may be ahead of the database's. */
const MIN_WAIT_MS = 20
/** How long requests may still take when the sender stops; what is cut off then is tried again. */
const STOP_MS = 3_000

export function createPushSender(options: PushSenderOptions): PushSender {
  const { log, subject, pauseMs = 2_000, retryMs = 30_000 } = options
  const { push: store, trace } = options.mailstore
  const poster = createPoster(options)
  const running = new Set<Promise<void>>()
  let isStopping = true
  let isRung = false
  let looking: Promise<void> | null = null
  let cancelWait = () => {}
  let stopListening = () => {}

  /** Looks for work; once more, where it is rung meanwhile. */
  function ring(): void {
    isRung = true
    if (isStopping || looking) return
    cancelWait()
    looking = look().finally(() => {
      looking = null
      if (isRung) ring()
    })
  }

  async function look(): Promise<void> {
    isRung = false
    const wait = await claim().catch((err: unknown) => {
      log.warn({ err }, 'cannot look for pushes that are due')
      return POLL_MS
    })
    if (!isStopping) cancelWait = clock.after(wait, ring)
  }

  /** Begins what is due, and gives how long to wait before the next look. */
  async function claim(): Promise<number> {
    const free = CONCURRENCY - running.size
    // Rung at the end of each.
    if (free <= 0) return POLL_MS
    const claims = await store.claim({ limit: free, leaseMs: LEASE_MS })
    for (const each of claims) begin(each)
    if (claims.length > 0) return 0
    const due = await store.nextDue()
    return due ? Math.min(Math.max(due.getTime() - Date.now(), MIN_WAIT_MS), POLL_MS) : POLL_MS
  }

  function begin(claim: PushClaim): void {
    const work = push(claim)
      .catch(async (err: unknown) => {
        log.error({ err, subscription: claim.id }, 'a push failed')
        await giveBack(claim, null)
      })
      // The lease ends by itself, then.
      .catch((err: unknown) => log.debug({ err, subscription: claim.id }, 'a push keeps its lease'))
      .finally(() => {
        running.delete(work)
        ring()
      })
    running.add(work)
  }

  async function push(claim: PushClaim): Promise<void> {
    const message = pushMessage(claim, subject)
    if (!message) return store.told(claim, claim.marks, 0)
    // The code is sent once, whatever becomes of it.
    const isOnce = !claim.isVerified
    const answer = await poster.post(claim.url, message, { isOnce }).catch((err: unknown) => {
      log.debug({ err, subscription: claim.id }, 'a push did not get through')
      return null
    })
    options.onPush?.(answer?.status ?? 0)
    return settle(claim, answer)
  }

  async function settle(claim: PushClaim, answer: PushAnswer | null): Promise<void> {
    const status = answer?.status ?? 0
    // RFC 8030 §7.3: the push service knows no such subscription any more.
    if (status === 404 || status === 410) return store.remove(claim)
    const isTaken = status >= 200 && status < 300
    if (isTaken && claim.isVerified) {
      traceTold(claim)
      return store.told(claim, claim.marks, pauseMs)
    }
    return giveBack(claim, parseRetryAfter(answer?.retryAfter, Date.now()))
  }

  function traceTold({ accountId, id, types, told, marks }: PushClaim): void {
    trace.pushed(accountId, () => {
      const moved = movedTypes(types, told, marks)
      return {
        protocol: 'jmap',
        session: formatId('pushSubscription', id),
        text: `push to a URL: ${moved.join(', ')}`,
        moved: movedMarks(moved, pushMarks(told), pushMarks(marks)),
      }
    })
  }

  /** RFC 9749 §6: a code is not sent twice, whatever became of it. The rest is tried again. */
  function giveBack(claim: PushClaim, asked: number | null): Promise<void> {
    const retry = retryDelay(retryMs, claim.attempts, asked, Math.random)
    return store.release(claim, claim.isVerified ? retry : null)
  }

  return {
    start() {
      if (!isStopping) return
      isStopping = false
      stopListening = store.onDue(ring)
      ring()
    },
    async stop() {
      isStopping = true
      stopListening()
      cancelWait()
      await looking
      const cancelCut = clock.after(STOP_MS, poster.close)
      await Promise.all(running)
      cancelCut()
      poster.close()
    },
  }
}
