// Up to which modseq a message counts as unchanged for STORE (UNCHANGEDSINCE n): RFC 7162 §3.1.3, §3.1.12. Pure.
import type { FlagChange } from '@tandem/mailstore'
import { bitOf, includesIgnoringCase, systemBits } from './flag-words.js'
import type { Row } from './told.js'

/**
 * The modseq that the message may have. A message has one modseq for all its flags, so that more is allowed than `since`
 * where the row `now` shows the flags named as the client had them: then its own modseq.
 *
 * `known`: what the client knew when it sent the command; null where it was told of no such message.
 */
export function allowedModseq(since: number, change: FlagChange, known: Row | null, now: Row): number {
  // A replacement names every flag.
  if (change.mode === 'replace') return since
  if (since === 0) return namesExisting(change, now) ? 0 : now.modseq
  if (now.modseq <= since || known === null || known.modseq > since) return since
  return sameNamed(change, known, now) ? now.modseq : since
}

/** RFC 7162 §3.1.3: with 0, a flag fails where it exists; system flags always do. */
function namesExisting(change: FlagChange, now: Row): boolean {
  return change.deleted || change.keywords.some((word) => bitOf(word) !== 0 || hasWord(now, word))
}

function sameNamed(change: FlagChange, a: Row, b: Row): boolean {
  const bits = systemBits(change)
  if ((a.flags & bits) !== (b.flags & bits)) return false
  return change.keywords.every((word) => bitOf(word) !== 0 || hasWord(a, word) === hasWord(b, word))
}

const hasWord = (row: Row, word: string) => includesIgnoringCase(row.keywords, word)
