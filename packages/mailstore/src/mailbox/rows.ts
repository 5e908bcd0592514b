import type { Ledger } from '../account/ledger.js'
import type { TransactionSql } from '../db/connect.js'
import { FIRST_MAILBOXES } from './names.js'
import type { Node } from './plan.js'

/** Makes one; its UIDVALIDITY is above all that the account has given (rule 7). Its id. */
export async function insertMailbox(ledger: Ledger, node: Node): Promise<number> {
  const { sql, accountId, row } = ledger
  const [id] = (await ledger.ids.take(1)) as [number]
  const modseq = touchMailbox(ledger)
  row.lastUidValidity = Math.max(row.lastUidValidity + 1, Math.floor(Date.now() / 1000))
  if (node.role === 'trash') trashMoves(ledger, null)
  await Promise.all([
    sql`
      insert into mailbox (account_id, mailbox_id, parent_id, name, role, sort_order, uid_validity, modseq,
        created_modseq)
      values (${accountId}, ${id}, ${node.parentId}, ${node.name}, ${node.role}, ${node.sortOrder},
        ${row.lastUidValidity}, ${modseq}, ${modseq})`,
    sql`
      insert into mailbox_counter (account_id, mailbox_id, highest_modseq, counts_modseq)
      values (${accountId}, ${id}, ${modseq}, ${modseq})`,
  ])
  return id
}

/** Writes properties; unique names and roles are looked at when the transaction ends, so siblings can swap. */
export async function writeMailboxes(ledger: Ledger, nodes: readonly Node[]): Promise<void> {
  const { sql, accountId } = ledger
  await sql`
    update mailbox m set parent_id = d.parent_id, name = d.name, role = d.role, sort_order = d.sort_order,
      modseq = d.modseq
    from unnest(
      ${nodes.map((node) => node.id)}::bigint[], ${nodes.map((node) => node.parentId)}::bigint[],
      ${nodes.map((node) => node.name)}::text[], ${nodes.map((node) => node.role)}::text[],
      ${nodes.map((node) => node.sortOrder)}::bigint[], ${nodes.map(() => touchMailbox(ledger))}::bigint[]
    ) as d (mailbox_id, parent_id, name, role, sort_order, modseq)
    where m.account_id = ${accountId} and m.mailbox_id = d.mailbox_id`
}

/** A modseq for a mailbox whose properties change. */
export function touchMailbox(ledger: Ledger): number {
  const modseq = ledger.nextModseq()
  ledger.touch('mailboxProperties', modseq)
  ledger.touch('mailbox', modseq)
  return modseq
}

/** The role trash leaves `before`: every thread is counted again when the transaction ends. */
export function trashMoves(ledger: Ledger, before: number | null): void {
  if (ledger.trashBefore === undefined) ledger.trashBefore = before
}

/** INBOX and the others with their roles, subscribed by the account's principal. */
export async function insertFirstMailboxes(ledger: Ledger): Promise<void> {
  for (const [i, { name, role }] of FIRST_MAILBOXES.entries()) {
    await insertMailbox(ledger, { id: 0, parentId: null, name, role, sortOrder: i + 1 })
  }
  await subscribeAll(ledger.sql, ledger.accountId)
}

async function subscribeAll(sql: TransactionSql, accountId: number): Promise<void> {
  await sql`
    insert into subscription (account_id, principal_id, principal_account_id, path)
    select p.account_id, p.principal_id, p.account_id, case when m.role = 'inbox' then 'INBOX' else m.name end
    from principal p join mailbox m using (account_id) where account_id = ${accountId}`
}
