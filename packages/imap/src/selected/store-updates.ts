// What STORE adds to, and takes from, the updates that are due after it. Pure.
import type { FlagChange } from '@tandem/mailstore'
import { bitOf, includesIgnoringCase, systemBits } from './flag-words.js'
import { type Row, rowAt, rowOf, sameKeywords, sequenceOf, type Told, type Update } from './told.js'

/**
 * RFC 3501 §6.4.6: STORE answers with the flags of each message it names, whether they changed or not; with the modseq
 * alone where that is what is asked for (`type`).
 */
export function withNamed(
  updates: readonly Update[],
  told: Told,
  named: readonly number[],
  type: 'flags' | 'modseq' = 'flags',
): Update[] {
  const announced = new Set(updates.flatMap((update) => ('uid' in update ? [update.uid] : [])))
  const missing: Update[] = []
  for (const uid of named) {
    const sequence = sequenceOf(told, uid)
    if (sequence > 0 && !told.ghosts.has(uid) && !announced.has(uid)) missing.push({ type, sequence, uid })
  }
  return [...missing, ...updates]
}

/**
 * .SILENT: leaves out the messages named whose flags are what the client takes them to be. One that somebody else
 * changed meanwhile is announced (RFC 3501 §6.4.6, the note), as are other UIDs of the same email. `withModseq`: of
 * those left out, the new modseq is told (RFC 7162 §3.1.4.2, example 14).
 */
export function withoutSilent(
  updates: readonly Update[],
  before: Told,
  after: Told,
  named: readonly number[],
  { change, withModseq }: { change: FlagChange; withModseq: boolean },
): Update[] {
  const silent = new Set(named)
  return updates.flatMap((update): Update[] => {
    if (update.type !== 'flags' || !silent.has(update.uid)) return [update]
    const sequence = sequenceOf(before, update.uid)
    if (sequence === 0) return [update]
    const expected = applied(rowOf(before, sequence), change)
    const actual = rowAt(after.view, after.view.indexOf(update.uid))
    const isKnown = expected.flags === actual.flags && sameIgnoringCase(expected.keywords, actual.keywords)
    if (!isKnown) return [update]
    return withModseq ? [{ ...update, type: 'modseq' }] : []
  })
}

/** The flags a client computes for itself after a STORE it sent. */
function applied(row: Row, change: FlagChange): Pick<Row, 'flags' | 'keywords'> {
  const bits = systemBits(change)
  const words = change.keywords.filter((keyword) => bitOf(keyword) === 0)
  if (change.mode === 'replace') return { flags: bits, keywords: words }
  const others = row.keywords.filter((keyword) => !includesIgnoringCase(words, keyword))
  if (change.mode === 'remove') return { flags: row.flags & ~bits, keywords: others }
  return { flags: row.flags | bits, keywords: [...others, ...words] }
}

function sameIgnoringCase(a: readonly string[], b: readonly string[]): boolean {
  const lower = (words: readonly string[]) => [...new Set(words.map((word) => word.toLowerCase()))].sort()
  return sameKeywords(lower(a), lower(b))
}
