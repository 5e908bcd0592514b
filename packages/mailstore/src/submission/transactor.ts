import type { Ledger } from '../account/ledger.js'
import { bury } from '../changes/tombstones.js'
import type { TransactionSql } from '../db/connect.js'
import { MailstoreError } from '../errors.js'
import { requireRoomToHold } from './hold.js'
import { isShown, readRecipients, submissionReader } from './reader.js'
import type { Held, Job, NewSubmission, Outcome, SubmissionRecipient, SubmissionTransactor } from './types.js'

export interface SubmissionTransactorDeps extends Pick<Ledger, 'sql' | 'accountId' | 'nextModseq' | 'touch'> {
  nextId(): Promise<number>
  onCommit(effect: () => void): void
  /** Told after the commit that a job was made or moved: `createJobs` has it. */
  jobCreated(): void
}

export function submissionTransactor(deps: SubmissionTransactorDeps): SubmissionTransactor {
  const { sql, accountId, nextId, onCommit, jobCreated } = deps

  /** A modseq for what has just changed; the mark moves where JMAP sees it. */
  const changed = (isSeen: boolean): number => {
    const modseq = deps.nextModseq()
    if (isSeen) deps.touch('submission', modseq)
    return modseq
  }

  /** The row, as far as what follows has to know of it. Null where there is none. */
  async function find(id: number) {
    const [row] = await sql<{ undo: string; is_shown: boolean; is_destroyed: boolean }[]>`
      select undo_status as undo, ${isShown(sql)} as is_shown, is_destroyed
      from submission where account_id = ${accountId} and submission_id = ${id}`
    return row ?? null
  }

  const reader = submissionReader(sql, accountId)
  /** Read once for all that this transaction creates; what it releases or cancels makes room for the next. */
  let held: Held | null = null

  /** Errors: tooManyHeld. */
  async function hold(sendAt: Date, size: number): Promise<void> {
    if (sendAt.getTime() <= Date.now()) return
    held ??= await reader.held()
    requireRoomToHold(held, size)
    held = { messages: held.messages + 1, octets: held.octets + size }
  }

  return {
    ...reader,

    async create(submission) {
      const { principalId, digest, mailFrom, mailFromParameters = {}, sendAt = null, email } = submission
      // Whoever deletes blobs does so under the lock that is held here, so the blob stays until the row names it.
      const [blob] = await sql<{ size: number }[]>`
        select size from blob where account_id = ${accountId} and digest = ${digest}`
      if (!blob) throw new MailstoreError('blobNotFound', 'the message of a submission is not in its account')
      const threadId = email ? await requireThread(sql, accountId, email) : null
      if (sendAt) await hold(sendAt, blob.size)
      const [id, jobId] = await Promise.all([nextId(), nextId()])
      const modseq = changed(email !== undefined)
      await sql`
        insert into submission (account_id, submission_id, principal_id, digest, identity_id, email_id, thread_id,
          mail_from, mail_from_parameters, send_at, modseq, created_modseq)
        values (${accountId}, ${id}, ${principalId}, ${digest}, ${email?.identityId ?? null},
          ${email?.emailId ?? null}, ${threadId}, ${mailFrom}, ${sql.json(mailFromParameters)},
          coalesce(${sendAt}, now()), ${modseq}, ${modseq})`
      await insertRecipients(sql, accountId, id, submission.recipients)
      await sql`
        insert into job (job_id, due_at, account_id, kind, ref, domains)
        values (${jobId}, coalesce(${sendAt}, now()), ${accountId}, 'submission', ${id},
          ${queuedDomains(sql, accountId, id)})`
      onCommit(jobCreated)
      return id
    },

    async record(job, outcomes, retryAt, { isTried = true } = {}) {
      // The account's lock is held, so it comes before the job's row here as everywhere.
      const [held] = await sql`
        select 1 from job where job_id = ${job.id} and lease = ${job.lease} and account_id = ${accountId} for update`
      if (!held) return false
      const [submission, known] = await Promise.all([
        find(job.ref),
        readRecipients(sql, accountId, [job.ref]),
      ])
      const recipients = known.get(job.ref)
      if (!submission || !recipients) {
        throw new MailstoreError('submissionNotFound', `no submission ${job.ref}`)
      }
      const news = outcomes.filter(({ address }) => findRecipient(recipients, address)?.state === 'queued')
      await updateRecipients(sql, accountId, job.ref, news)
      const undo = isTried ? 'final' : submission.undo
      // The count of attempts is seen by nobody, so a repeat of the same words is no change.
      if (
        undo !== submission.undo ||
        news.some((outcome) => differs(findRecipient(recipients, outcome.address), outcome))
      ) {
        await sql`
          update submission set modseq = ${changed(submission.is_shown)}, undo_status = ${undo}
          where account_id = ${accountId} and submission_id = ${job.ref}`
      }
      const isFinished = await settleJob(sql, accountId, job, retryAt, isTried)
      if (isFinished) await finish(sql, accountId, job.ref)
      onCommit(jobCreated)
      return true
    },

    async cancel(id) {
      const submission = await find(id)
      if (!submission?.is_shown) throw new MailstoreError('submissionNotFound', `no submission ${id}`)
      if (submission.undo === 'canceled') return
      // A claim of the same row waits for this, or this for the claim; an attempt whose end is unknown still counts.
      const [job] = await sql<{ job_id: number; isFresh: boolean }[]>`
        select job_id, lease is null and attempts = 0 as "isFresh" from job
        where account_id = ${accountId} and kind = 'submission' and ref = ${id} for update`
      if (submission.undo !== 'pending' || !job?.isFresh) {
        throw new MailstoreError('cannotUnsend', 'it is being sent already')
      }
      await sql`delete from job where job_id = ${job.job_id}`
      await sql`
        update submission_recipient set state = 'canceled', settled_at = now()
        where account_id = ${accountId} and submission_id = ${id}`
      await sql`
        update submission set undo_status = 'canceled', finished_at = now(), modseq = ${changed(true)}
        where account_id = ${accountId} and submission_id = ${id}`
    },

    async destroy(ids) {
      const wanted = [...new Set(ids)]
      const gone = await sql<{ id: number; created_modseq: number }[]>`
        update submission set is_destroyed = true
        where account_id = ${accountId} and submission_id = any(${wanted}::bigint[]) and ${isShown(sql)}
        returning submission_id as id, created_modseq`
      if (gone.length < wanted.length) throw new MailstoreError('submissionNotFound', 'no such submission')
      await bury(deps, 'submission', gone)
      // RFC 8621 §7.5: what is still queued is sent; its row goes with its job.
      await sql`
        delete from submission
        where account_id = ${accountId} and submission_id = any(${wanted}::bigint[]) and finished_at is not null`
    },
  }
}

/** The thread of the email that is sent. Errors: emailNotFound, identityNotFound. */
async function requireThread(
  sql: TransactionSql,
  accountId: number,
  { emailId, identityId }: NonNullable<NewSubmission['email']>,
): Promise<number> {
  const [[email], [identity]] = await Promise.all([
    sql<{ thread_id: number }[]>`
      select thread_id from email e where account_id = ${accountId} and email_id = ${emailId} and exists (
        select from membership m where m.account_id = ${accountId} and m.email_id = ${emailId} and not m.deleted)`,
    sql`select from identity where account_id = ${accountId} and identity_id = ${identityId}`,
  ])
  if (!email) throw new MailstoreError('emailNotFound', 'there is no such email')
  if (!identity) throw new MailstoreError('identityNotFound', 'there is no such identity')
  return email.thread_id
}

/** Nobody is queued any more: the record stays for a while, unless it was destroyed. */
async function finish(sql: TransactionSql, accountId: number, id: number): Promise<void> {
  await sql`
    delete from submission where account_id = ${accountId} and submission_id = ${id} and is_destroyed`
  await sql`
    update submission set finished_at = now() where account_id = ${accountId} and submission_id = ${id}`
}

function findRecipient(
  recipients: readonly SubmissionRecipient[],
  address: string,
): SubmissionRecipient | undefined {
  return recipients.find((recipient) => recipient.address === address)
}

function differs(before: SubmissionRecipient | undefined, { state, reply }: Outcome): boolean {
  return before?.state !== state || before.reply !== reply
}

/** A recipient that is given twice is stored once, with the parameters of the first. */
async function insertRecipients(
  sql: TransactionSql,
  accountId: number,
  submissionId: number,
  recipients: NewSubmission['recipients'],
): Promise<void> {
  const addresses = recipients.map(({ address }) => address)
  const parameters = recipients.map((recipient) => JSON.stringify(recipient.parameters ?? {}))
  await sql`
    insert into submission_recipient (account_id, submission_id, address, parameters, position)
    select distinct on (address) ${accountId}::bigint, ${submissionId}::bigint, address, parameters::jsonb, position
    from unnest(${addresses}::text[], ${parameters}::text[]) with ordinality as r (address, parameters, position)
    order by address, position`
}

/** Where a submission still has to go; empty where nowhere. Only A to Z are lowered, whatever the database's locale. */
function queuedDomains(sql: TransactionSql, accountId: number, submissionId: number) {
  return sql`coalesce((
    select array_agg(distinct lower(substring(address from '[^@]*$') collate "C")) from submission_recipient
    where account_id = ${accountId} and submission_id = ${submissionId} and state = 'queued'), '{}')`
}

async function updateRecipients(
  sql: TransactionSql,
  accountId: number,
  submissionId: number,
  outcomes: readonly Outcome[],
): Promise<void> {
  if (outcomes.length === 0) return
  const column = (name: keyof Outcome) => outcomes.map((outcome) => outcome[name])
  await sql`
    update submission_recipient r
    set state = o.state, reply = o.reply, attempts = r.attempts + 1,
      settled_at = case when o.state = 'queued' then null else now() end
    from unnest(${column('address')}::text[], ${column('state')}::text[], ${column('reply')}::text[])
      as o (address, state, reply)
    where r.account_id = ${accountId} and r.submission_id = ${submissionId} and r.address = o.address`
}

/**
 * Ends the job, which is told, or gives the lease back and waits until `retryAt` where a recipient is still queued. A
 * claim in which nobody was tried is not counted.
 */
async function settleJob(
  sql: TransactionSql,
  accountId: number,
  job: Job,
  retryAt: Date,
  isTried: boolean,
): Promise<boolean> {
  const { count } = await sql`
    update job set due_at = ${retryAt}, lease = null, lease_until = null, crashes = 0,
      attempts = case when ${isTried} then attempts else ${job.attempts} end,
      domains = ${queuedDomains(sql, accountId, job.ref)}
    where job_id = ${job.id} and exists (
      select 1 from submission_recipient
      where account_id = ${accountId} and submission_id = ${job.ref} and state = 'queued')`
  if (count > 0) return false
  await sql`delete from job where job_id = ${job.id}`
  return true
}
