import { createHash } from 'node:crypto'
import { bareMessageIds, baseSubject, type Summary, threadSubject } from '@tandem/mime'
import type { Ledger } from '../account/ledger.js'

/** References beyond these, the oldest of which name the thread's beginning, add nothing but cost. */
const MAX_MESSAGE_IDS = 100

/** Of a summary, what threads go by. */
export type ThreadFields = Pick<
  Summary,
  'subject' | 'messageId' | 'inReplyTo' | 'references' | 'bareReferences'
> & {
  envelope: Pick<Summary['envelope'], 'messageId' | 'inReplyTo'>
}

/**
 * What an email matches threads by (RFC 8621 §3): its message ids, each together with the subject as `threadSubject`
 * has it, as 16 octets of SHA-256.
 */
export function threadKeys(summary: ThreadFields): string[] {
  return keysOf(threadIds(summary), threadSubject(summary.subject ?? ''))
}

/**
 * What it would have been filed under when keys held the base subject of RFC 5256, where that is something else: emails
 * that are not keyed anew yet (`thread/rekey.ts`) are found by these. Each subject with the same base subject has the
 * same `threadSubject`, so none is found that would not be afterwards.
 */
export function formerThreadKeys(summary: ThreadFields): string[] {
  const subject = baseSubject(summary.subject ?? '')
    .replace(/\s+/g, '')
    .toLowerCase()
  return subject === threadSubject(summary.subject ?? '') ? [] : keysOf(threadIds(summary), subject)
}

function threadIds(summary: ThreadFields): string[] {
  const { envelope } = summary
  const references = summary.references ?? summary.bareReferences ?? []
  return [
    ...new Set([
      ...(summary.messageId ?? bareMessageIds(envelope.messageId ?? '')),
      ...(summary.inReplyTo ?? bareMessageIds(envelope.inReplyTo ?? '')),
      ...references.slice(0, 1),
      ...references.slice(-MAX_MESSAGE_IDS),
    ]),
  ].slice(0, MAX_MESSAGE_IDS * 2)
}

function keysOf(ids: readonly string[], subject: string): string[] {
  return ids.map((id) => createHash('sha256').update(`${id}\0${subject}`).digest('hex').slice(0, 32))
}

/** A thread as a candidate: `bornModseq` decides between two that would both do (rule 7). */
export interface ThreadCandidate {
  threadId: number
  bornModseq: number
}

/**
 * The threads that these keys lead to, and where emails wait to be keyed anew the former ones; emails that were expunged
 * have no keys and so don't join.
 */
export async function threadsByKey(
  { sql, accountId }: Ledger,
  keys: readonly string[],
  formerKeys: readonly string[],
): Promise<Map<string, ThreadCandidate>> {
  const found = new Map<string, ThreadCandidate>()
  if (keys.length === 0) return found
  const rows = await sql<{ key: string; thread_id: number; born_modseq: number }[]>`
    select distinct encode(k.key, 'hex') as key, k.thread_id, t.born_modseq
    from thread_key k join thread t using (account_id, thread_id)
    where k.account_id = ${accountId}
      and k.key = any(array(
        select decode(hex, 'hex') from unnest(${keys as string[]}::text[]) hex
        union all
        select decode(hex, 'hex') from unnest(${formerKeys as string[]}::text[]) hex
        where exists (select from thread_key_pending where account_id = ${accountId})))`
  for (const row of rows) older(found, row.key, { threadId: row.thread_id, bornModseq: row.born_modseq })
  return found
}

/** Keeps, per key, the thread that was born first. */
export function older(found: Map<string, ThreadCandidate>, key: string, candidate: ThreadCandidate): void {
  const held = found.get(key)
  if (!held || candidate.bornModseq < held.bornModseq) found.set(key, candidate)
}
