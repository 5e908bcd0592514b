import type { Summary } from '@tandem/mime'
import type { Fragment, Queryable } from '../db/connect.js'
import type { Guest } from '../guest/guest.js'
import { isInReach } from '../guest/places.js'
import type { Reading } from '../reading/types.js'
import { matchingEmails } from '../search/matching.js'
import { mayRead } from './filter.js'
import { keywordList, keywordNames } from './keywords.js'
import { type Counting, queryEmails } from './query.js'
import { queryEmailChanges } from './query-changes.js'
import { listRetained } from './retained.js'
import type { Email, EmailReader } from './types.js'

interface EmailRow {
  email_id: number
  thread_id: number
  digest: Uint8Array
  size: number
  received_at: Date
  flags: number
  keywords: number[]
  mailbox_ids: number[]
  modseq: number
  summary: Summary
}

/** For a guest, what he may not read is not there (RFC 8621 §9.5). `counting`: of the owner's snapshot. */
export function emailReader(
  sql: Queryable,
  accountId: number,
  reading: Reading,
  guest: Guest | null = null,
  counting: Counting | null = null,
): EmailReader {
  const context = { sql, accountId, reading, guest }
  return {
    async get(ids) {
      if (ids.length === 0) return []
      const rows = await sql<EmailRow[]>`
        select e.email_id, e.thread_id, e.digest, e.size, e.received_at, s.flags, s.keywords, s.mailbox_ids,
          s.modseq, e.summary
        from email e join email_state s using (account_id, email_id)
        where e.account_id = ${accountId} and e.email_id = any(${ids as number[]}::bigint[]) and ${reach(context)}`
      const hasKeywords = rows.some((row) => row.keywords.length > 0)
      const names = hasKeywords ? await keywordNames(sql, accountId) : new Map()
      const byId = new Map(rows.map((row) => [row.email_id, row]))
      return ids.flatMap((id) => {
        const row = byId.get(id)
        return row ? [toEmail(row, names, guest)] : []
      })
    },
    query: (query) => queryEmails(context, query, counting),
    queryChanges: (request) => queryEmailChanges(context, request),
    matching: async (mailboxId, text, among) =>
      mayRead(context, mailboxId) ? matchingEmails(sql, accountId, reading, mailboxId, text, among) : [],
    async sentOn(ids) {
      const rows = await sql<{ email_id: number; day: string }[]>`
        select email_id, left(summary->>'sentAt', 10) as day from email s
        where account_id = ${accountId} and ${reach(context)} and email_id = any(${ids as number[]}::bigint[])
          and summary->>'sentAt' is not null`
      return new Map(rows.map((row) => [row.email_id, row.day]))
    },
    // What was expunged can be brought back by the owner alone.
    retained: async (query) => (guest ? { emails: [], next: null } : listRetained(sql, accountId, query)),
    async hasDigest(digest) {
      const rows = await sql`
        select from email s where account_id = ${accountId} and digest = ${digest} and ${reach(context)} limit 1`
      return rows.length > 0
    },
  }
}

const reach = ({ sql, guest }: { sql: Queryable; guest: Guest | null }): Fragment =>
  guest ? isInReach(sql, guest) : sql`true`

function toEmail(row: EmailRow, names: ReadonlyMap<number, { name: string }>, guest: Guest | null): Email {
  return {
    id: row.email_id,
    threadId: row.thread_id,
    digest: row.digest,
    size: row.size,
    receivedAt: row.received_at,
    keywords: keywordList({ flags: row.flags, keywordIds: row.keywords }, names),
    mailboxIds: guest ? row.mailbox_ids.filter((id) => guest.readable.includes(id)) : row.mailbox_ids,
    modseq: row.modseq,
    summary: row.summary,
  }
}
