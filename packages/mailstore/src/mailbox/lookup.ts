import type { Ledger } from '../account/ledger.js'
import { MailstoreError } from '../errors.js'

/** The mailbox's row. Errors: mailboxNotFound. */
export async function requireMailbox(
  { sql, accountId }: Ledger,
  mailboxId: number,
): Promise<{ uidValidity: number; uidNext: number }> {
  const [row] = await sql<{ uid_validity: number; uid_next: number }[]>`
    select uid_validity, uid_next from mailbox join mailbox_counter using (account_id, mailbox_id)
    where account_id = ${accountId} and mailbox_id = ${mailboxId}`
  if (!row) throw new MailstoreError('mailboxNotFound', 'there is no such mailbox')
  return { uidValidity: row.uid_validity, uidNext: row.uid_next }
}
