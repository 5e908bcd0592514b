// Push subscriptions: RFC 8620 §7.2.
import { randomBytes, timingSafeEqual } from 'node:crypto'
import { accountRow } from '../account/marks.js'
import type { WorkQueue } from '../account/work-queue.js'
import type { Queryable, Sql, TransactionSql } from '../db/connect.js'
import { reaching } from '../db/errors.js'
import type { IdAllocator } from '../db/id-allocator.js'
import { pushDue } from './due.js'
import { createServerKey } from './server-key.js'
import type {
  PushOwner,
  PushSubscription,
  PushSubscriptionChange,
  PushSubscriptions,
  PushTransactor,
} from './types.js'

/** RFC 8620 §7.2: the longest that one lasts, for credentials without an end; at least 48 hours, better 7 days. */
const MAX_DAYS = 30
/** RFC 8620 §8.6: of one principal at a time, and made by one within an hour. */
const MAX_SUBSCRIPTIONS = 32
const MAX_PER_HOUR = 60
/** Octets of chance in a verification code (RFC 8620 §8.6). */
const CODE_OCTETS = 16

export interface PushDeps {
  sql: Sql
  ids: IdAllocator
  queue: WorkQueue
}

/** With the bell that is rung after a commit. */
export function createPushSubscriptions({ sql, ids, queue }: PushDeps): PushSubscriptions & { ring(): void } {
  const serverKey = createServerKey(sql)
  const listeners = new Set<() => void>()
  const ring = () => {
    for (const listener of listeners) listener()
  }
  return {
    ...pushDue(sql, queue, serverKey),
    serverKey,
    ring,
    list: (owner) => reaching(() => list(sql, owner), 'reads'),

    async transact<T>(owner: PushOwner, work: (tx: PushTransactor) => Promise<T>): Promise<T | null> {
      const { publicKey } = await serverKey()
      const run = () =>
        sql.begin(async (tx) => {
          await accountRow(tx, owner.accountId, true)
          // A change of the password waits, or was before.
          const [credential] = await tx`
            select from credential
            where account_id = ${owner.accountId} and principal_id = ${owner.principalId}
              and credential_id = ${owner.credentialId} for key share`
          return credential ? { value: await work(transactor(tx, owner, ids, publicKey)) } : null
        })
      const done = (await queue.run(owner.accountId, () => reaching(run))) as { value: T } | null
      ring()
      return done ? done.value : null
    },

    onDue(listener) {
      const entry = () => listener()
      listeners.add(entry)
      return () => listeners.delete(entry)
    },
  }
}

/** What housekeeping takes away from one account, under its lock. */
export async function reapPushes(sql: TransactionSql, accountId: number): Promise<void> {
  await sql`delete from push_subscription where account_id = ${accountId} and expires_at <= now()`
  await sql`delete from push_creation where account_id = ${accountId} and since <= now() - interval '1 hour'`
  await sql`
    update account set has_push = false
    where account_id = ${accountId} and has_push
      and not exists (select from push_subscription where account_id = ${accountId})`
}

const ofOwner = (sql: Queryable, { accountId, principalId, credentialId }: PushOwner) => sql`
  s.account_id = ${accountId} and s.principal_id = ${principalId} and s.credential_id = ${credentialId}
  and s.expires_at > now()`

const columns = (sql: Queryable) => sql`
  push_subscription_id as id, device_client_id as "deviceClientId", types, expires_at as expires,
  case when is_verified then verification_code end as "verificationCode"`

async function list(sql: Queryable, owner: PushOwner): Promise<PushSubscription[]> {
  return [
    ...(await sql<PushSubscription[]>`
      select ${columns(sql)} from push_subscription s join push_due using (account_id, push_subscription_id)
      where ${ofOwner(sql, owner)} order by push_subscription_id`),
  ]
}

/** A time that was asked for, as far as it is allowed; in whole seconds. */
const bounded = (sql: Queryable, expires: Date | null) => sql`
  date_trunc('second', least(${expires}::timestamptz, now() + make_interval(days => ${MAX_DAYS})))`

function transactor(
  sql: TransactionSql,
  owner: PushOwner,
  ids: IdAllocator,
  serverPublicKey: Uint8Array,
): PushTransactor {
  const { accountId, principalId, credentialId } = owner
  const find = async (id: number) => (await list(sql, owner)).find((each) => each.id === id) ?? null

  async function refusal(): Promise<'tooMany' | 'tooFast' | null> {
    const [row] = await sql<{ count: number }[]>`
      select count(*) from push_subscription
      where account_id = ${accountId} and principal_id = ${principalId} and expires_at > now()`
    if (row!.count >= MAX_SUBSCRIPTIONS) return 'tooMany'
    const counted = await sql`
      insert into push_creation as c (account_id, principal_id) values (${accountId}, ${principalId})
      on conflict (account_id, principal_id) do update set
        since = case when c.since <= now() - interval '1 hour' then now() else c.since end,
        count = case when c.since <= now() - interval '1 hour' then 1 else c.count + 1 end
      where c.since <= now() - interval '1 hour' or c.count < ${MAX_PER_HOUR}`
    return counted.count === 0 ? 'tooFast' : null
  }

  return {
    list: () => list(sql, owner),

    async create({ deviceClientId, url, keys, expires, types }) {
      const refused = await refusal()
      if (refused) return refused
      const id = (await ids.take(1))[0]!
      // What changes from now on is news, also what changes before the client has sent the code back.
      const { marks } = await accountRow(sql, accountId, false)
      const code = randomBytes(CODE_OCTETS).toString('base64url')
      await sql`
        insert into push_subscription (account_id, push_subscription_id, principal_id, credential_id, device_client_id,
          url, p256dh, auth, server_key, verification_code, types, expires_at)
        values (${accountId}, ${id}, ${principalId}, ${credentialId}, ${deviceClientId}, ${url},
          ${keys?.p256dh ?? null}, ${keys?.auth ?? null}, ${serverPublicKey}, ${code},
          ${types?.names ?? null}::text[], ${bounded(sql, expires)})`
      await sql`
        insert into push_due (account_id, push_subscription_id, watched, told)
        values (${accountId}, ${id}, ${types?.watched ?? null}::text[], ${sql.json(marks as never)})`
      await sql`update account set has_push = true where account_id = ${accountId} and not has_push`
      return (await find(id))!
    },

    async isCode(id, code) {
      const [row] = await sql<{ code: string }[]>`
        select verification_code as code from push_subscription s
        where ${ofOwner(sql, owner)} and push_subscription_id = ${id}`
      const [right, given] = [Buffer.from(row?.code ?? ''), Buffer.from(code)]
      return row !== undefined && right.length === given.length && timingSafeEqual(right, given)
    },

    async update(id, change) {
      if (!(await find(id))) return null
      await write(sql, accountId, id, change)
      return find(id)
    },

    async destroy(id) {
      const { count } = await sql`
        delete from push_subscription s where ${ofOwner(sql, owner)} and push_subscription_id = ${id}`
      return count > 0
    },
  }
}

async function write(
  sql: TransactionSql,
  accountId: number,
  id: number,
  { expires, types, isVerified }: PushSubscriptionChange,
): Promise<void> {
  const row = sql`account_id = ${accountId} and push_subscription_id = ${id}`
  if (expires !== undefined) {
    await sql`update push_subscription set expires_at = ${bounded(sql, expires)} where ${row}`
  }
  if (types !== undefined) {
    await sql`update push_subscription set types = ${types?.names ?? null}::text[] where ${row}`
    await sql`update push_due set watched = ${types?.watched ?? null}::text[] where ${row}`
  }
  // Looked at afresh, for what changed before it was verified or while these types were not watched.
  if (isVerified) {
    await sql`update push_due set is_verified = true, attempts = 0, due_at = now() where ${row} and not is_verified`
  }
  if (types !== undefined) {
    await sql`
      update push_due set due_at = greatest(now(), not_before) where ${row} and is_verified and due_at = 'infinity'`
  }
}
