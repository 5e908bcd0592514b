// What a search costs, in pages that Postgres looks at (pg_stat_statements): no more when it was asked before.
import t from 'tap'
import { connect } from '../../src/db/connect.js'
import { openMailstore } from '../../src/index.js'
import { createTestDatabase } from '../../src/testing.js'
import { fillMailbox } from '../support/bulk.js'
import { ask } from '../support/queries.js'
import { mailboxIds } from '../support/store.js'

const MESSAGES = 5_000

t.test(`a few of ${MESSAGES} messages are found by the indexes, not by a look at each`, async (t) => {
  const { url } = await createTestDatabase(t)
  const sql = connect(url, { max: 1 })
  t.teardown(() => sql.end())
  const [library] = await sql<{ is: boolean }[]>`
    select 'pg_stat_statements' = any(string_to_array(current_setting('shared_preload_libraries'), ',')) as is`
  if (!library!.is) return t.comment('this Postgres does not preload pg_stat_statements')
  await sql`create extension pg_stat_statements`
  // One connection, so that a statement prepared on it is asked again.
  const mailstore = await openMailstore({ url, poolSize: 1 })
  t.teardown(() => mailstore.close())
  const { accountId } = await mailstore.directory.createAccount('alice@example.org', 'correct horse')
  const account = mailstore.account(accountId)
  const inbox = (await mailboxIds(account)).INBOX!
  await fillMailbox(url, accountId, inbox, MESSAGES)

  const searches: [name: string, search: () => Promise<readonly number[]>][] = [
    ['a word', async () => (await ask(account, { filter: { inMailbox: inbox, text: 'n777' } })).ids],
    ['a substring', () => account.read((r) => r.email.matching(inbox, { field: 'body', value: 'y n777 ' }))],
  ]
  for (const [name, search] of searches) {
    const pages: number[] = []
    // Postgres plans the first five times; from then on it may keep a plan for whatever is asked.
    for (let turn = 0; turn < 8; turn++) {
      await sql`select pg_stat_statements_reset(0, oid, 0) from pg_database where datname = current_database()`
      t.equal((await search()).length, 1, name)
      const [row] = await sql<{ pages: number }[]>`
        select sum(shared_blks_hit + shared_blks_read)::bigint as pages from pg_stat_statements
        where dbid = (select oid from pg_database where datname = current_database()) and query ~ '\\msearch\\M'`
      pages.push(row!.pages)
    }
    t.comment(`${name}: ${pages.join(', ')} pages`)
    t.ok(Math.max(...pages) <= 500, `${name}: ${Math.max(...pages)} pages at most`)
  }
})
