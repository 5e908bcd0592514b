// The EmailSubmission object: RFC 8621 §7.
import { type EmailSubmission, formatId, type RecipientState } from '@tandem/mailstore'
import type { JsonObject } from '../api/json.js'
import { formatUTCDate } from './dates.js'
import { renderEnvelope } from './envelope.js'

const PROPERTIES: Record<string, (submission: EmailSubmission) => unknown> = {
  id: ({ id }) => formatId('submission', id),
  identityId: ({ email }) => formatId('identity', email.identityId),
  emailId: ({ email }) => formatId('email', email.emailId),
  threadId: ({ email }) => formatId('thread', email.threadId),
  envelope: ({ mailFrom, mailFromParameters, recipients }) =>
    renderEnvelope({ address: mailFrom, parameters: mailFromParameters }, recipients),
  sendAt: ({ sendAt }) => formatUTCDate(sendAt),
  undoStatus: ({ undoStatus }) => undoStatus,
  deliveryStatus: ({ recipients }) =>
    Object.fromEntries(
      recipients.map(({ address, state, reply }) => [
        address,
        {
          smtpReply: reply ?? UNTRIED[state],
          delivered: DELIVERED[state],
          // No disposition notification is looked for.
          displayed: 'unknown',
        },
      ]),
    ),
  // Reports are mail in the inbox (RFC 8621 §7 leaves that open).
  dsnBlobIds: () => [],
  mdnBlobIds: () => [],
}

const DELIVERED: Record<RecipientState, 'queued' | 'yes' | 'no' | 'unknown'> = {
  queued: 'queued',
  delivered: 'yes',
  relayed: 'unknown',
  failed: 'no',
  // It reaches nobody, and that is final.
  canceled: 'no',
}

/** RFC 8621 §7, smtpReply: the form of what no server said. */
const UNTRIED: Record<RecipientState, string> = {
  queued: '250 2.0.0 queued',
  delivered: '250 2.1.5 delivered',
  relayed: '250 2.0.0 passed on',
  failed: '550 5.0.0 not delivered',
  canceled: '550 5.0.0 canceled before it was sent',
}

export const SUBMISSION_PROPERTIES = Object.keys(PROPERTIES)

export function renderSubmission(
  submission: EmailSubmission,
  properties: Iterable<string> = SUBMISSION_PROPERTIES,
): JsonObject {
  return Object.fromEntries([...properties].map((name) => [name, PROPERTIES[name]!(submission)]))
}
