import { randomBytes } from 'node:crypto'
import { connect, type Sql } from '../../src/db/connect.js'
import { createJobs, type JobsWithBell } from '../../src/submission/jobs.js'
import { submissionTransactor } from '../../src/submission/transactor.js'
import type { SubmissionTransactor } from '../../src/submission/types.js'
import { createTestDatabase, type Test } from '../../src/testing.js'

export interface Fixture {
  sql: Sql
  jobs: JobsWithBell
  /** An account with a principal, an identity, a mailbox and an email of the same number, and one blob: its bytes. */
  createAccount(): Promise<{ accountId: number; digest: Buffer }>
  /** A transaction under the account's lock, as the store's core runs one. */
  transact<T>(accountId: number, work: (tx: SubmissionTransactor) => Promise<T>): Promise<T>
  mark(accountId: number): Promise<{ modseq: number; mark: number }>
}

/** The thread of every account's email. */
export const THREAD = 7

export async function openFixture(t: Test): Promise<Fixture> {
  const { url } = await createTestDatabase(t)
  const sql = connect(url)
  t.teardown(() => sql.end())
  const jobs = createJobs({ sql })
  let lastId = 1000
  const nextId = async () => ++lastId

  return {
    sql,
    jobs,
    async createAccount() {
      const accountId = await nextId()
      const digest = randomBytes(32)
      await sql`insert into account (account_id) values (${accountId})`
      await sql`insert into principal (account_id, principal_id, name) values (${accountId}, ${accountId}, 'p')`
      await sql`insert into blob (account_id, blob_no, digest, size) values (${accountId}, 1, ${digest}, 123)`
      await sql`
        insert into identity (account_id, identity_id, email, may_delete, modseq, created_modseq)
        values (${accountId}, ${accountId}, 'p@example.org', false, 1, 1)`
      await sql`
        insert into email (account_id, email_id, thread_id, digest, size, received_at, base_subject, summary)
        values (${accountId}, ${accountId}, ${THREAD}, ${digest}, 123, date_trunc('second', now()), '', '{}')`
      await sql`
        insert into mailbox (account_id, mailbox_id, name, uid_validity, modseq, created_modseq)
        values (${accountId}, ${accountId}, 'M', 1, 1, 1)`
      await sql`
        insert into membership (account_id, mailbox_id, uid, email_id, modseq, created_modseq, received_at)
        values (${accountId}, ${accountId}, 1, ${accountId}, 1, 1, now())`
      return { accountId, digest }
    },
    async transact(accountId, work) {
      const effects: (() => void)[] = []
      const result = await sql.begin(async (tx) => {
        const [account] = await tx<{ modseq: number; mark: number }[]>`
          select modseq, mark_submission as mark from account where account_id = ${accountId} for no key update`
        let { modseq, mark } = account!
        const transactor = submissionTransactor({
          sql: tx,
          accountId,
          nextId,
          nextModseq(count = 1) {
            modseq += count
            return modseq - count + 1
          },
          touch(_type, to) {
            mark = to
          },
          onCommit: (effect) => effects.push(effect),
          jobCreated: jobs.created,
        })
        const value = await work(transactor)
        await tx`update account set modseq = ${modseq}, mark_submission = ${mark} where account_id = ${accountId}`
        return { value }
      })
      for (const effect of effects) effect()
      return result.value
    },
    async mark(accountId) {
      const [row] = await sql<{ modseq: number; mark: number }[]>`
        select modseq, mark_submission as mark from account where account_id = ${accountId}`
      return { ...row! }
    },
  }
}
