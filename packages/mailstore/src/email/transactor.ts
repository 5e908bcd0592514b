import type { Ledger } from '../account/ledger.js'
import { MailstoreError } from '../errors.js'
import { changeFlags } from '../membership/flags.js'
import {
  appendMemberships,
  type MembershipRow,
  readUidNext,
  removeMemberships,
  selectMemberships,
} from '../membership/rows.js'
import type { Reading } from '../reading/types.js'
import { createEmails } from './create.js'
import { emailReader } from './reader.js'
import { undelete } from './retained.js'
import type { EmailTransactor } from './types.js'

export function emailTransactor(ledger: Ledger, reading: Reading): EmailTransactor {
  return {
    ...emailReader(ledger.sql, ledger.accountId, reading),
    create: (emails) => createEmails(ledger, emails),

    async setKeywords(ids, change) {
      await requireVisible(ledger, ids)
      await changeFlags(ledger, ids, change, null)
    },

    async setMailboxes(wanted) {
      if ([...wanted.values()].some((mailboxIds) => mailboxIds.length === 0)) {
        throw new MailstoreError('emailNeedsMailbox', 'an email is in at least one mailbox')
      }
      await requireVisible(ledger, [...wanted.keys()])
      const rows = await selectMemberships(ledger, { emailIds: [...wanted.keys()] })
      const live = rows.filter((row) => !row.deleted)
      const missing = findMissing(wanted, live)
      const uidNext = await readUidNext(ledger, [...missing.keys()])
      if (uidNext.size < missing.size) throw new MailstoreError('mailboxNotFound', 'there is no such mailbox')
      // Rule 6: a mailbox that is added gets a membership if none is live; one that is removed loses its live ones.
      for (const [mailboxId, sources] of missing) await appendMemberships(ledger, mailboxId, sources)
      await removeMemberships(
        ledger,
        live.filter((row) => !wanted.get(row.emailId)!.includes(row.mailboxId)),
      )
    },

    async destroy(ids) {
      await requireVisible(ledger, ids)
      await removeMemberships(ledger, await selectMemberships(ledger, { emailIds: [...new Set(ids)] }))
    },

    undelete: (ids, mailboxId) => undelete(ledger, ids, mailboxId),
  }
}

/** Per mailbox, the emails that are to be shown there and are not: a live membership of each. */
function findMissing(
  wanted: ReadonlyMap<number, readonly number[]>,
  live: readonly MembershipRow[],
): Map<number, MembershipRow[]> {
  const held = new Set(live.map((row) => `${row.emailId} ${row.mailboxId}`))
  const anyOf = new Map(live.map((row) => [row.emailId, row]))
  const missing = new Map<number, MembershipRow[]>()
  for (const [emailId, mailboxIds] of wanted) {
    for (const mailboxId of new Set(mailboxIds)) {
      if (held.has(`${emailId} ${mailboxId}`)) continue
      const sources = missing.get(mailboxId) ?? []
      missing.set(mailboxId, sources)
      sources.push(anyOf.get(emailId)!)
    }
  }
  return missing
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
