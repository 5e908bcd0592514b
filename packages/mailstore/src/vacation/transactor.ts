import type { Ledger } from '../account/ledger.js'
import { requireText } from '../db/text.js'
import { isInForce, REPLY_DAYS, senderKey, vacationReader } from './reader.js'
import type { Vacation, VacationTransactor } from './types.js'

/** What a sender reads: one with other words is another response. */
const WORDS = ['subject', 'textBody', 'htmlBody'] as const satisfies (keyof Vacation)[]

export function vacationTransactor(ledger: Ledger): VacationTransactor {
  const { sql, accountId } = ledger
  const reader = vacationReader(sql, accountId)
  return {
    ...reader,

    async update(patch) {
      const before = await reader.get()
      const after: Vacation = { ...before, ...patch }
      requireText(after)
      if (JSON.stringify(after) === JSON.stringify(before)) return
      const modseq = ledger.nextModseq()
      ledger.touch('vacation', modseq)
      await sql`
        insert into vacation (account_id, is_enabled, from_date, to_date, subject, text_body, html_body, modseq)
        values (${accountId}, ${after.isEnabled}, ${after.fromDate}, ${after.toDate}, ${after.subject},
          ${after.textBody}, ${after.htmlBody}, ${modseq})
        on conflict (account_id) do update set is_enabled = excluded.is_enabled, from_date = excluded.from_date,
          to_date = excluded.to_date, subject = excluded.subject, text_body = excluded.text_body,
          html_body = excluded.html_body, modseq = excluded.modseq`
      // RFC 5230 §4.2: who had another response has not had this one.
      if (WORDS.some((name) => after[name] !== before[name])) {
        await sql`delete from vacation_reply where account_id = ${accountId}`
      }
    },

    async claimReply(sender, receivedAt) {
      const vacation = await reader.get()
      if (!isInForce(vacation, receivedAt)) return null
      const rows = await sql`
        insert into vacation_reply as r (account_id, address, replied_at)
        values (${accountId}, ${senderKey(sender)}, now())
        on conflict (account_id, address) do update set replied_at = excluded.replied_at
          where r.replied_at <= excluded.replied_at - make_interval(days => ${REPLY_DAYS})
        returning address`
      return rows.length > 0 ? vacation : null
    },
  }
}
