import type { Queryable } from '../db/connect.js'
import { isVisible } from '../email/filter.js'
import type { Guest } from '../guest/guest.js'
import type { ThreadReader } from './types.js'

export function threadReader(sql: Queryable, accountId: number, guest: Guest | null = null): ThreadReader {
  return {
    async get(ids) {
      if (ids.length === 0) return []
      const rows = await sql<{ thread_id: number; email_ids: number[] }[]>`
        select s.thread_id, array_agg(s.email_id order by e.received_at, s.email_id) as email_ids
        from email_state s join email e using (account_id, email_id)
        where s.account_id = ${accountId} and s.thread_id = any(${ids as number[]}::bigint[])
          and ${isVisible({ sql, accountId, guest })}
        group by s.thread_id`
      return rows.map((row) => ({ id: row.thread_id, emailIds: row.email_ids }))
    },
  }
}
