// What STORE adds to, and takes from, the updates that are due after it. Pure.
import { FLAG, type FlagChange } from '@tandem/mailstore'
import { type Row, rowAt, rowOf, sameKeywords, sequenceOf, type Told, type Update } from './told.js'

/** RFC 3501 §6.4.6: STORE answers with the flags of each message it names, whether they changed or not. */
export function withNamed(updates: readonly Update[], told: Told, named: readonly number[]): Update[] {
  const announced = new Set(updates.flatMap((update) => (update.type === 'flags' ? [update.uid] : [])))
  const missing: Update[] = []
  for (const uid of named) {
    const sequence = sequenceOf(told, uid)
    if (sequence > 0 && !told.ghosts.has(uid) && !announced.has(uid)) {
      missing.push({ type: 'flags', sequence, uid })
    }
  }
  return [...missing, ...updates]
}

/**
 * .SILENT: leaves out the messages named whose flags are what the client takes them to be. One that somebody else
 * changed meanwhile is announced (RFC 3501 §6.4.6, the note), as are other UIDs of the same email.
 */
export function withoutSilent(
  updates: readonly Update[],
  before: Told,
  after: Told,
  named: readonly number[],
  change: FlagChange,
): Update[] {
  const silent = new Set(named)
  return updates.filter((update) => {
    if (update.type !== 'flags' || !silent.has(update.uid)) return true
    const sequence = sequenceOf(before, update.uid)
    if (sequence === 0) return true
    const expected = applied(rowOf(before, sequence), change)
    const actual = rowAt(after.view, after.view.indexOf(update.uid))
    return expected.flags !== actual.flags || !sameIgnoringCase(expected.keywords, actual.keywords)
  })
}

const SYSTEM: Readonly<Record<string, number>> = {
  $seen: FLAG.seen,
  $answered: FLAG.answered,
  $flagged: FLAG.flagged,
  $draft: FLAG.draft,
}

/** The flags a client computes for itself after a STORE it sent. */
function applied(row: Row, change: FlagChange): Pick<Row, 'flags' | 'keywords'> {
  let bits = change.deleted ? FLAG.deleted : 0
  const words: string[] = []
  for (const keyword of change.keywords) {
    const bit = SYSTEM[keyword.toLowerCase()]
    if (bit) bits |= bit
    else words.push(keyword)
  }
  if (change.mode === 'replace') return { flags: bits, keywords: words }
  const others = row.keywords.filter((keyword) => !includesIgnoringCase(words, keyword))
  if (change.mode === 'remove') return { flags: row.flags & ~bits, keywords: others }
  return { flags: row.flags | bits, keywords: [...others, ...words] }
}

function includesIgnoringCase(words: readonly string[], word: string): boolean {
  return words.some((other) => other.toLowerCase() === word.toLowerCase())
}

function sameIgnoringCase(a: readonly string[], b: readonly string[]): boolean {
  const lower = (words: readonly string[]) => [...new Set(words.map((word) => word.toLowerCase()))].sort()
  return sameKeywords(lower(a), lower(b))
}
