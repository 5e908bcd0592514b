// Who is told what of an attempt: RFC 3461 §5.2.
import type { Submission } from '@tandem/mailstore'
import { tellsOfDelay } from './backoff.js'
import type { Sent } from './outgoing.js'
import type { Action, Notice } from './report.js'

/** What the sender is told of these outcomes. */
export function noticesOf(
  { mailFrom, recipients }: Pick<Submission, 'mailFrom' | 'recipients'>,
  sent: readonly Sent[],
): Notice[] {
  // RFC 5321 §6.1: no report about a report.
  if (mailFrom === '') return []
  return sent.flatMap((outcome) => {
    const recipient = recipients.find(({ address }) => address === outcome.address)
    const action = actionOf(outcome, (recipient?.attempts ?? 0) + 1)
    if (!recipient || !action || !isWanted(action, recipient.parameters.NOTIFY)) return []
    const { address, reply, host } = outcome
    return [{ address, action, reply, host, originalRecipient: recipient.parameters.ORCPT ?? null }]
  })
}

function actionOf({ state, host, isPassedOn }: Sent, attempts: number): Action | null {
  if (state === 'failed') return 'failed'
  if (state === 'queued') return tellsOfDelay(attempts) ? 'delayed' : null
  // Where the next host speaks DSN, the report of success is its own.
  if (isPassedOn) return null
  return host === null ? 'delivered' : 'relayed'
}

/** RFC 3461 §4.1; without NOTIFY, reports of failure and of delay. */
function isWanted(action: Action, notify: string | null | undefined): boolean {
  const wanted = new Set((notify ?? 'FAILURE,DELAY').toUpperCase().split(','))
  return wanted.has({ failed: 'FAILURE', delayed: 'DELAY', relayed: 'SUCCESS', delivered: 'SUCCESS' }[action])
}
