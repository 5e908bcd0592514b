import t from 'tap'
import { migrate } from '../../src/db/migrate.js'
import { openMailstore } from '../../src/index.js'
import { databaseBefore } from '../support/before-migration.js'
import { violations } from '../support/invariants.js'

t.test('accounts that were there get identities, and what they sent keeps what became of it', async (t) => {
  const { url, sql } = await databaseBefore(t, '0005')
  for (const id of [10, 20]) {
    const name = `p${id}@x.test`
    await sql`insert into account (account_id) values (${id})`
    await sql`insert into principal (account_id, principal_id, name) values (${id}, ${id}, ${name})`
    await sql`insert into login (name, account_id, principal_id) values (${name}, ${id}, ${id})`
  }
  await sql`insert into login (name, account_id, principal_id, is_alias) values ('a@x.test', 10, 10, true)`
  await sql`insert into blob (account_id, blob_no, digest, size) values (10, 1, sha256(''), 0)`
  for (const id of [1, 2]) {
    await sql`
      insert into submission (account_id, submission_id, principal_id, digest, mail_from, modseq, created_modseq)
      values (10, ${id}, 10, sha256(''), '', ${id + 1}, ${id + 1})`
  }
  await sql`
    insert into submission_recipient (account_id, submission_id, address, state, reply, settled_at)
    values (10, 1, 'local@x.test', 'delivered', '250 2.1.5 delivered', '2026-01-01T00:00:00Z'),
      (10, 1, 'far@y.test', 'delivered', '250 ok', '2026-01-02T00:00:00Z'),
      (10, 1, 'no@y.test', 'failed', '550 no', '2026-01-01T00:00:00Z'),
      (10, 2, 'far@y.test', 'queued', null, null)`
  await sql`insert into job (job_id, due_at, account_id, kind, ref) values (1, now(), 10, 'submission', 2)`
  await sql`update account set modseq = 3, mark_submission = 3 where account_id = 10`

  await migrate(sql)
  t.same(await violations(url), [])
  const mailstore = await openMailstore({ url })
  t.teardown(() => mailstore.close())
  t.match(await mailstore.account(10).read((r) => r.identity.list()), [
    { email: 'p10@x.test', mayDelete: false },
    { email: 'a@x.test', mayDelete: false },
  ])
  t.match(await mailstore.account(20).read((r) => r.identity.list()), [{ email: 'p20@x.test' }])
  t.match(await mailstore.account(10).read((r) => r.submission.get(1)), {
    undoStatus: 'final',
    recipients: [{ state: 'relayed' }, { state: 'delivered' }, { state: 'failed' }],
  })
  t.match(await mailstore.account(10).read((r) => r.submission.get(2)), { undoStatus: 'pending' })
  const finished = await sql<{ at: Date | null }[]>`
    select finished_at as at from submission order by submission_id`
  t.same(
    finished.map(({ at }) => at),
    [new Date('2026-01-02T00:00:00Z'), null],
  )
  const ids = await sql<{ id: number }[]>`select identity_id as id from identity`
  const [counter] = await sql<{ next: number }[]>`select next_id as next from id_counter`
  t.ok(
    ids.every(({ id }) => id >= 2 ** 40 && id < counter!.next),
    'ids that nobody else is given',
  )
})
