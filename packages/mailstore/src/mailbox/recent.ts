import type { Sql } from '../db/connect.js'

/** `Account.claimRecent`. One statement, without the account's lock: it takes one row, and no state moves. */
export async function claimRecent(
  sql: Sql,
  accountId: number,
  mailboxId: number,
): Promise<{ from: number; before: number } | null> {
  // FOR UPDATE gives the row as the last claim left it, however many sessions ask at once.
  const [claim] = await sql<{ from: number; before: number }[]>`
    with was as (
      select recent_uid, uid_next from mailbox_counter
      where account_id = ${accountId} and mailbox_id = ${mailboxId} and recent_uid < uid_next
      for update)
    update mailbox_counter c set recent_uid = was.uid_next from was
    where c.account_id = ${accountId} and c.mailbox_id = ${mailboxId}
    returning was.recent_uid as "from", was.uid_next as "before"`
  return claim ?? null
}
