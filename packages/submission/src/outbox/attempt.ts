import {
  type Job,
  type Logger,
  type Mailstore,
  MailstoreError,
  type Outcome,
  type Submission,
  type SubmissionRecipient,
} from '@tandem/mailstore'
import { asAddresses, firstHeader, parseMessage } from '@tandem/mime'
import { signMessage } from '../dkim/index.js'
import { formatReply, refusal } from '../errors.js'
import { withoutFields } from '../headers.js'
import { hasExpired, NO_RELAY_DELAY, retryDelay } from './backoff.js'
import { composeBounce } from './bounce.js'
import { deliverLocally, type LocalRecipient } from './local.js'
import type { Relay } from './relay.js'

export interface AttemptDeps {
  mailstore: Mailstore
  hostname: string
  /** Null: mail for other domains waits. */
  relay: Relay | null
  now(): number
  /** 0 to 1. */
  random(): number
  log?: Logger | undefined
}

const UNKNOWN_HERE = formatReply(refusal(550, '5.1.1', 'there is no such mailbox here').reply)
export const NO_RELAY = '451 4.4.4 no relay is configured (TANDEM_RELAY_URL)'

/**
 * Removed from what is sent: RFC 8621 §7.5 wants Bcc removed, RFC 5321 §4.4 no Return-Path in a message that
 * sets out.
 */
const UNSENT_FIELDS = ['bcc', 'resent-bcc', 'return-path']

/**
 * One attempt at all recipients of a submission that are still queued, and its record. Whatever step it is
 * killed at, a repeat completes it: nothing counts before `record` committed, and local deliveries know what
 * they did. What a relay took in that moment may arrive twice (RFC 1047); nothing is lost.
 */
export async function attempt(deps: AttemptDeps, job: Job, signal: AbortSignal): Promise<void> {
  const { mailstore, log } = deps
  const account = mailstore.account(job.accountId)
  const submission = await account.read((r) => r.submission.get(job.ref))
  if (!submission) throw new MailstoreError('submissionNotFound', `there is no submission ${job.ref}`)
  const message = await readMessage(mailstore, job.accountId, submission)
  const queued = submission.recipients.filter(({ state }) => state === 'queued')
  const now = deps.now()

  const { local, unknown, remote } = await route(mailstore, queued)
  const onFault = (err: unknown) => log?.error({ err, submission: job.ref }, 'a local delivery failed')
  const [filed, relayed] = await Promise.all([
    deliverLocally({ ...deps, now: new Date(now), onFault }, submission, message, local),
    sendOut(deps, job.accountId, submission, message, remote, signal),
  ])
  const refused = unknown.map((address): Outcome => ({ address, state: 'failed', reply: UNKNOWN_HERE }))
  const outcomes = [...filed, ...refused, ...relayed].map((outcome) => giveUp(outcome, submission, now))
  await record(deps, job, submission, message, outcomes)
}

interface Routes {
  local: LocalRecipient[]
  /** In a domain of ours, but nobody's. */
  unknown: string[]
  remote: string[]
}

async function route(mailstore: Mailstore, recipients: readonly SubmissionRecipient[]): Promise<Routes> {
  const routes: Routes = { local: [], unknown: [], remote: [] }
  for (const { address } of recipients) {
    const principal = await mailstore.directory.resolve(address)
    if (principal) routes.local.push({ address, principal })
    else if (await mailstore.directory.isLocalDomain(address.slice(address.lastIndexOf('@') + 1))) {
      routes.unknown.push(address)
    } else routes.remote.push(address)
  }
  return routes
}

async function readMessage(
  mailstore: Mailstore,
  accountId: number,
  submission: Submission,
): Promise<Uint8Array> {
  const blob = await mailstore.account(accountId).blobs.open(submission.digest)
  if (!blob) throw new MailstoreError('blobNotFound', `submission ${submission.id} has lost its message`)
  return withoutFields(await blob.read(), UNSENT_FIELDS)
}

async function sendOut(
  { relay, mailstore, now }: AttemptDeps,
  accountId: number,
  { mailFrom }: Submission,
  message: Uint8Array,
  recipients: string[],
  signal: AbortSignal,
): Promise<Outcome[]> {
  if (recipients.length === 0) return []
  if (!relay) return recipients.map((address) => ({ address, state: 'queued', reply: NO_RELAY }))
  const bytes = await signed(mailstore, accountId, message, new Date(now()))
  return await relay.send({ mailFrom, recipients, bytes }, signal)
}

/**
 * Signed with the keys of its author's domain, which is what receivers look at (RFC 7489 §3.1); only where the
 * author is the sender: nobody has another domain of this server answer for him.
 */
async function signed(
  { directory, domains }: Mailstore,
  accountId: number,
  message: Uint8Array,
  now: Date,
): Promise<Uint8Array> {
  const from = firstHeader(parseMessage(message, { maxDepth: 0 }).headers, 'from')
  const author = (from === null ? [] : asAddresses(from))[0]?.email ?? ''
  const domain = author.slice(author.lastIndexOf('@') + 1)
  const keys = await domains.keys(domain)
  if (keys.length === 0 || (await directory.resolve(author))?.accountId !== accountId) return message
  return signMessage(message, { domain, keys, now })
}

/** A recipient that was tried for days is failed. Waiting for a relay to be set is no attempt, and never ends. */
function giveUp(outcome: Outcome, submission: Submission, now: number): Outcome {
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
  message: Uint8Array,
  outcomes: readonly Outcome[],
): Promise<void> {
  const now = deps.now()
  const delays = outcomes
    .filter(({ state }) => state === 'queued')
    .map(({ address, reply }) =>
      reply === NO_RELAY ? NO_RELAY_DELAY : retryDelay(attemptsOf(submission, address) + 1, deps.random),
    )
  const retryAt = new Date(now + Math.min(...delays, NO_RELAY_DELAY * 24))
  // Said once: a count of attempts that were none would soon have the message given up.
  const before = new Map(submission.recipients.map(({ address, reply }) => [address, reply]))
  const news = outcomes.filter(({ address, reply }) => reply !== NO_RELAY || before.get(address) !== NO_RELAY)

  const failed = outcomes.filter(({ state }) => state === 'failed')
  // RFC 5321 §6.1: no report about a report.
  const bounce =
    failed.length > 0 && submission.mailFrom !== ''
      ? await composeBounce({ ...deps, now: new Date(now), submission, message, failed })
      : null
  const isTried = outcomes.some(({ reply }) => reply !== NO_RELAY)
  const isHeld = await commit(deps, job, news, { retryAt, isTried }, bounce)
  for (const { address, state, reply } of isHeld ? outcomes : []) {
    deps.log?.info({ submission: job.ref, address, state, reply }, 'a delivery was attempted')
  }
  if (!isHeld) deps.log?.warn({ submission: job.ref }, 'the lease of a submission was lost')
}

/** The record and the report in one transaction: neither is there without the other. */
async function commit(
  { mailstore, log }: AttemptDeps,
  job: Job,
  outcomes: readonly Outcome[],
  { retryAt, isTried }: { retryAt: Date; isTried: boolean },
  bounce: Uint8Array | null,
): Promise<boolean> {
  const account = mailstore.account(job.accountId)
  const recordOnly = () => account.transact((tx) => tx.submission.record(job, outcomes, retryAt, { isTried }))
  if (!bounce) return await recordOnly()
  const report = await account.ingest(bounce, { nul: 'replace' })
  try {
    return await account.transact(async (tx) => {
      if (!(await tx.submission.record(job, outcomes, retryAt, { isTried }))) return false
      const inbox = await tx.mailbox.byRole('inbox')
      if (inbox) await tx.email.create([{ message: report, mailboxIds: [inbox.id] }])
      return true
    })
  } catch (error) {
    if (!(error instanceof MailstoreError) || error.code !== 'overQuota') throw error
    // The outcome is in the submission all the same, where a client sees it.
    log?.warn({ submission: job.ref }, 'the sender has no room for a report of failed delivery')
    return await recordOnly()
  }
}
