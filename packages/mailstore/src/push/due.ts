// What is due to be pushed. A subscription's row in push_due is at infinity while there is nothing to tell. Writers
// take it from there under the account's lock, and whoever told the latest puts it back under the same lock: so no
// change falls between the two. All times are the database's.
import { accountRow } from '../account/marks.js'
import type { WorkQueue } from '../account/work-queue.js'
import { DATA_TYPES, type DataType, type Marks } from '../changes/types.js'
import type { Queryable, Sql } from '../db/connect.js'
import { reaching } from '../db/errors.js'
import { MailstoreError } from '../errors.js'
import type { PushClaim, PushSubscriptions, ServerKey } from './types.js'

/** What a client can be told of; `membership` is IMAP's. */
const PUSHED = DATA_TYPES.filter((type) => type !== 'membership')

const movedTypes = (before: Marks, after: Marks, watched: readonly DataType[] | null): DataType[] =>
  (watched ?? PUSHED).filter((type) => before[type] !== after[type])

/** In a transaction that moves marks: whether a subscription became due. */
export async function markPushesDue(
  sql: Queryable,
  accountId: number,
  before: Marks,
  after: Marks,
): Promise<boolean> {
  const moved = movedTypes(before, after, null)
  return moved.length > 0 && (await markTypesDue(sql, accountId, moved))
}

export async function markTypesDue(sql: Queryable, accountId: number, moved: DataType[]): Promise<boolean> {
  const { count } = await sql`
    update push_due set due_at = greatest(now(), not_before)
    where account_id = ${accountId} and is_verified and due_at = 'infinity'
      and (watched is null or watched && ${moved}::text[])`
  return count > 0
}

/** Null where the account is gone, and with it the subscription. */
async function unlessGone<T>(work: Promise<T>): Promise<T | null> {
  return work.catch((error: unknown) => {
    if (error instanceof MailstoreError && error.code === 'accountNotFound') return null
    throw error
  })
}

interface ClaimRow extends Omit<PushClaim, 'keys' | 'serverKey' | 'marks'> {
  p256dh: Uint8Array | null
  auth: Uint8Array | null
  serverPublicKey: Buffer
  hasExpired: boolean
}

type Due = Pick<PushSubscriptions, 'claim' | 'told' | 'release' | 'remove' | 'nextDue'>

export function pushDue(sql: Sql, queue: WorkQueue, serverKey: () => Promise<ServerKey>): Due {
  /** Works on the claimed row under the account's lock, where the lease is still held. */
  async function held(
    claim: PushClaim,
    work: (tx: Queryable, marks: Marks, watched: DataType[] | null) => Promise<unknown>,
  ): Promise<void> {
    const { accountId, id, lease } = claim
    const settle = () =>
      sql.begin(async (tx) => {
        const { marks } = await accountRow(tx, accountId, true)
        const [row] = await tx<{ watched: DataType[] | null }[]>`
          select watched from push_due
          where account_id = ${accountId} and push_subscription_id = ${id} and lease = ${lease} for update`
        if (row) await work(tx, marks, row.watched)
      })
    await unlessGone(queue.run(accountId, () => reaching(settle)).then(() => {}))
  }

  const remove = async ({ accountId, id, lease }: PushClaim) => {
    await reaching(
      () => sql`
      delete from push_subscription s using push_due d
      where s.account_id = ${accountId} and s.push_subscription_id = ${id}
        and d.account_id = ${accountId} and d.push_subscription_id = ${id} and d.lease = ${lease}`,
    )
  }

  return {
    async claim({ limit, leaseMs }) {
      // The index holds what is not at infinity, which the planner is told of.
      // RFC 8620 §7.2.2: one that is not verified goes to infinity when it is claimed, so its code is sent once.
      const rows = await reaching(
        () => sql<ClaimRow[]>`
        with due as materialized (
          select account_id, push_subscription_id from push_due
          where due_at <= now() and due_at < 'infinity' and (lease_until is null or lease_until <= now())
          order by due_at limit ${limit}
          for update skip locked)
        update push_due d set lease = gen_random_uuid(), lease_until = now() + ${leaseMs} * interval '1 millisecond',
          due_at = case when d.is_verified then d.due_at else 'infinity' end
        from due join push_subscription s using (account_id, push_subscription_id)
        where d.account_id = due.account_id and d.push_subscription_id = due.push_subscription_id
        returning d.account_id as "accountId", d.push_subscription_id as id, d.lease, d.attempts, s.url, s.p256dh, s.auth,
          s.server_key as "serverPublicKey", s.expires_at <= now() as "hasExpired", d.is_verified as "isVerified",
          s.verification_code as "verificationCode", s.types, d.told`,
      )
      if (rows.length === 0) return []
      const key = await serverKey()
      const claims = await Promise.all(
        rows.map(async ({ p256dh, auth, serverPublicKey, hasExpired, ...row }) => {
          const keys = p256dh && auth ? { p256dh, auth } : null
          const claim = { ...row, keys, serverKey: key, marks: row.told }
          // RFC 9749 §5: a subscription goes with the key that it was made under.
          if (hasExpired || !serverPublicKey.equals(key.publicKey)) {
            await remove(claim)
            return null
          }
          const account = await unlessGone(reaching(() => accountRow(sql, row.accountId, false), 'reads'))
          return account && { ...claim, marks: account.marks }
        }),
      )
      return claims.filter((claim) => claim !== null)
    },

    told: (claim, marks, pauseMs) =>
      held(claim, (tx, latest, watched) => {
        const hasMoved = movedTypes(marks, latest, watched).length > 0
        return tx`
          update push_due set told = ${sql.json(marks as never)}, attempts = 0, lease = null, lease_until = null,
            not_before = now() + ${pauseMs} * interval '1 millisecond',
            due_at = case when ${hasMoved} then now() + ${pauseMs} * interval '1 millisecond'
              when is_verified then 'infinity' else due_at end
          where account_id = ${claim.accountId} and push_subscription_id = ${claim.id}`
      }),

    release: (claim, retryMs) =>
      held(
        claim,
        (tx) => tx`
        update push_due set lease = null, lease_until = null,
          attempts = attempts + (${retryMs}::float8 is not null)::integer,
          due_at = coalesce(now() + ${retryMs}::float8 * interval '1 millisecond', due_at)
        where account_id = ${claim.accountId} and push_subscription_id = ${claim.id}`,
      ),

    remove,

    async nextDue() {
      const [row] = await reaching(
        () => sql<{ due: Date | null }[]>`
        select least(
          (select due_at from push_due where lease is null and due_at < 'infinity' order by due_at limit 1),
          (select min(greatest(due_at, lease_until)) from push_due where lease is not null and due_at < 'infinity')) as due`,
        'reads',
      )
      return row!.due
    },
  }
}
