import type { Queryable } from '../db/connect.js'
import type { Reading } from '../reading/types.js'
import { containsText } from './match.js'
import { searchedEmails } from './source.js'
import type { TextSearch } from './types.js'

/** The emails that have a membership in the mailbox, \Deleted or not, and contain the text; ascending. Null `among`: any. */
export async function matchingEmails(
  sql: Queryable,
  accountId: number,
  reading: Reading,
  mailboxId: number,
  search: TextSearch,
  among: readonly number[] | null = null,
): Promise<number[]> {
  const { from, condition } = await searchedEmails(sql, accountId, reading, containsText(sql, search))
  const isAmong = among ? sql`and s.email_id = any(${among as number[]}::bigint[])` : sql``
  const rows = await sql<{ email_id: number }[]>`
    select s.email_id from ${from}
    where s.account_id = ${accountId} and ${condition} ${isAmong} and exists (
      select from membership m
      where m.account_id = s.account_id and m.email_id = s.email_id and m.mailbox_id = ${mailboxId})
    order by s.email_id`
  return rows.map((row) => row.email_id)
}
