/**
 * Destroying a mailbox: open → closed → gone. What one transaction can take goes at once. A fuller mailbox is closed with
 * the first step: it is listed with what it still holds, but to what would add to it, a message or a mailbox below it, it
 * is not there, since a DELETE of it can no longer be refused. Its messages go in steps, with other writers in between,
 * and its row with the last of them (rule 2). It is on its way out whatever happens to who closed it: the next one to
 * destroy it, or housekeeping, takes the steps that are left.
 */
import { CHUNK, type Ledger } from '../account/ledger.js'
import { MailstoreError } from '../errors.js'
import { removeMemberships, selectMemberships } from '../membership/rows.js'
import { revokeAll } from '../rights/transactor.js'
import { touchMailbox, trashMoves } from './rows.js'
import type { Mailbox } from './types.js'

/** As MailboxTransactor.destroy says. `tree`: all mailboxes. */
export async function destroyMailbox(
  ledger: Ledger,
  tree: readonly Mailbox[],
  id: number,
  { removeEmails }: { removeEmails: boolean },
): Promise<boolean> {
  const { sql, accountId } = ledger
  const mailbox = tree.find((each) => each.id === id)
  if (!mailbox) throw new MailstoreError('mailboxNotFound', 'there is no such mailbox')
  if (mailbox.isClosing) return continueDestroy(ledger, id)
  if (mailbox.role === 'inbox') throw new MailstoreError('mailboxProtected', 'INBOX cannot be deleted')
  const children = tree.filter((each) => each.parentId === id)
  if (children.some((each) => !each.isClosing)) {
    throw new MailstoreError('mailboxHasChild', 'the mailbox has mailboxes below it')
  }
  if (!removeEmails) await requireEmpty(ledger, id)
  if (children.length === 0 && (await removeSome(ledger, id))) {
    await deleteMailbox(ledger, mailbox)
    return true
  }
  // That it is closed is no change of what a client sees, and has no modseq.
  await sql`update mailbox set closing = true where account_id = ${accountId} and mailbox_id = ${id}`
  return false
}

/** As MailboxTransactor.continueDestroy says. */
export async function continueDestroy(ledger: Ledger, id: number): Promise<boolean> {
  const { sql, accountId } = ledger
  const [row] = await sql<{ id: number; role: string | null; createdModseq: number }[]>`
    with recursive below as (
      select mailbox_id, role, created_modseq, 0 as depth from mailbox
      where account_id = ${accountId} and mailbox_id = ${id} and closing
      union all
      select m.mailbox_id, m.role, m.created_modseq, b.depth + 1
      from mailbox m join below b on m.parent_id = b.mailbox_id where m.account_id = ${accountId}
    )
    select mailbox_id as id, role, created_modseq as "createdModseq" from below order by depth desc, id limit 1`
  if (!row) return true
  if (!(await removeSome(ledger, row.id))) return false
  await deleteMailbox(ledger, row)
  return row.id === id
}

/** Expunges the first messages, as many as one transaction takes; whether that was all of them. */
async function removeSome(ledger: Ledger, mailboxId: number): Promise<boolean> {
  const rows = await selectMemberships(ledger, { mailboxId, first: CHUNK + 1 })
  await removeMemberships(ledger, rows.slice(0, CHUNK))
  return rows.length <= CHUNK
}

async function requireEmpty({ sql, accountId }: Ledger, mailboxId: number): Promise<void> {
  const live = await sql`
    select from membership where account_id = ${accountId} and mailbox_id = ${mailboxId} and not deleted limit 1`
  if (live.length > 0) throw new MailstoreError('mailboxHasEmail', 'the mailbox holds emails')
}

async function deleteMailbox(
  ledger: Ledger,
  { id, role, createdModseq }: { id: number; role: string | null; createdModseq: number },
): Promise<void> {
  const { sql, accountId } = ledger
  await revokeAll(ledger, id)
  if (role === 'trash') trashMoves(ledger, id)
  const modseq = touchMailbox(ledger)
  await Promise.all([
    sql`delete from mailbox where account_id = ${accountId} and mailbox_id = ${id}`,
    sql`
      insert into mailbox_tombstone (account_id, mailbox_id, modseq, created_modseq)
      values (${accountId}, ${id}, ${modseq}, ${createdModseq})`,
  ])
}
