import type { Queryable } from '../db/connect.js'
import { MailstoreError } from '../errors.js'

/** Somebody to whom an account is shared, as one snapshot has his rights. */
export interface Guest {
  principalId: number
  epoch: number
  /** Letters by mailbox. One without `l` is left out: it is not there for him (RFC 4314 §4, LIST). */
  rights: ReadonlyMap<number, string>
  /** Where he may read messages, by `l` and `r` (RFC 8621 §2, mayReadItems). */
  readable: readonly number[]
}

/** Errors: accountNotFound, where nothing of the account is shared with him (RFC 8621 §9.5: as if it did not exist). */
export async function readGuest(sql: Queryable, accountId: number, principalId: number): Promise<Guest> {
  const rows = await sql<{ epoch: number; mailboxId: number; rights: string }[]>`
    select s.epoch, r.mailbox_id as "mailboxId", r.rights
    from share s join mailbox_right r using (account_id, principal_id)
    where s.principal_id = ${principalId} and s.account_id = ${accountId}`
  if (rows.length === 0) throw new MailstoreError('accountNotFound', 'the account is not shared')
  const seen = rows.filter(({ rights }) => rights.includes('l'))
  return {
    principalId,
    epoch: rows[0]!.epoch,
    rights: new Map(seen.map(({ mailboxId, rights }) => [mailboxId, rights])),
    readable: seen.filter(({ rights }) => rights.includes('r')).map(({ mailboxId }) => mailboxId),
  }
}
