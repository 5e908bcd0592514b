// What was filed before: a submission's local delivery (while it may be tried again, wherever the email is by now), and
// what an MTA handed over (for a day, while the email is there).
import type { Ledger } from '../account/ledger.js'
import type { Queryable, TransactionSql } from '../db/connect.js'
import type { NewEmail } from './types.js'

/** Hours in which the same message for the same address is taken for a repeat. */
export const RECEIVED_HOURS = 24

/**
 * Days for which a delivery is remembered at least. While the submission has a job, it is in any case: that may be set
 * aside for however long. After that, only a process that lost its lease without noticing can come with a repeat, and
 * gives up within the hour, unless it was stopped meanwhile.
 */
const DELIVERY_DAYS = 7
/** Deliveries that one transaction forgets at most. */
const BATCH = 1_000

type Keyed = Pick<NewEmail, 'delivery' | 'received'>
/** What was filed, and as which email. */
type Filed = Keyed & { id: number }

/** Whether each is to be filed: what was recorded before, or comes twice in this call, is not. */
export async function findNew(ledger: Ledger, emails: readonly Keyed[]): Promise<boolean[]> {
  const done = new Set([
    ...(await recordedDeliveries(ledger, emails)),
    ...(await recordedMessages(ledger, emails)),
  ])
  return emails.map((email) => {
    const keys = keysOf(email)
    if (keys.some((key) => done.has(key))) return false
    for (const key of keys) done.add(key)
    return true
  })
}

/** Of those that were filed. */
export async function recordFiled({ sql, accountId }: Ledger, emails: readonly Filed[]): Promise<void> {
  const deliveries = emails.flatMap(({ delivery }) => delivery ?? [])
  if (deliveries.length > 0) {
    await sql`
      insert into delivery (account_id, submission_id, address)
      select ${accountId}, * from unnest(
        ${deliveries.map((d) => d.submissionId)}::bigint[], ${deliveries.map((d) => d.address)}::text[])`
  }
  const received = emails.flatMap(({ received, id }) => (received ? [{ ...received, id }] : []))
  if (received.length > 0) {
    // One that is there is older than a day and not yet taken away, or its email is gone.
    await sql`
      insert into received_message (account_id, digest, address, email_id)
      select ${accountId}, decode(digest, 'hex'), address, email_id from unnest(
        ${received.map((r) => hex(r.digest))}::text[], ${received.map((r) => r.address)}::text[],
        ${received.map((r) => r.id)}::bigint[]) as r (digest, address, email_id)
      on conflict (account_id, digest, address)
      do update set received_at = excluded.received_at, email_id = excluded.email_id`
  }
}

/** Takes away what nobody can deliver again; whether there may be more of it. */
export async function forgetDeliveries(sql: TransactionSql, accountId: number): Promise<boolean> {
  const { count } = await sql`
    delete from delivery where account_id = ${accountId} and (submission_id, address) in (${oldDeliveries(sql, accountId)})`
  return count >= BATCH
}

/** Jobs are found without an account, and so is whether one of another account is done. */
export function oldDeliveries(sql: Queryable, accountId: number) {
  return sql`
    select submission_id, address from delivery d
    where account_id = ${accountId} and delivered_at < now() - make_interval(days => ${DELIVERY_DAYS})
      and not exists (select from job where kind = 'submission' and ref = d.submission_id)
    order by delivered_at limit ${BATCH}`
}

function keysOf({ delivery, received }: Keyed): string[] {
  return [
    ...(delivery ? [`${delivery.submissionId} ${delivery.address}`] : []),
    ...(received ? [`${hex(received.digest)} ${received.address}`] : []),
  ]
}

async function recordedDeliveries({ sql, accountId }: Ledger, emails: readonly Keyed[]): Promise<string[]> {
  const deliveries = emails.flatMap(({ delivery }) => delivery ?? [])
  if (deliveries.length === 0) return []
  const rows = await sql<{ submissionId: number; address: string }[]>`
    select submission_id as "submissionId", address from delivery join unnest(
      ${deliveries.map((d) => d.submissionId)}::bigint[],
      ${deliveries.map((d) => d.address)}::text[]) as d (submission_id, address) using (submission_id, address)
    where account_id = ${accountId}`
  return rows.flatMap((delivery) => keysOf({ delivery }))
}

/**
 * Only those whose email is there: what its owner expunged comes again because somebody hands it over again, most often
 * an administrator who puts mail back. One that is only \Deleted is there: its owner can take that back, and would
 * have two.
 */
async function recordedMessages({ sql, accountId }: Ledger, emails: readonly Keyed[]): Promise<string[]> {
  const received = emails.flatMap(({ received }) => received ?? [])
  if (received.length === 0) return []
  const rows = await sql<{ digest: Uint8Array; address: string }[]>`
    select m.digest, m.address from received_message m join unnest(
      ${received.map((r) => hex(r.digest))}::text[],
      ${received.map((r) => r.address)}::text[]) as r (hex, address)
      on m.digest = decode(r.hex, 'hex') and m.address = r.address
    where m.account_id = ${accountId} and received_at > now() - make_interval(hours => ${RECEIVED_HOURS})
      and (m.email_id is null or exists (
        select from email_state s
        where s.account_id = ${accountId} and s.email_id = m.email_id and s.expunged_at is null))`
  return rows.flatMap((one) => keysOf({ received: one }))
}

/** The driver has no arrays of bytea. */
function hex(digest: Uint8Array): string {
  return Buffer.from(digest).toString('hex')
}
