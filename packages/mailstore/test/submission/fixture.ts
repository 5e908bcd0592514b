import { randomBytes } from 'node:crypto'
import { connect, type Sql } from '../../src/db/connect.js'
import { createJobs, type JobsWithBell } from '../../src/submission/jobs.js'
import { submissionTransactor } from '../../src/submission/transactor.js'
import type { SubmissionTransactor } from '../../src/submission/types.js'
import { createTestDatabase, type Test } from '../../src/testing.js'

export interface Fixture {
  sql: Sql
  jobs: JobsWithBell
  /** An account with a principal of the same number, and one blob. */
  createAccount(): Promise<{ accountId: number; digest: Buffer }>
  /** A transaction under the account's lock, as the store's core runs one. */
  transact<T>(accountId: number, work: (tx: SubmissionTransactor) => Promise<T>): Promise<T>
  mark(accountId: number): Promise<{ modseq: number; mark: number }>
}

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
          nextModseq(count) {
            modseq += count
            return modseq - count + 1
          },
          touchMark(_type, to) {
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
