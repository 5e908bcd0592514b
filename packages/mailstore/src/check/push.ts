// Who is told of changes by push, and what is due.
import { type Check, check, type Found, LIMIT } from './types.js'

export const PUSH: readonly Check[] = [
  check<Found<{ id: number }>>({
    name: 'a push subscription can become due',
    rule: 2,
    find: (sql, accountId) => sql`
      select 'push subscription ' || push_subscription_id as at, 'no row in push_due' as found, 'one' as expected,
        push_subscription_id as id
      from push_subscription s
      where account_id = ${accountId} and not exists (
        select from push_due d where d.account_id = ${accountId} and d.push_subscription_id = s.push_subscription_id)
      limit ${LIMIT}`,
    // Whether it was verified is not known any more: its client makes another one.
    async repair({ sql, accountId }, found) {
      await sql`
        delete from push_subscription
        where account_id = ${accountId} and push_subscription_id = any(${found.map(({ id }) => id)}::bigint[])`
    },
  }),
  check<Found>({
    name: 'an account with push subscriptions says so',
    rule: 2,
    find: (sql, accountId) => sql`
      select 'account ' || account_id as at, 'none' as found, 'some' as expected
      from account
      where account_id = ${accountId} and not has_push
        and exists (select from push_subscription where account_id = ${accountId})`,
    async repair({ sql, accountId }) {
      await sql`update account set has_push = true where account_id = ${accountId}`
    },
  }),
  check<Found<{ id: number }>>({
    name: 'a push subscription is due where something was not told',
    rule: 2,
    find: (sql, accountId) => sql`
      select 'push subscription ' || push_subscription_id as at, type || ' ' || coalesce(told ->> type, 'none') as found,
        type || ' ' || mark as expected, push_subscription_id as id
      from push_due join account a using (account_id) cross join lateral (values
          ('mailbox', mark_mailbox_counts), ('email', mark_email), ('thread', mark_thread),
          ('emailDelivery', mark_email_delivery), ('submission', mark_submission), ('identity', mark_identity),
          ('vacation', mark_vacation)
        ) as m (type, mark)
      where account_id = ${accountId} and is_verified and due_at = 'infinity'
        and (watched is null or type = any(watched)) and (told ->> type)::bigint is distinct from mark
      limit ${LIMIT}`,
    async repair({ sql, accountId }, found) {
      await sql`
        update push_due set due_at = now()
        where account_id = ${accountId} and push_subscription_id = any(${found.map(({ id }) => id)}::bigint[])`
    },
  }),
]
