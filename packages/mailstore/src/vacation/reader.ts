import type { Queryable } from '../db/connect.js'
import { normalizeAddress } from '../directory/address.js'
import type { Vacation, VacationReader } from './types.js'

/** RFC 5230 §4.1, the default of :days; RFC 3834 §2 wants "several days". */
export const REPLY_DAYS = 7

const OFF: Vacation = {
  isEnabled: false,
  fromDate: null,
  toDate: null,
  subject: null,
  textBody: null,
  htmlBody: null,
}

export function vacationReader(sql: Queryable, accountId: number): VacationReader {
  const get = async () => {
    const [row] = await sql<Vacation[]>`
      select is_enabled as "isEnabled", from_date as "fromDate", to_date as "toDate", subject,
        text_body as "textBody", html_body as "htmlBody"
      from vacation where account_id = ${accountId}`
    return { ...(row ?? OFF) }
  }
  return {
    get,

    async replyTo(sender, receivedAt) {
      const vacation = await get()
      if (!isInForce(vacation, receivedAt)) return null
      const [recent] = await sql`
        select from vacation_reply
        where account_id = ${accountId} and address = ${senderKey(sender)}
          and replied_at > now() - make_interval(days => ${REPLY_DAYS})`
      return recent ? null : vacation
    },
  }
}

/** Under which a sender is remembered. */
export const senderKey = (sender: string) => normalizeAddress(sender) ?? sender.toLowerCase()

/** RFC 8621 §8, fromDate and toDate. */
export function isInForce({ isEnabled, fromDate, toDate }: Vacation, at: Date): boolean {
  return isEnabled && (fromDate === null || at >= fromDate) && (toDate === null || at < toDate)
}
