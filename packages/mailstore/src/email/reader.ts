import type { Summary } from '@tandem/mime'
import type { Queryable } from '../db/connect.js'
import { matchingEmails } from '../search/matching.js'
import { keywordList, keywordNames } from './keywords.js'
import { queryEmails } from './query.js'
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

export function emailReader(sql: Queryable, accountId: number): EmailReader {
  return {
    async get(ids) {
      if (ids.length === 0) return []
      const rows = await sql<EmailRow[]>`
        select e.email_id, e.thread_id, e.digest, e.size, e.received_at, s.flags, s.keywords, s.mailbox_ids,
          s.modseq, e.summary
        from email e join email_state s using (account_id, email_id)
        where e.account_id = ${accountId} and e.email_id = any(${ids as number[]}::bigint[])`
      const hasKeywords = rows.some((row) => row.keywords.length > 0)
      const names = hasKeywords ? await keywordNames(sql, accountId) : new Map()
      const byId = new Map(rows.map((row) => [row.email_id, row]))
      return ids.flatMap((id) => {
        const row = byId.get(id)
        return row ? [toEmail(row, names)] : []
      })
    },
    query: (query) => queryEmails({ sql, accountId }, query),
    queryChanges: (request) => queryEmailChanges({ sql, accountId }, request),
    matching: (mailboxId, text, among) => matchingEmails(sql, accountId, mailboxId, text, among),
    async sentOn(ids) {
      const rows = await sql<{ email_id: number; day: string }[]>`
        select email_id, left(summary->>'sentAt', 10) as day from email
        where account_id = ${accountId} and email_id = any(${ids as number[]}::bigint[])
          and summary->>'sentAt' is not null`
      return new Map(rows.map((row) => [row.email_id, row.day]))
    },
    retained: (query) => listRetained(sql, accountId, query),
    async hasDigest(digest) {
      const rows = await sql`
        select from email where account_id = ${accountId} and digest = ${digest} limit 1`
      return rows.length > 0
    },
  }
}

function toEmail(row: EmailRow, names: ReadonlyMap<number, { name: string }>): Email {
  return {
    id: row.email_id,
    threadId: row.thread_id,
    digest: row.digest,
    size: row.size,
    receivedAt: row.received_at,
    keywords: keywordList({ flags: row.flags, keywordIds: row.keywords }, names),
    mailboxIds: row.mailbox_ids,
    modseq: row.modseq,
    summary: row.summary,
  }
}
