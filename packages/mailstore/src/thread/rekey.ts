/**
 * Keys that lead to threads depend on what counts as the same subject. Where that changes, emails that are there are
 * keyed anew: a migration marks the accounts, housekeeping goes through them a batch at a time, each in a short
 * transaction under the account's lock, and meanwhile new emails look for the former keys too. Threads stay as they
 * are: only what comes later joins by the new keys (rule 7).
 */
import type { Queryable } from '../db/connect.js'
import { formerThreadKeys, type ThreadFields, threadKeys } from './match.js'

/** Emails of one transaction. */
const BATCH = 500

/** Keys anew the next emails of the account, whose lock the caller holds; whether there may be more. */
export async function rekeyBatch(sql: Queryable, accountId: number, limit = BATCH): Promise<boolean> {
  const rows = await sql<({ email_id: number; thread_id: number } & ThreadFields)[]>`
    select e.email_id, e.thread_id, e.summary -> 'subject' as subject, e.summary -> 'messageId' as "messageId",
      e.summary -> 'inReplyTo' as "inReplyTo", e.summary -> 'references' as "references",
      e.summary -> 'bareReferences' as "bareReferences",
      jsonb_build_object('messageId', e.summary -> 'envelope' -> 'messageId',
        'inReplyTo', e.summary -> 'envelope' -> 'inReplyTo') as envelope
    from thread_key_pending p join email e using (account_id)
      join email_state s using (account_id, email_id)
    where p.account_id = ${accountId} and e.email_id > p.after_email_id and s.expunged_at is null
    order by e.email_id limit ${limit}`
  const keys = rows.flatMap((row) => threadKeys(row).map((key) => ({ key, row })))
  const former = rows.flatMap((row) => formerThreadKeys(row).map((key) => ({ key, row })))
  await sql`
    delete from thread_key k using unnest(
      ${former.map(({ key }) => key)}::text[], ${former.map(({ row }) => row.email_id)}::bigint[]
    ) as d (key, email_id)
    where k.account_id = ${accountId} and k.key = decode(d.key, 'hex') and k.email_id = d.email_id`
  await sql`
    insert into thread_key (account_id, key, email_id, thread_id)
    select ${accountId}, decode(d.key, 'hex'), d.email_id, d.thread_id
    from unnest(
      ${keys.map(({ key }) => key)}::text[], ${keys.map(({ row }) => row.email_id)}::bigint[],
      ${keys.map(({ row }) => row.thread_id)}::bigint[]
    ) as d (key, email_id, thread_id)
    on conflict do nothing`
  if (rows.length < limit) {
    await sql`delete from thread_key_pending where account_id = ${accountId}`
    return false
  }
  await sql`
    update thread_key_pending set after_email_id = ${rows.at(-1)!.email_id} where account_id = ${accountId}`
  return true
}
