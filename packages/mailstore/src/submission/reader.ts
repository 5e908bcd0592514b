import type { Queryable } from '../db/connect.js'
import type { Submission, SubmissionReader, SubmissionRecipient } from './types.js'

/** Submissions of one account, in the transaction or snapshot that `sql` stands for. */
export function submissionReader(sql: Queryable, accountId: number): SubmissionReader {
  return {
    async get(id) {
      const [submission] = await sql<Omit<Submission, 'recipients'>[]>`
        select submission_id as id, principal_id as "principalId", digest, blob.size, mail_from as "mailFrom",
          mail_from_parameters as "mailFromParameters", created_at as "createdAt", send_at as "sendAt"
        from submission join blob using (account_id, digest)
        where submission.account_id = ${accountId} and submission_id = ${id}`
      if (!submission) return null
      return { ...submission, recipients: await readRecipients(sql, accountId, id) }
    },
  }
}

/** In one order, whatever the database's collation. */
export async function readRecipients(
  sql: Queryable,
  accountId: number,
  submissionId: number,
): Promise<SubmissionRecipient[]> {
  const rows = await sql<SubmissionRecipient[]>`
    select address, parameters, state, attempts, reply
    from submission_recipient
    where account_id = ${accountId} and submission_id = ${submissionId}
    order by address collate "C"`
  return [...rows]
}
