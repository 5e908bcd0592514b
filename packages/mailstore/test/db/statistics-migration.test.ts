import t from 'tap'
import { migrate } from '../../src/db/migrate.js'
import { databaseBefore } from '../support/before-migration.js'

t.test(
  'statistics of accounts that were there go, where Postgres can, and none are made any more (ADR 14)',
  async (t) => {
    const { sql } = await databaseBefore(t, '0014')
    await sql`insert into account (account_id) values (1), (2)`
    await sql`insert into blob (account_id, blob_no, digest) select 1, n, sha256(n::text::bytea) from generate_series(1, 9) n`
    await sql`
    insert into search (account_id, digest, envelope, header, body, people, words)
    select account_id, digest, '', '', '', '', '' from blob`
    await sql`analyze`
    const known = async () => {
      const rows = await sql<{ tablename: string }[]>`
      select distinct tablename from pg_stats where schemaname = 'public' and attname = 'account_id' order by 1`
      return rows.map(({ tablename }) => tablename)
    }
    t.match(
      await known(),
      ['account', 'blob', 'search', /^search_\d$/],
      'a partition and its parent among them',
    )

    const [server] = await sql<{ version: number }[]>`
    select current_setting('server_version_num')::integer as version`
    // An older Postgres has no way to take them away.
    const left = server!.version >= 180_000 ? [] : await known()
    await migrate(sql)
    t.same(await known(), left)
    await sql`analyze`
    t.same(await known(), left)
    const others = await sql`select from pg_stats where tablename = 'blob' and attname = 'digest'`
    t.equal(others.length, 1, 'those of other columns are')
  },
)
