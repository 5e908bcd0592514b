// What is counted of one address, one account, or both together, and when that is a ban. Pure.
//
// A bucket leaks: `score` is the number of different wrong passwords, less one for each `leak` since. At `limit` it is
// banned, each time for twice as long, until a day passed without a guess.
import type { GuardScope } from './types.js'

export interface Rule {
  limit: number
  /** Milliseconds in which one guess is forgotten. */
  leak: number
  /** Milliseconds of the first ban, and of the longest. */
  first: number
  longest: number
}

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

export const RULES: Readonly<Record<GuardScope, Rule>> = {
  // An office whose fifty phones all have an old password stays below it.
  address: { limit: 60, leak: 30 * SECOND, first: MINUTE, longest: DAY },
  // Short: who guesses could shut the owner out. What it closes, and to whom, is in book.ts.
  account: { limit: 50, leak: MINUTE, first: MINUTE, longest: 15 * MINUTE },
  both: { limit: 10, leak: 2 * MINUTE, first: MINUTE, longest: DAY },
}
/** Where the account was logged in to from that address lately: its owner mistypes there, too. */
export const KNOWN: Rule = { ...RULES.both, limit: 50 }
/** A success makes an address known to its account for so long. */
export const KNOWN_FOR = 30 * DAY
/** Bans are forgotten after so long without a guess. */
const FORGET = DAY

export interface Standing {
  /** Times are milliseconds since 1970; 0: never. */
  score: number
  at: number
  bans: number
  until: number
  knownAt: number
}

export const UNKNOWN: Standing = { score: 0, at: 0, bans: 0, until: 0, knownAt: 0 }

export const isKnown = ({ knownAt }: Standing, now: number): boolean => now - knownAt < KNOWN_FOR

export function scoreAt({ score, at }: Standing, { leak }: Rule, now: number): number {
  return Math.max(0, score - Math.max(0, now - at) / leak)
}

/** With so many more guesses. */
export function guessed(standing: Standing, rule: Rule, now: number, guesses: number): Standing {
  const score = scoreAt(standing, rule, now) + guesses
  return { ...standing, score, at: now, bans: now - standing.at > FORGET ? 0 : standing.bans }
}

/** Banned, where it is to be and is not yet; else null. */
export function banned(standing: Standing, rule: Rule, now: number): Standing | null {
  // A little less than the limit: the first of as many guesses has leaked by a trifle when the last comes.
  if (standing.until > now || scoreAt(standing, rule, now) < rule.limit - 0.5) return null
  const length = Math.min(rule.first * 2 ** standing.bans, rule.longest)
  return { ...standing, bans: standing.bans + 1, until: now + length }
}
