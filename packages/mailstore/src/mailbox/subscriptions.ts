import type { Ledger } from '../account/ledger.js'
import { homeOf } from '../rights/reader.js'
import { mailboxReader } from './reader.js'
import { touchMailbox } from './rows.js'
import type { Mailbox } from './types.js'

/** Subscriptions are names (RFC 9051 §6.3.7), but JMAP shows them on the mailbox: that changes with them. */
export async function setSubscribed(
  ledger: Ledger,
  principalId: number,
  path: string,
  subscribed: boolean,
): Promise<void> {
  const { sql, accountId } = ledger
  const changed = subscribed
    ? await sql`
        insert into subscription (account_id, principal_id, principal_account_id, path)
        values (${accountId}, ${principalId}, ${homeOf(sql, accountId, principalId)}, ${path})
        on conflict do nothing returning path`
    : await sql`
        delete from subscription where account_id = ${accountId} and principal_id = ${principalId} and path = ${path}
        returning path`
  if (changed.length === 0) return
  const mailbox = await mailboxReader(sql, accountId).byPath(path)
  if (!mailbox) return
  const modseq = touchMailbox(ledger)
  await sql`update mailbox set modseq = ${modseq} where account_id = ${accountId} and mailbox_id = ${mailbox.id}`
}

/** After paths changed: who was subscribed to the old ones is to the new ones; `move` takes the old ones back. */
export async function renameSubscriptions(
  ledger: Ledger,
  before: readonly Mailbox[],
  after: readonly Mailbox[],
  mode: 'move' | 'copy',
): Promise<void> {
  const { sql, accountId } = ledger
  const now = new Map(after.map((mailbox) => [mailbox.id, mailbox.path]))
  const renames = new Map(
    before.flatMap(({ id, path }) => (now.get(id) === path ? [] : [[path, now.get(id)!] as const])),
  )
  if (renames.size === 0) return
  const rows = await sql<{ principal_id: number; principal_account_id: number; path: string }[]>`
    select principal_id, principal_account_id, path from subscription
    where account_id = ${accountId} and path = any(${[...renames.keys()]}::text[])`
  if (rows.length === 0) return
  if (mode === 'move') {
    await sql`
      delete from subscription where account_id = ${accountId} and path = any(${[...renames.keys()]}::text[])`
  }
  await sql`
    insert into subscription (account_id, principal_id, principal_account_id, path)
    select ${accountId}, * from unnest(
      ${rows.map((row) => row.principal_id)}::bigint[], ${rows.map((row) => row.principal_account_id)}::bigint[],
      ${rows.map((row) => renames.get(row.path)!)}::text[])
    on conflict do nothing`
}
