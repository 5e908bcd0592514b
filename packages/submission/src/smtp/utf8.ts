import type { SMTPServerSession } from 'smtp-server'
import { refusal, type SmtpError } from '../errors.js'

/** RFC 6531 §3.5: without SMTPUTF8 there is no such address. The domain may be one of U-labels all the same. */
export function refuseUtf8(address: string, { envelope }: SMTPServerSession): SmtpError | null {
  const local = address.slice(0, Math.max(0, address.lastIndexOf('@')))
  if (envelope.smtpUtf8 || !/[^\x00-\x7f]/.test(local)) return null
  return refusal(553, '5.6.7', 'an address beyond ASCII needs the parameter SMTPUTF8')
}
