const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

/** Minutes to wait after the first, second … attempt; the last goes on (RFC 5321 §4.5.4.1). */
const SCHEDULE = [1, 5, 15, 30, 60, 120, 240]

/** RFC 5321 §4.5.4.1 wants 4 to 5 days at least. */
const MAX_AGE = 5 * DAY
/**
 * A message that waited here, for a relay to be set or for this server to run, gets its chances even when it
 * is old by then. Ten attempts take about 16 hours.
 */
const MIN_ATTEMPTS = 10

/** The attempt after which the sender hears that it takes longer: about four hours after the first. */
const DELAY_ATTEMPT = 7

/** How long mail for other domains waits before it is looked at again where no relay is set. */
export const NO_RELAY_DELAY = 60 * MINUTE

/** Milliseconds until the next attempt, a fifth more or less, so that what failed together does not return together. */
export function retryDelay(attempts: number, random: () => number): number {
  const minutes = SCHEDULE[Math.min(attempts, SCHEDULE.length) - 1] ?? SCHEDULE[0]!
  return Math.round(minutes * MINUTE * (0.8 + 0.4 * random()))
}

/** Whether a recipient that failed once more is given up. `attempts` counts this one. */
export function hasExpired(dueSince: Date, attempts: number, now: number): boolean {
  return attempts >= MIN_ATTEMPTS && now - dueSince.getTime() >= MAX_AGE
}

/** Whether the sender hears of the delay now: once, so after one attempt and no other. */
export function tellsOfDelay(attempts: number): boolean {
  return attempts === DELAY_ATTEMPT
}

/** When a message that is due since then is given up. */
export function expiry(dueSince: Date): Date {
  return new Date(dueSince.getTime() + MAX_AGE)
}
