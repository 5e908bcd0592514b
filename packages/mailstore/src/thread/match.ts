import { createHash } from 'node:crypto'
import { baseSubject, type Summary } from '@tandem/mime'
import type { Ledger } from '../account/ledger.js'

/** References beyond these, the oldest of which name the thread's beginning, add nothing but cost. */
const MAX_MESSAGE_IDS = 100

/**
 * What an email matches threads by (RFC 8621 §3): its message ids, each together with the subject stripped of
 * "Re:" and the like and of white space, as 16 octets of SHA-256.
 */
export function threadKeys(summary: Summary): string[] {
  const subject = baseSubject(summary.subject ?? '')
    .replace(/\s+/g, '')
    .toLowerCase()
  const references = summary.references ?? []
  const ids = new Set([
    ...(summary.messageId ?? []),
    ...(summary.inReplyTo ?? []),
    ...references.slice(0, 1),
    ...references.slice(-MAX_MESSAGE_IDS),
  ])
  return [...ids]
    .slice(0, MAX_MESSAGE_IDS * 2)
    .map((id) => createHash('sha256').update(`${id}\0${subject}`).digest('hex').slice(0, 32))
}

/** A thread as a candidate: `bornModseq` decides between two that would both do (rule 7). */
export interface ThreadCandidate {
  threadId: number
  bornModseq: number
}

/** The threads that these keys lead to; emails that were expunged have no keys and so don't join. */
export async function threadsByKey(
  { sql, accountId }: Ledger,
  keys: readonly string[],
): Promise<Map<string, ThreadCandidate>> {
  const found = new Map<string, ThreadCandidate>()
  if (keys.length === 0) return found
  const rows = await sql<{ key: string; thread_id: number; born_modseq: number }[]>`
    select distinct encode(k.key, 'hex') as key, k.thread_id, t.born_modseq
    from thread_key k join thread t using (account_id, thread_id)
    where k.account_id = ${accountId}
      and k.key = any(array(select decode(hex, 'hex') from unnest(${keys as string[]}::text[]) hex))`
  for (const row of rows) older(found, row.key, { threadId: row.thread_id, bornModseq: row.born_modseq })
  return found
}

/** Keeps, per key, the thread that was born first. */
export function older(found: Map<string, ThreadCandidate>, key: string, candidate: ThreadCandidate): void {
  const held = found.get(key)
  if (!held || candidate.bornModseq < held.bornModseq) found.set(key, candidate)
}
