import type { TransactionSql } from '../db/connect.js'

/**
 * Removes an account with all it holds. Children first: what names a blob, an email or a mailbox does not go
 * with it by itself (only these references cascade nowhere), and everything else goes with the account's row.
 */
export async function removeAccount(tx: TransactionSql, accountId: number): Promise<void> {
  // FOR UPDATE rather than the writers' lock: whoever is storing a blob now is waited for, too.
  await tx`select 1 from account where account_id = ${accountId} for update`
  await tx`delete from membership where account_id = ${accountId}`
  await tx`delete from email where account_id = ${accountId}`
  await tx`delete from submission where account_id = ${accountId}`
  await tx`delete from account where account_id = ${accountId}`
}
