import type { Fragment, Queryable } from '../db/connect.js'
import { ALL_RIGHTS, type RightsReader } from './types.js'

/** An expression: the account that a principal who has something in this one is of. */
export const homeOf = (sql: Queryable, accountId: number, principalId: number): Fragment => sql`coalesce((
  select principal_account_id from share where principal_id = ${principalId} and account_id = ${accountId}
), ${accountId})`

export function rightsReader(sql: Queryable, accountId: number): RightsReader {
  return {
    async of(principalId) {
      const [[owner], [share], mailboxes] = await Promise.all([
        sql`select from principal where account_id = ${accountId} and principal_id = ${principalId}`,
        sql<{ epoch: number }[]>`
          select epoch from share where principal_id = ${principalId} and account_id = ${accountId}`,
        sql<{ id: number; rights: string | null }[]>`
          select mailbox_id as id, rights from mailbox_right
          where account_id = ${accountId} and principal_id = ${principalId}
          union all
          select mailbox_id, null from mailbox join principal using (account_id)
          where account_id = ${accountId} and principal_id = ${principalId}`,
      ])
      return {
        isOwner: owner !== undefined,
        epoch: share?.epoch ?? 0,
        byMailbox: new Map(mailboxes.map(({ id, rights }) => [id, rights ?? ALL_RIGHTS])),
      }
    },

    async on(mailboxId) {
      return [
        ...(await sql<{ principalId: number; accountId: number; rights: string }[]>`
          select principal_id as "principalId", principal_account_id as "accountId", rights
          from mailbox_right r join share using (account_id, principal_id)
          where r.account_id = ${accountId} and mailbox_id = ${mailboxId} order by principal_id`),
      ]
    },
  }
}
