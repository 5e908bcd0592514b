import type { TransactionSql } from '../db/connect.js'
import { MailstoreError } from '../errors.js'
import { readRecipients, submissionReader } from './reader.js'
import type { Job, NewSubmission, Outcome, SubmissionRecipient, SubmissionTransactor } from './types.js'

export interface SubmissionTransactorDeps {
  /** The transaction that holds the account's lock. */
  sql: TransactionSql
  accountId: number
  nextId(): Promise<number>
  /** Takes `count` modseqs from the account's counter and gives the first. */
  nextModseq(count: number): number
  touchMark(type: 'submission', modseq: number): void
  onCommit(effect: () => void): void
  /** Told after the commit that a job was made or moved: `createJobs` has it. */
  jobCreated(): void
}

export function submissionTransactor(deps: SubmissionTransactorDeps): SubmissionTransactor {
  const { sql, accountId, nextId, onCommit, jobCreated } = deps

  /** A modseq for what has just changed. */
  const changed = (): number => {
    const modseq = deps.nextModseq(1)
    deps.touchMark('submission', modseq)
    return modseq
  }

  return {
    ...submissionReader(sql, accountId),

    async create(submission) {
      const { principalId, digest, mailFrom, mailFromParameters = {}, sendAt = null } = submission
      // Whoever deletes blobs does so under the lock that is held here, so the blob stays until the row names it.
      const [blob] = await sql`select 1 from blob where account_id = ${accountId} and digest = ${digest}`
      if (!blob) throw new MailstoreError('blobNotFound', 'the message of a submission is not in its account')
      const [id, jobId] = await Promise.all([nextId(), nextId()])
      const modseq = changed()
      await sql`
        insert into submission (account_id, submission_id, principal_id, digest, mail_from, mail_from_parameters,
          send_at, modseq, created_modseq)
        values (${accountId}, ${id}, ${principalId}, ${digest}, ${mailFrom}, ${sql.json(mailFromParameters)},
          coalesce(${sendAt}, now()), ${modseq}, ${modseq})`
      await insertRecipients(sql, accountId, id, submission.recipients)
      await sql`
        insert into job (job_id, due_at, account_id, kind, ref)
        values (${jobId}, coalesce(${sendAt}, now()), ${accountId}, 'submission', ${id})`
      onCommit(jobCreated)
      return id
    },

    async record(job, outcomes, retryAt) {
      // The account's lock is held, so it comes before the job's row here as everywhere.
      const [held] = await sql`
        select 1 from job where job_id = ${job.id} and lease = ${job.lease} and account_id = ${accountId} for update`
      if (!held) return false
      const recipients = await readRecipients(sql, accountId, job.ref)
      if (recipients.length === 0) throw new MailstoreError('submissionNotFound', `no submission ${job.ref}`)
      const news = outcomes.filter(({ address }) => find(recipients, address)?.state === 'queued')
      await updateRecipients(sql, accountId, job.ref, news)
      // The count of attempts is seen by nobody, so a repeat of the same words is no change.
      if (news.some((outcome) => differs(find(recipients, outcome.address), outcome))) {
        await sql`
          update submission set modseq = ${changed()}
          where account_id = ${accountId} and submission_id = ${job.ref}`
      }
      await settleJob(sql, accountId, job, retryAt)
      onCommit(jobCreated)
      return true
    },
  }
}

function find(recipients: readonly SubmissionRecipient[], address: string): SubmissionRecipient | undefined {
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
    insert into submission_recipient (account_id, submission_id, address, parameters)
    select distinct on (address) ${accountId}::bigint, ${submissionId}::bigint, address, parameters::jsonb
    from unnest(${addresses}::text[], ${parameters}::text[]) with ordinality as r (address, parameters, position)
    order by address, position`
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

/** Ends the job, or gives the lease back and waits until `retryAt` where a recipient is still queued. */
async function settleJob(sql: TransactionSql, accountId: number, job: Job, retryAt: Date): Promise<void> {
  const { count } = await sql`
    update job set due_at = ${retryAt}, lease = null, lease_until = null
    where job_id = ${job.id} and exists (
      select 1 from submission_recipient
      where account_id = ${accountId} and submission_id = ${job.ref} and state = 'queued')`
  if (count === 0) await sql`delete from job where job_id = ${job.id}`
}
