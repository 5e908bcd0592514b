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
  await touchMailboxes(ledger, [mailbox.id])
}

/**
 * After paths changed: who was subscribed to the old ones is to the new ones; `move` takes the old ones back. What is
 * below a mailbox that was written may have come to a path that somebody had subscribed to: that changes it too.
 */
export async function renameSubscriptions(
  ledger: Ledger,
  before: readonly Mailbox[],
  after: readonly Mailbox[],
  mode: 'move' | 'copy',
): Promise<void> {
  const { sql, accountId } = ledger
  const now = new Map(after.map((mailbox) => [mailbox.id, mailbox]))
  const renamed = before.flatMap(({ id, path: from, modseq }) => {
    const mailbox = now.get(id)!
    return mailbox.path === from ? [] : [{ id, from, to: mailbox.path, isWritten: mailbox.modseq > modseq }]
  })
  if (renamed.length === 0) return
  const rows = await sql<{ principal_id: number; principal_account_id: number; path: string }[]>`
    select principal_id, principal_account_id, path from subscription
    where account_id = ${accountId} and path = any(${renamed.flatMap(({ from, to }) => [from, to])}::text[])`
  if (rows.length === 0) return
  const renames = new Map(renamed.map(({ from, to }) => [from, to]))
  if (mode === 'move') {
    await sql`
      delete from subscription where account_id = ${accountId} and path = any(${[...renames.keys()]}::text[])`
  }
  const moved = rows.filter((row) => renames.has(row.path))
  await sql`
    insert into subscription (account_id, principal_id, principal_account_id, path)
    select ${accountId}, * from unnest(
      ${moved.map((row) => row.principal_id)}::bigint[], ${moved.map((row) => row.principal_account_id)}::bigint[],
      ${moved.map((row) => renames.get(row.path)!)}::text[])
    on conflict do nothing`
  const subscribers = new Map<string, Set<number>>()
  for (const { path, principal_id } of rows) {
    subscribers.set(path, (subscribers.get(path) ?? new Set()).add(principal_id))
  }
  const stays = (path: string) => mode === 'copy' || !renames.has(path)
  const taken = renamed.filter(({ from, to, isWritten }) => {
    const known = subscribers.get(from)
    return !isWritten && stays(to) && [...(subscribers.get(to) ?? [])].some((id) => !known?.has(id))
  })
  await touchMailboxes(
    ledger,
    taken.map(({ id }) => id),
  )
}

/** They changed, though not in their rows. */
async function touchMailboxes(ledger: Ledger, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return
  await ledger.sql`
    update mailbox m set modseq = d.modseq
    from unnest(${ids as number[]}::bigint[], ${ids.map(() => touchMailbox(ledger))}::bigint[]) as d (mailbox_id, modseq)
    where m.account_id = ${ledger.accountId} and m.mailbox_id = d.mailbox_id`
}
