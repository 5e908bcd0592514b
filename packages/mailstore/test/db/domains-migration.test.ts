import t from 'tap'
import { migrate } from '../../src/db/migrate.js'
import { databaseBefore } from '../support/before-migration.js'

t.test('jobs that were there learn where their messages still have to go', async (t) => {
  const { sql } = await databaseBefore(t, '0012')
  await sql`insert into account (account_id) values (10)`
  await sql`insert into principal (account_id, principal_id, name) values (10, 10, 'anna@home.test')`
  await sql`insert into blob (account_id, blob_no, digest, size) values (10, 1, sha256(''), 0)`
  for (const id of [1, 2]) {
    await sql`
      insert into submission (account_id, submission_id, principal_id, digest, mail_from, modseq, created_modseq)
      values (10, ${id}, 10, sha256(''), '', ${id + 1}, ${id + 1})`
    await sql`insert into job (job_id, due_at, account_id, kind, ref) values (${id}, now(), 10, 'submission', ${id})`
  }
  await sql`
    insert into submission_recipient (account_id, submission_id, address, state, reply, settled_at)
    values (10, 1, 'a@Far.TEST', 'queued', null, null), (10, 1, 'b@far.test', 'queued', null, null),
      (10, 1, 'c@\u0130I.test', 'queued', null, null), (10, 1, 'd@done.test', 'relayed', '250 ok', now()),
      (10, 2, 'e@done.test', 'relayed', '250 ok', now())`
  await migrate(sql)
  const jobs = await sql<{ domains: string[] }[]>`select domains from job order by job_id`
  t.same(
    jobs.map(({ domains }) => domains.sort()),
    [['far.test', '\u0130i.test'], []],
  )
})
