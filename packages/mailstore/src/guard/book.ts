// What this process knows of who guesses at whom, and what of it the other processes have not heard. Pure, and bounded:
// a name costs the same whether anybody has it.
import {
  banned,
  DAY,
  guessed,
  isKnown,
  KNOWN,
  KNOWN_FOR,
  RULES,
  type Rule,
  type Standing,
  scoreAt,
  UNKNOWN,
} from './standing.js'
import type { GuardScope } from './types.js'

/** `network` '': an account, whoever guesses. `account` '': an address, at whomever. `account` is a keyed hash. */
export interface Subject {
  network: string
  account: string
}

export type Row = Subject & Standing

/** One wrong password that was not tried before. */
export interface Guess extends Subject {
  /** A keyed hash of name and password. */
  digest: string
  at: number
  /** Whether the address counts for itself: it is not one that many share. */
  byAddress: boolean
}

/** What is to be written: guesses, and the rows that changed besides. */
export interface Taken {
  guesses: Guess[]
  changed: Subject[]
}

export interface Book {
  get(subject: Subject): Standing
  /** Counts it for the address, the account and both, unless it was counted before; gives those that are banned for it. */
  guess(guess: Guess): Row[]
  /** The account was logged in to from there. */
  succeeded(network: string, account: string): void
  /** Whether a login may be judged: `closed` tells until when it may not; `known`: it came from there lately. */
  ask(network: string, account: string, byAddress: boolean): { closed: number; known: boolean }
  /** The same again, for a login that was let in: 0 where it may be judged. */
  closedUntil(network: string, account: string, byAddress: boolean): number
  /** Whether anybody logged in from there lately. */
  isAnybodyKnown(network: string): boolean
  /** Takes in what the table says; gives those that are banned by the sum of what all processes counted. */
  merge(rows: readonly Row[]): Row[]
  take(): Taken
  /** What could not be written. */
  putBack(taken: Taken): void
  readonly isDirty: boolean
  forget(matches: (subject: Subject) => boolean): void
}

/** A success is not written again within a day. */
const KNOWN_STALE = DAY
/** Entries of some 200 octets. */
const MAX_ENTRIES = 50_000
/** Guesses kept while the database is away. */
const MAX_PENDING = 10_000
/**
 * An account that is banned is open to addresses that have not guessed at it, so many times a minute in each process:
 * its owner's new phone gets in, and a thousand addresses get no further.
 */
const TRIALS: Rule = { limit: 6, leak: 10_000, first: 0, longest: 0 }

export const scopeOf = ({ network, account }: Subject): GuardScope =>
  network === '' ? 'account' : account === '' ? 'address' : 'both'

/** Whom a guess counts for. */
export const subjectsOf = ({ network, account, byAddress }: Guess): Subject[] => [
  ...(byAddress ? [{ network, account: '' }] : []),
  { network: '', account },
  { network, account },
]

const keyOf = ({ network, account }: Subject) => `${network} ${account}`

export function ruleOf(row: Row, now: number): Rule {
  const scope = scopeOf(row)
  return scope === 'both' && isKnown(row, now) ? KNOWN : RULES[scope]
}

export function createBook(now: () => number, maxEntries = MAX_ENTRIES): Book {
  const rows = new Map<string, Row>()
  const changed = new Map<string, Subject>()
  const trials = new Map<string, Standing>()
  /** When somebody last logged in from an address. */
  const lastKnown = new Map<string, number>()
  const counted = new Set<string>()
  let guesses: Guess[] = []

  function get({ network, account }: Subject): Row {
    return rows.get(keyOf({ network, account })) ?? { ...UNKNOWN, network, account }
  }

  /** To the end of the map, which is thereby in order of change. */
  function set(row: Row): void {
    const key = keyOf(row)
    rows.delete(key)
    rows.set(key, row)
    if (row.knownAt > 0 && row.network !== '') {
      lastKnown.set(row.network, Math.max(row.knownAt, lastKnown.get(row.network) ?? 0))
      if (lastKnown.size > maxEntries) lastKnown.delete(lastKnown.keys().next().value!)
    }
    // Who is banned or known is passed over, as far as that goes quickly.
    for (let tries = 0; rows.size > maxEntries; tries++) {
      const [oldest, old] = rows.entries().next().value!
      rows.delete(oldest)
      if (tries < 20 && (old.until > now() || old.knownAt > 0)) rows.set(oldest, old)
    }
  }

  function banWhereDue(row: Row): Row[] {
    const ban = banned(row, ruleOf(row, now()), now())
    if (!ban) return []
    const { network, account } = row
    const next = { ...ban, network, account }
    set(next)
    changed.set(keyOf(next), { network, account })
    return [next]
  }

  function hasTrial(account: string): boolean {
    const standing = trials.get(account) ?? UNKNOWN
    if (scoreAt(standing, TRIALS, now()) > TRIALS.limit - 1) return false
    trials.delete(account)
    trials.set(account, guessed(standing, TRIALS, now(), 1))
    if (trials.size > 1_000) trials.delete(trials.keys().next().value!)
    return true
  }

  return {
    get,

    guess(guess) {
      const { digest } = guess
      if (counted.has(digest)) return []
      counted.add(digest)
      if (counted.size > maxEntries) counted.delete(counted.keys().next().value!)
      guesses.push(guess)
      if (guesses.length > MAX_PENDING) guesses.shift()
      return subjectsOf(guess).flatMap((subject) => {
        const row = get(subject)
        const next = { ...row, ...guessed(row, ruleOf(row, now()), now(), 1) }
        set(next)
        return banWhereDue(next)
      })
    },

    succeeded(network, account) {
      const row = get({ network, account })
      if (now() - row.knownAt < KNOWN_STALE) return
      set({ ...row, knownAt: now() })
      changed.set(keyOf(row), { network, account })
    },

    ask(network, account, byAddress) {
      const both = get({ network, account })
      const known = isKnown(both, now())
      if (both.until > now()) return { closed: both.until, known }
      if (known) return { closed: 0, known }
      const address = byAddress ? get({ network, account: '' }).until : 0
      if (address > now()) return { closed: address, known }
      const ofAccount = get({ network: '', account }).until
      const isOpen = ofAccount <= now() || (scoreAt(both, RULES.both, now()) < 0.5 && hasTrial(account))
      return { closed: isOpen ? 0 : ofAccount, known }
    },

    closedUntil(network, account, byAddress) {
      const both = get({ network, account })
      const address = byAddress && !isKnown(both, now()) ? get({ network, account: '' }).until : 0
      return Math.max(both.until, address)
    },

    isAnybodyKnown: (network) => now() - (lastKnown.get(network) ?? 0) < KNOWN_FOR,

    merge(fresh) {
      const unwritten = new Map<string, number>()
      for (const guess of guesses) {
        for (const subject of subjectsOf(guess)) {
          unwritten.set(keyOf(subject), (unwritten.get(keyOf(subject)) ?? 0) + 1)
        }
      }
      return fresh.flatMap((row) => {
        const mine = get(row)
        const next = {
          ...row,
          score: row.score + (unwritten.get(keyOf(row)) ?? 0),
          bans: Math.max(row.bans, mine.bans),
          until: Math.max(row.until, mine.until),
          knownAt: Math.max(row.knownAt, mine.knownAt),
        }
        set(next)
        return banWhereDue(next)
      })
    },

    take() {
      const taken = { guesses, changed: [...changed.values()] }
      guesses = []
      changed.clear()
      return taken
    },

    putBack(taken) {
      guesses = [...taken.guesses, ...guesses].slice(-MAX_PENDING)
      for (const subject of taken.changed) changed.set(keyOf(subject), subject)
    },

    get isDirty() {
      return guesses.length > 0 || changed.size > 0
    },

    forget(matches) {
      guesses = guesses.filter((guess) => !subjectsOf(guess).some(matches))
      for (const [key, row] of rows) {
        if (!matches(row)) continue
        if (row.knownAt > 0) rows.set(key, { ...row, ...UNKNOWN, knownAt: row.knownAt })
        else rows.delete(key)
      }
      for (const [key, subject] of changed) if (matches(subject)) changed.delete(key)
      for (const account of trials.keys()) if (matches({ network: '', account })) trials.delete(account)
    },
  }
}
