import type { SenderFault } from '@tandem/mailstore'
import { refusal, type SmtpError } from './errors.js'

/** What the submitter of such a message is told. */
export function refusalOf(fault: SenderFault): SmtpError {
  return fault.kind === 'malformed'
    ? refusal(554, '5.6.0', fault.why)
    : refusal(550, '5.7.1', `the address in ${fault.field} is not one of yours`)
}
