// The parameters of MAIL and RCPT that submission takes: RFC 1870, RFC 6152, RFC 4954, RFC 6531, RFC 3461, RFC 4865.
import { MAX_HOLD, type NewSubmission, releaseTime } from '@tandem/mailstore'
import type { SMTPServerAddress } from 'smtp-server'
import { refusal } from '../errors.js'

type Args = SMTPServerAddress['args']
type Parameters = NonNullable<NewSubmission['mailFromParameters']>

/** AUTH is accepted and not used (RFC 4954 §5). */
const MAIL = new Set(['SIZE', 'BODY', 'AUTH', 'SMTPUTF8', 'RET', 'ENVID', 'HOLDFOR', 'HOLDUNTIL'])
const RCPT = new Set(['NOTIFY', 'ORCPT'])
/** RFC 3461 §4.2, §4.4 */
const MAX_ORCPT = 500
const MAX_ENVID = 100

/**
 * What a submission keeps of MAIL's parameters, until when it is held, and the octets that it says to have (0: it says
 * nothing). Errors: SmtpError 555, 501; invalidHold.
 */
export function mailParameters(
  args: Args,
  now: Date,
): { parameters: Parameters; sendAt: Date | null; size: number } {
  const given = known(args, MAIL)
  const envelopeId = text(given.ENVID)
  if (envelopeId !== null && (envelopeId.length > MAX_ENVID || /[^\x20-\x7e]/.test(envelopeId))) {
    throw wrong('ENVID is up to 100 characters of ASCII')
  }
  const parameters: Parameters = {
    ...(text(given.BODY)?.toUpperCase() === '8BITMIME' ? { BODY: '8BITMIME' } : {}),
    ...('SMTPUTF8' in given ? { SMTPUTF8: null } : {}),
    ...(text(given.RET) ? { RET: text(given.RET)!.toUpperCase() } : {}),
    ...(envelopeId ? { ENVID: envelopeId } : {}),
    ...('HOLDFOR' in given ? { HOLDFOR: text(given.HOLDFOR) } : {}),
    ...('HOLDUNTIL' in given ? { HOLDUNTIL: text(given.HOLDUNTIL) } : {}),
  }
  const sendAt = releaseTime(parameters, { now, maxSeconds: MAX_HOLD })
  return { parameters, sendAt, size: Number(text(given.SIZE) ?? 0) }
}

/** What a submission keeps of RCPT's parameters. Errors: SmtpError 555, 501. */
export function recipientParameters(args: Args): Parameters {
  const given = known(args, RCPT)
  const original = text(given.ORCPT)
  if (original !== null && original.length > MAX_ORCPT) throw wrong('ORCPT is up to 500 characters')
  return {
    ...(text(given.NOTIFY) ? { NOTIFY: text(given.NOTIFY)!.toUpperCase() } : {}),
    ...(original ? { ORCPT: original } : {}),
  }
}

/** What EHLO says of it: RFC 4865 §3. */
export function futureRelease(now: Date): string {
  return `FUTURERELEASE ${MAX_HOLD} ${formatTime(now.getTime() + MAX_HOLD * 1000)}`
}

function formatTime(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`
}

/** RFC 5321 §4.1.1.11 */
function known(args: Args, names: ReadonlySet<string>): Record<string, string | true> {
  const given = (args || {}) as Record<string, string | true>
  const stranger = Object.keys(given).find((name) => !names.has(name))
  if (stranger) throw refusal(555, '5.5.4', `the parameter ${stranger} is not supported`)
  return given
}

function text(value: string | true | undefined): string | null {
  return typeof value === 'string' ? value : null
}

function wrong(why: string) {
  return refusal(501, '5.5.4', why)
}
