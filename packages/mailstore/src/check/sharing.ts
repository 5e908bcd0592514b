import { type Check, check, type Found, LIMIT } from './types.js'

export const SHARING: readonly Check[] = [
  check<Found<{ principal_id: number }>>({
    name: 'a share gives a right somewhere',
    rule: 2,
    find: (sql, accountId) => sql`
      select 'share with ' || principal_id as at, 'no right' as found, 'one at least' as expected, principal_id
      from share s where account_id = ${accountId} and not exists (
        select from mailbox_right r where r.account_id = ${accountId} and r.principal_id = s.principal_id)
      limit ${LIMIT}`,
    async repair({ sql, accountId }, found) {
      const ids = found.map((each) => each.principal_id)
      await sql`delete from share where account_id = ${accountId} and principal_id = any(${ids}::bigint[])`
    },
  }),
]
