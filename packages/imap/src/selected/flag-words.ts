// The words of a FlagChange against a row's bits and keywords. Pure.
import { FLAG, type FlagChange } from '@tandem/mailstore'

const SYSTEM: Readonly<Record<string, number>> = {
  $seen: FLAG.seen,
  $answered: FLAG.answered,
  $flagged: FLAG.flagged,
  $draft: FLAG.draft,
}

/** The bit of a system flag's keyword; 0 for any other. */
export function bitOf(keyword: string): number {
  const name = keyword.toLowerCase()
  return Object.hasOwn(SYSTEM, name) ? SYSTEM[name]! : 0
}

/** The bits that a change names, \Deleted among them. */
export function systemBits(change: FlagChange): number {
  return change.keywords.reduce((bits, word) => bits | bitOf(word), change.deleted ? FLAG.deleted : 0)
}

export function includesIgnoringCase(words: readonly string[], word: string): boolean {
  return words.some((other) => other.toLowerCase() === word.toLowerCase())
}
