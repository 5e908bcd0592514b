import type { Queryable } from '../db/connect.js'
import type { Vacation, VacationReader } from './types.js'

const OFF: Vacation = {
  isEnabled: false,
  fromDate: null,
  toDate: null,
  subject: null,
  textBody: null,
  htmlBody: null,
}

export function vacationReader(sql: Queryable, accountId: number): VacationReader {
  return {
    async get() {
      const [row] = await sql<Vacation[]>`
        select is_enabled as "isEnabled", from_date as "fromDate", to_date as "toDate", subject,
          text_body as "textBody", html_body as "htmlBody"
        from vacation where account_id = ${accountId}`
      return { ...(row ?? OFF) }
    },
  }
}
