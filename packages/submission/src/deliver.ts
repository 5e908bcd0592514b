import { type Mailstore, MailstoreError, type NewEmail } from '@tandem/mailstore'

/**
 * Files a message in the INBOX of an account. False where `delivery`, or what was `received`, was filed before.
 * Errors: accountNotFound, overQuota, mailboxNotFound.
 */
export async function deliver(
  mailstore: Mailstore,
  accountId: number,
  bytes: Uint8Array,
  known: Pick<NewEmail, 'delivery' | 'received'> = {},
): Promise<boolean> {
  const account = mailstore.account(accountId)
  const message = await account.ingest(bytes, { nul: 'replace' })
  return await account.transact(async (tx) => {
    const inbox = await tx.mailbox.byRole('inbox')
    if (!inbox) throw new MailstoreError('mailboxNotFound', `account ${accountId} has no INBOX`)
    const [filed] = await tx.email.create([{ message, mailboxIds: [inbox.id], ...known }])
    return filed !== null
  })
}
