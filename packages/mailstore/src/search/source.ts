import type { Fragment, Queryable } from '../db/connect.js'
import type { Reading } from '../reading/types.js'
import { pendingDocuments } from './fill.js'
import type { SearchDocument } from './types.js'

/**
 * Which of the account's emails satisfy a condition on `s` (email_state), `e` (email) and `x` (search): a FROM clause
 * and a condition to go with it, for a statement of the same transaction. Messages that are not in search yet are read
 * and looked into now (rule 9), a batch at a time.
 */
export async function searchedEmails(
  sql: Queryable,
  accountId: number,
  reading: Reading,
  condition: Fragment,
): Promise<{ from: Fragment; condition: Fragment }> {
  // How many messages have a text depends on the text, but from the sixth time on Postgres would keep one plan for all:
  // for a word of one message it looked at each of 5,000, 30,000 pages instead of 22. To plan anew takes 1 ms.
  await sql`select set_config('plan_cache_mode', 'force_custom_plan', true)`
  const emails = sql`email_state s join email e using (account_id, email_id)`
  const scanned: number[] = []
  let isBehind = false
  for await (const batch of pendingDocuments(sql, accountId, reading)) {
    isBehind = true
    const rows = await sql<{ email_id: number }[]>`
      select s.email_id from ${emails} join ${documents(sql, batch)} on x.digest = e.digest
      where s.account_id = ${accountId} and (${condition})`
    scanned.push(...rows.map((row) => row.email_id))
  }
  if (!isBehind)
    return { from: sql`${emails} join search x using (account_id, digest)`, condition: sql`(${condition})` }
  return {
    from: emails,
    condition: sql`(s.email_id = any(${scanned}::bigint[]) or exists (
      select from search x where x.account_id = e.account_id and x.digest = e.digest and (${condition})))`,
  }
}

/** Documents that are in no table, as rows like those of search. */
function documents(
  sql: Queryable,
  batch: readonly { digest: Uint8Array; document: SearchDocument }[],
): Fragment {
  const column = (name: keyof SearchDocument) => batch.map(({ document }) => document[name])
  return sql`(
    select decode(digest, 'hex') as digest, envelope, header, body, people::tsvector, words::tsvector
    from unnest(
      ${batch.map(({ digest }) => Buffer.from(digest).toString('hex'))}::text[], ${column('envelope')}::text[],
      ${column('header')}::text[], ${column('body')}::text[], ${column('people')}::text[],
      ${column('words')}::text[]
    ) as d (digest, envelope, header, body, people, words)) x`
}
