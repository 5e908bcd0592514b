import type { Ledger } from '../account/ledger.js'
import { MailstoreError } from '../errors.js'
import { changeFlags } from '../membership/flags.js'
import { appendMemberships, readUidNext, removeMemberships, selectMemberships } from '../membership/rows.js'
import { createEmails } from './create.js'
import { emailReader } from './reader.js'
import type { EmailTransactor } from './types.js'

export function emailTransactor(ledger: Ledger): EmailTransactor {
  return {
    ...emailReader(ledger.sql, ledger.accountId),
    create: (emails) => createEmails(ledger, emails),

    async setKeywords(ids, change) {
      await requireVisible(ledger, ids)
      await changeFlags(ledger, ids, change, null)
    },

    async setMailboxes(id, mailboxIds) {
      if (mailboxIds.length === 0)
        throw new MailstoreError('emailNeedsMailbox', 'an email is in at least one mailbox')
      await requireVisible(ledger, [id])
      const rows = await selectMemberships(ledger, { emailIds: [id] })
      const live = rows.filter((row) => !row.deleted)
      const missing = mailboxIds.filter((mailboxId) => !live.some((row) => row.mailboxId === mailboxId))
      const uidNext = await readUidNext(ledger, missing)
      if (missing.some((mailboxId) => !uidNext.has(mailboxId))) {
        throw new MailstoreError('mailboxNotFound', 'there is no such mailbox')
      }
      // Rule 6: a mailbox that is added gets a membership if none is live; one that is removed loses its live ones.
      for (const mailboxId of new Set(missing)) {
        await appendMemberships(ledger, mailboxId, [{ ...live[0]!, deleted: false }])
      }
      await removeMemberships(
        ledger,
        live.filter((row) => !mailboxIds.includes(row.mailboxId)),
      )
    },

    async destroy(ids) {
      await requireVisible(ledger, ids)
      await removeMemberships(ledger, await selectMemberships(ledger, { emailIds: [...new Set(ids)] }))
    },
  }
}

/**
 * JMAP sees an email while a membership of it is live, so rows are asked, not mailbox_ids: those follow at the end
 * of the transaction. Errors: emailNotFound.
 */
async function requireVisible({ sql, accountId }: Ledger, ids: readonly number[]): Promise<void> {
  const wanted = [...new Set(ids)]
  const rows = await sql<{ email_id: number }[]>`
    select distinct email_id from membership
    where account_id = ${accountId} and email_id = any(${wanted}::bigint[]) and not deleted`
  if (rows.length < wanted.length) throw new MailstoreError('emailNotFound', 'there is no such email')
}
