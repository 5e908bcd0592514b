import { MailstoreError } from '../errors.js'
import type { EsmtpParameters, Held } from './types.js'

/** Seconds that a message may be held, whichever way it is submitted: a year. */
export const MAX_HOLD = 365 * 24 * 60 * 60
/** What one account may have held at a time (RFC 4865 §6); octets as if each message were stored by itself. */
export const MAX_HELD: Held = { messages: 1_000, octets: 1024 ** 3 }

/** Whether one more of so many octets may be held. Errors: tooManyHeld. */
export function requireRoomToHold({ messages, octets }: Held, size: number): void {
  if (messages < MAX_HELD.messages && octets + size <= MAX_HELD.octets) return
  const most = `${MAX_HELD.messages} messages and ${MAX_HELD.octets} octets`
  throw new MailstoreError('tooManyHeld', `at most ${most} of one account are held for later`)
}

/**
 * When a message with these parameters of MAIL is to be released (RFC 4865 §4), for `sendAt`; null where they ask for
 * no hold, or for one until a time that has passed. `maxSeconds`: the longest hold that is offered. Errors: invalidHold
 * where the value is malformed, too far away or there are two (items 7 to 9 of RFC 4865 §4.2).
 */
export function releaseTime(
  parameters: EsmtpParameters,
  { now, maxSeconds }: { now: Date; maxSeconds: number },
): Date | null {
  const { HOLDFOR: seconds, HOLDUNTIL: until } = parameters
  if (seconds === undefined && until === undefined) return null
  if (seconds !== undefined && until !== undefined) throw invalid('HOLDFOR and HOLDUNTIL exclude each other')
  const release = seconds !== undefined ? afterSeconds(seconds, now) : atDate(until ?? null)
  if (release - now.getTime() > maxSeconds * 1000) throw invalid(`held for at most ${maxSeconds} seconds`)
  return release > now.getTime() ? new Date(release) : null
}

/** RFC 4865 §3: future-release-interval, a positive integer of at most nine digits. */
function afterSeconds(text: string | null, now: Date): number {
  if (text === null || !/^[1-9]\d{0,8}$/.test(text))
    throw invalid('HOLDFOR wants a positive number of seconds')
  return now.getTime() + Number(text) * 1000
}

/** RFC 3339 §5.6, in UTC. */
function atDate(text: string | null): number {
  const isDate = text !== null && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/i.test(text)
  const time = isDate ? Date.parse(text.toUpperCase()) : Number.NaN
  if (Number.isNaN(time)) throw invalid('HOLDUNTIL wants a date-time in UTC')
  return time
}

const invalid = (message: string) => new MailstoreError('invalidHold', message)
