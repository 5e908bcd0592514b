import type { Queryable } from '../db/connect.js'
import { querySubmissionChanges, querySubmissions } from './query.js'
import type { EmailSubmission, Held, Submission, SubmissionReader, SubmissionRecipient } from './types.js'

interface Row extends Omit<Submission, 'email' | 'recipients'> {
  emailId: number | null
  threadId: number
  identityId: number
}

/** Submissions of one account, in the transaction or snapshot that `sql` stands for. */
export function submissionReader(sql: Queryable, accountId: number): SubmissionReader {
  return {
    get: async (id) => (await readSubmissions(sql, accountId, [id], false))[0] ?? null,
    list: async (ids) => (await readSubmissions(sql, accountId, ids, true)) as EmailSubmission[],
    async held() {
      // By way of the jobs: few are left to do, and many submissions are kept for a month.
      const [row] = await sql<Held[]>`
        select count(*) as messages, coalesce(sum(blob.size), 0)::bigint as octets
        from job j
        join submission s on s.account_id = j.account_id and s.submission_id = j.ref
        join blob on blob.account_id = s.account_id and blob.digest = s.digest
        where j.account_id = ${accountId} and j.kind = 'submission' and s.send_at > now()`
      return { ...row! }
    },
    async ids(limit) {
      const rows = await sql<{ id: number }[]>`
        select submission_id as id from submission
        where account_id = ${accountId} and ${isShown(sql)} order by created_modseq desc limit ${limit}`
      return rows.map(({ id }) => id)
    },
    query: (query) => querySubmissions({ sql, accountId }, query),
    queryChanges: (request) => querySubmissionChanges({ sql, accountId }, request),
  }
}

/** Whether JMAP sees the row of `submission`. */
export const isShown = (sql: Queryable) => sql`email_id is not null and not is_destroyed`

async function readSubmissions(
  sql: Queryable,
  accountId: number,
  ids: readonly number[],
  onlyShown: boolean,
): Promise<Submission[]> {
  if (ids.length === 0) return []
  const [rows, recipients] = await Promise.all([
    sql<Row[]>`
      select submission_id as id, principal_id as "principalId", digest, blob.size, email_id as "emailId",
        thread_id as "threadId", identity_id as "identityId", mail_from as "mailFrom",
        mail_from_parameters as "mailFromParameters", created_at as "createdAt", send_at as "sendAt",
        undo_status as "undoStatus"
      from submission join blob using (account_id, digest)
      where submission.account_id = ${accountId} and submission_id = any(${ids as number[]}::bigint[])
        and (not ${onlyShown} or ${isShown(sql)})`,
    readRecipients(sql, accountId, ids),
  ])
  return rows.map(({ emailId, threadId, identityId, ...row }) => ({
    ...row,
    email: emailId === null ? null : { emailId, threadId, identityId },
    recipients: recipients.get(row.id) ?? [],
  }))
}

/** Per submission, in the order of its envelope. */
export async function readRecipients(
  sql: Queryable,
  accountId: number,
  submissionIds: readonly number[],
): Promise<Map<number, SubmissionRecipient[]>> {
  const rows = await sql<(SubmissionRecipient & { id: number })[]>`
    select submission_id as id, address, parameters, state, attempts, reply
    from submission_recipient
    where account_id = ${accountId} and submission_id = any(${submissionIds as number[]}::bigint[])
    order by position, address collate "C"`
  const recipients = new Map<number, SubmissionRecipient[]>()
  for (const { id, ...recipient } of rows) {
    const known = recipients.get(id)
    if (known) known.push(recipient)
    else recipients.set(id, [recipient])
  }
  return recipients
}
