import { type Mailstore, MailstoreError, type NewEmail, type Principal } from '@tandem/mailstore'
import { prepareReply, queueReply } from './vacation/respond.js'

export interface Delivery {
  mailstore: Mailstore
  /** This server's name. */
  hostname: string
  now: Date
  /** Whose account it is for. */
  principal: Principal
  /** The return path; '' is the null one. */
  sender: string
  /** With Return-Path and Received. */
  source: Uint8Array | AsyncIterable<Uint8Array>
  /** What it begins with: its header at least. */
  header: Uint8Array
  /** By what a repeat is known. */
  known?: Pick<NewEmail, 'delivery' | 'received'>
  /** Told why a vacation response could not be made; the message is filed all the same. */
  onFault(error: unknown): void
}

/**
 * Files a message in the INBOX of an account, and queues the vacation response that it is to have: both or neither.
 * False where it was filed before. Errors: accountNotFound, overQuota, mailboxNotFound.
 */
export async function deliver({ mailstore, source, known = {}, ...arrival }: Delivery): Promise<boolean> {
  const { accountId } = arrival.principal
  const account = mailstore.account(accountId)
  const message = await account.ingest(source, { nul: 'replace' })
  const reply = await prepareReply({ ...arrival, account, message }).catch((error: unknown) => {
    arrival.onFault(error)
    return null
  })
  return await account.transact(async (tx) => {
    const inbox = await tx.mailbox.byRole('inbox')
    if (!inbox) throw new MailstoreError('mailboxNotFound', `account ${accountId} has no INBOX`)
    const [filed] = await tx.email.create([{ message, mailboxIds: [inbox.id], ...known }])
    if (filed && reply) await queueReply(tx, reply)
    return filed !== null
  })
}
