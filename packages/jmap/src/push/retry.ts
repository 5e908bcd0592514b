/** The longest wait between two attempts. */
const LONGEST_MS = 6 * 60 * 60_000
/** A server that asks for more is asked again after a day. */
const MAX_ASKED_MS = 24 * 60 * 60_000

/**
 * Milliseconds until a push is tried again: twice as long after each failure, a fifth more or less, and not before the
 * server wants it (RFC 8030 §8.4, RFC 9110 §10.2.3). `attempts`: the failures before this one.
 */
export function retryDelay(
  first: number,
  attempts: number,
  asked: number | null,
  random: () => number,
): number {
  const wait = Math.min(first * 2 ** Math.min(attempts, 30), LONGEST_MS) * (0.8 + 0.4 * random())
  return Math.round(Math.max(wait, Math.min(asked ?? 0, MAX_ASKED_MS)))
}

/** Milliseconds that a Retry-After asks for: seconds, or a date; null where it says nothing. */
export function parseRetryAfter(value: string | undefined, now: number): number | null {
  if (value === undefined) return null
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1_000
  const date = Date.parse(value)
  return Number.isNaN(date) ? null : Math.max(0, date - now)
}
