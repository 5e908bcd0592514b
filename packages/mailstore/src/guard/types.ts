import type { ClientProtocol } from '../client/types.js'

/** Where a login comes from. */
export interface LoginOrigin {
  /** The client's IP address. */
  address: string
  protocol: ClientProtocol
  /** Aborted once the client is gone: what waits for it is dropped. */
  signal: AbortSignal
}

/** What guesses are counted by: who guesses, at whom, and both together. */
export type GuardScope = 'address' | 'account' | 'both'

/** One row of what the guard knows. */
export interface GuardEntry {
  scope: GuardScope
  /** An IPv4 address, or the first 64 bits of an IPv6 one; null for an account. */
  address: string | null
  /** Null for an address, and for a name that nobody has. */
  name: string | null
  /** A keyed hash of the name, as the log shows it; null for an address. */
  nameHash: string | null
  /** Different wrong passwords that still count. */
  guesses: number
  /** How many times it was banned lately. */
  bans: number
  /** Null where it is not banned. */
  bannedUntil: Date | null
  lastGuess: Date
}

export interface GuardCounts {
  /** Wrong passwords, those that were tried before included. */
  guesses: number
  bans: Record<GuardScope, number>
  /** Logins put off without being judged: banned, or too many at once. */
  deferred: Record<'banned' | 'busy', number>
  /** Connections that a listener turned away, or closed for another. */
  turnedAway: number
  /** Logins that wait for their password to be hashed. */
  waiting: number
}

/** Guesses at passwords, over all protocols and processes. */
export interface Guard {
  /** What counts, banned ones first. Errors: unavailable. */
  list(): Promise<GuardEntry[]>
  /**
   * Forgets the guesses of an address, or those at a name, or all, in every process at once; how many were known.
   * Who logged in lately stays known. Errors: unavailable.
   */
  clear(what: { address: string } | { name: string } | 'all'): Promise<number>
  /** Writes what other processes have to know. Errors: unavailable. */
  flush(): Promise<void>
  /** Seconds that an address is banned for, and nobody there is known; null where it may connect. */
  bannedFor(address: string): number | null
  /** Waits before somebody unwelcome is answered; not at all where too many wait already. */
  pause(milliseconds: number, signal: AbortSignal): Promise<void>
  /** Whether many people may be behind an address: this machine, a trusted proxy. */
  isShared(address: string): boolean
  counts(): GuardCounts
  turnedAway(): void
}
