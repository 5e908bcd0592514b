import {
  type Job,
  type Logger,
  type Mailstore,
  MailstoreError,
  type Submission,
  type SubmissionRecipient,
} from '@tandem/mailstore'
import { formatReply, refusal } from '../errors.js'
import { expiry, hasExpired, NO_RELAY_DELAY, retryDelay } from './backoff.js'
import { formFor } from './forms/form.js'
import { reasonToStay } from './guard.js'
import { deliverLocally, type LocalRecipient } from './local.js'
import { type Message, readMessage, sizeOf, wholeOf } from './message.js'
import { noticesOf } from './notices.js'
import { domainOf, here, outgoing, type Relay, type Sent } from './outgoing.js'
import { createPlaces, type Stay } from './places.js'
import { composeReport, MAX_RETURNED } from './report.js'
import { signed } from './signing.js'
import { traced } from './traced.js'

export interface AttemptDeps {
  mailstore: Mailstore
  hostname: string
  /** Null: mail for other domains waits. */
  relay: Relay | null
  now(): number
  /** As a clock's. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
  /** 0 to 1. */
  random(): number
  log?: Logger | undefined
  /** Told how many recipients may get a message twice, because nobody knows whether they have it. */
  onPossibleDouble?: ((recipients: number) => void) | undefined
}

const UNKNOWN_HERE = formatReply(refusal(550, '5.1.1', 'there is no such mailbox here').reply)
const LOOPS = formatReply(
  refusal(554, '5.4.6', 'the message goes in circles: it has too many Received fields').reply,
)
/** RFC 5321 §6.3: a hundred at least. */
const MAX_RECEIVED = 100
/** What is left for want of a place is tried as soon as there is one; with those that were put off, so late at most. */
const LEFT_DELAY = 30 * 60_000
/** Between two attempts to write down what became of an attempt, while the database is away. */
const RECORD_PAUSE = 200
export const NO_RELAY = '451 4.4.4 no relay is configured (TANDEM_RELAY_URL)'

/**
 * One attempt at all recipients of a submission that are still queued, and its record. Whatever step it is
 * killed at, a repeat completes it: nothing counts before `record` committed, and local deliveries know what
 * they did. What a relay took in that moment may arrive twice (RFC 1047); nothing is lost. Recipients in domains that
 * `stay` has no place with are left as they are.
 */
export async function attempt(
  deps: AttemptDeps,
  job: Job,
  signal: AbortSignal,
  stay: Stay = createPlaces(Number.POSITIVE_INFINITY).enter([]),
): Promise<void> {
  await deps.mailstore.trace.command(
    job.accountId,
    () => traced(job.ref, `attempt ${job.attempts + 1}`),
    () => attemptAll(deps, job, signal, stay),
    (sent) => counted(sent.map(({ state }) => state)) || 'waits for its turn',
  )
}

/** What became of each recipient. */
async function attemptAll(
  deps: AttemptDeps,
  job: Job,
  signal: AbortSignal,
  stay: Stay,
): Promise<readonly Sent[]> {
  const { mailstore, log } = deps
  const account = mailstore.account(job.accountId)
  const submission = await account.read((r) => r.submission.get(job.ref))
  if (!submission) throw new MailstoreError('submissionNotFound', `there is no submission ${job.ref}`)
  const queued = submission.recipients.filter(({ state }) => state === 'queued')
  const now = deps.now()

  const { local, unknown, remote } = await route(mailstore, queued)
  const hasPlace = stay.keep(remote.map(({ address }) => domainOf(address)))
  if (!hasPlace && local.length + unknown.length === 0) {
    await account.transact((tx) => tx.submission.record(job, [], new Date(now), { isTried: false }))
    return []
  }
  const leaving = await readMessage(account, submission, deps.hostname)
  const { message } = leaving
  const barred = await reasonToStay(mailstore, account, leaving)
  const onFault = (err: unknown) => log?.error({ err, submission: job.ref }, 'a local delivery failed')
  const [filed, relayed] = barred
    ? [[], []]
    : await Promise.all([
        toOurselves(message).then((form) =>
          deliverLocally({ ...deps, now: new Date(now), onFault }, submission, form, local),
        ),
        sendOut(deps, job, submission, message, hasPlace ? remote : [], signal, stay),
      ])
  const refused = (barred ? queued.map(({ address }) => address) : unknown).map((address) =>
    here(address, 'failed', barred ?? UNKNOWN_HERE),
  )
  const sent = [...filed, ...refused, ...relayed].map((outcome) => giveUp(outcome, submission, now))
  const isLeft = !barred && relayed.length < remote.length
  const write = () => record(deps, job, submission, message, sent, isLeft)
  await onceBack(deps, write, signal).catch((error: unknown) => {
    // Taken by another host, and not written down: they will get it again.
    const taken = relayed.filter(({ state }) => state === 'relayed').length
    if (taken > 0) deps.onPossibleDouble?.(taken)
    throw error
  })
  return sent
}

/** We take all but lines that no other host would. */
async function toOurselves(message: Message): Promise<Message> {
  const form = await formFor(message, { utf8: true, eightBit: true })
  return typeof form === 'string' ? message : form
}

/** `2 delivered, 1 queued` */
function counted(states: readonly string[]): string {
  const kinds = [...new Set(states)].sort()
  return kinds.map((kind) => `${states.filter((state) => state === kind).length} ${kind}`).join(', ')
}

/**
 * Keeps at it while the database is away: to give up would be to send again what a relay has taken. Once the lease is
 * somebody else's, `write` changes nothing, so that it may be done again without knowing what came of the last time.
 */
async function onceBack(deps: AttemptDeps, write: () => Promise<void>, signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      return await write()
    } catch (error) {
      const isAway = error instanceof MailstoreError && ['unavailable', 'diskFull'].includes(error.code)
      if (!isAway || signal.aborted) throw error
      await deps.sleep(RECORD_PAUSE, signal)
    }
  }
}

interface Routes {
  local: LocalRecipient[]
  /** In a domain of ours, but nobody's. */
  unknown: string[]
  remote: SubmissionRecipient[]
}

async function route(mailstore: Mailstore, recipients: readonly SubmissionRecipient[]): Promise<Routes> {
  const routes: Routes = { local: [], unknown: [], remote: [] }
  const destinations = await mailstore.directory.destinations(recipients.map(({ address }) => address))
  for (const recipient of recipients) {
    const { address } = recipient
    const destination = destinations.get(address)!
    if (destination === 'elsewhere') routes.remote.push(recipient)
    else if (destination === 'unknown') routes.unknown.push(address)
    else routes.local.push({ address, principal: destination })
  }
  return routes
}

async function sendOut(
  deps: AttemptDeps,
  job: Job,
  submission: Submission,
  message: Message,
  recipients: SubmissionRecipient[],
  signal: AbortSignal,
  stay: Stay,
): Promise<Sent[]> {
  if (recipients.length === 0) return []
  const { mailFrom, mailFromParameters: parameters } = submission
  if (!deps.relay) return recipients.map(({ address }) => here(address, 'queued', NO_RELAY))
  if (isLooping(message)) return recipients.map(({ address }) => here(address, 'failed', LOOPS))
  const account = deps.mailstore.account(job.accountId)
  const sign = (form: Message) => signed(deps.mailstore, account, form, new Date(deps.now()))
  // Whoever held the job before was killed: how far it came, nobody knows (RFC 1047).
  if (job.crashes > 0) deps.onPossibleDouble?.(recipients.length)
  const sent = await deps.relay.send(
    outgoing({ mailFrom, parameters, recipients, content: message }, sign),
    signal,
    stay,
  )
  const unknown = sent.filter(({ isUnknown }) => isUnknown).length
  if (unknown > 0) deps.onPossibleDouble?.(unknown)
  return sent
}

function isLooping({ headers }: Message): boolean {
  return headers.filter(({ name }) => name.toLowerCase() === 'received').length > MAX_RECEIVED
}

/** A recipient that was tried for days is failed. Waiting for a relay to be set is no attempt, and never ends. */
function giveUp(outcome: Sent, submission: Submission, now: number): Sent {
  if (outcome.state !== 'queued' || outcome.reply === NO_RELAY) return outcome
  const since = submission.sendAt
  if (!hasExpired(since, attemptsOf(submission, outcome.address) + 1, now)) return outcome
  return { ...outcome, state: 'failed', reply: `550 5.4.7 given up; the last reply was: ${outcome.reply}` }
}

function attemptsOf({ recipients }: Submission, address: string): number {
  return recipients.find((recipient) => recipient.address === address)?.attempts ?? 0
}

async function record(
  deps: AttemptDeps,
  job: Job,
  submission: Submission,
  message: Message,
  sent: readonly Sent[],
  isLeft: boolean,
): Promise<void> {
  const now = deps.now()
  const delays = sent
    .filter(({ state }) => state === 'queued')
    .map(({ address, reply }) =>
      reply === NO_RELAY ? NO_RELAY_DELAY : retryDelay(attemptsOf(submission, address) + 1, deps.random),
    )
  const wait = delays.length === 0 ? 0 : Math.min(...delays, isLeft ? LEFT_DELAY : Number.POSITIVE_INFINITY)
  const retryAt = new Date(now + wait)
  // Said once: a count of attempts that were none would soon have the message given up.
  const before = new Map(submission.recipients.map(({ address, reply }) => [address, reply]))
  const news = sent
    .filter(({ address, reply }) => reply !== NO_RELAY || before.get(address) !== NO_RELAY)
    .map(({ address, state, reply }) => ({ address, state, reply }))
  const told = noticesOf(
    submission,
    sent.filter(({ reply }) => reply !== NO_RELAY),
  )
  const giveUpAt = expiry(submission.sendAt)
  const isCut = sizeOf(message) > MAX_RETURNED
  const report =
    told.length > 0
      ? composeReport({
          hostname: deps.hostname,
          now: new Date(now),
          submission,
          message: isCut ? message.header : await wholeOf(message),
          isCut,
          notices: told,
          giveUpAt,
        })
      : null
  const isTried = sent.some(({ reply }) => reply !== NO_RELAY)
  const isHeld = await commit(deps, job, news, { retryAt, isTried }, report)
  for (const { address, state, reply } of isHeld ? sent : []) {
    deps.log?.info({ submission: job.ref, address, state, reply }, 'a delivery was attempted')
  }
  if (!isHeld) deps.log?.warn({ submission: job.ref }, 'an attempt was not written down: its lease is over')
}

/** The record and the report in one transaction: neither is there without the other. */
async function commit(
  { mailstore, log }: AttemptDeps,
  job: Job,
  outcomes: readonly Pick<Sent, 'address' | 'state' | 'reply'>[],
  { retryAt, isTried }: { retryAt: Date; isTried: boolean },
  report: Uint8Array | null,
): Promise<boolean> {
  const account = mailstore.account(job.accountId)
  const recordOnly = () => account.transact((tx) => tx.submission.record(job, outcomes, retryAt, { isTried }))
  if (!report) return await recordOnly()
  const filed = await account.ingest(report, { nul: 'replace' })
  try {
    return await account.transact(async (tx) => {
      if (!(await tx.submission.record(job, outcomes, retryAt, { isTried }))) return false
      const inbox = await tx.mailbox.byRole('inbox')
      if (inbox) await tx.email.create([{ message: filed, mailboxIds: [inbox.id] }])
      return true
    })
  } catch (error) {
    if (!(error instanceof MailstoreError) || error.code !== 'overQuota') throw error
    // The outcome is in the submission all the same, where a client sees it.
    log?.warn({ submission: job.ref }, 'the sender has no room for a report of delivery')
    return await recordOnly()
  }
}
