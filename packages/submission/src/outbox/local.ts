import { formatId, type Mailstore, type Principal, type Submission } from '@tandem/mailstore'
import { deliver } from '../deliver.js'
import { formatReply, isFault, replyFor } from '../errors.js'
import { deliveredTo, prepend, received, returnPath } from '../headers.js'
import { type Message, sizeOf, storable, withHeader } from './message.js'
import { here, type Sent } from './outgoing.js'
import { traced } from './traced.js'

/** A recipient who has an account here. */
export interface LocalRecipient {
  address: string
  principal: Principal
}

export interface LocalDeps {
  mailstore: Mailstore
  hostname: string
  now: Date
  onFault(error: unknown): void
}

/**
 * Files a submission in the INBOX of each account that it is for: once, whatever addresses of the account it
 * names and however often this is repeated. Never rejects.
 */
export async function deliverLocally(
  { mailstore, hostname, now, onFault }: LocalDeps,
  submission: Submission,
  message: Message,
  recipients: readonly LocalRecipient[],
): Promise<Sent[]> {
  const outcomes: Sent[] = []
  for (const group of byAccount(recipients).values()) {
    const [{ address, principal }] = group
    const trace = received({
      by: hostname,
      id: formatId('submission', submission.id),
      ...(group.length === 1 ? { recipient: address } : {}),
      date: now,
    })
    const lines = returnPath(submission.mailFrom) + deliveredTo(group.map((each) => each.address)) + trace
    const stamped = withHeader(message, prepend(lines, message.header))
    // Known by the account's name, not by the address: the next attempt may have fewer of its addresses.
    const delivery = { submissionId: submission.id, address: principal.name }
    const sender = submission.mailFrom
    const known = { delivery }
    const arrival = { mailstore, hostname, now, principal, sender, known, onFault }
    const filing = mailstore.trace.command(
      principal.accountId,
      () => traced(submission.id, `local delivery, ${sizeOf(message)} octets`),
      async () => deliver({ ...arrival, header: stamped.header, source: await storable(stamped) }),
      (isNew) => (isNew ? 'delivered' : 'delivered before'),
      (error) => formatReply(replyFor(error)),
    )
    const end = await filing.then(
      () => ({ state: 'delivered', reply: '250 2.1.5 delivered' }) as const,
      (error: unknown) => {
        if (isFault(error)) onFault(error)
        const reply = replyFor(error)
        return { state: reply.code < 500 ? 'queued' : 'failed', reply: formatReply(reply) } as const
      },
    )
    outcomes.push(...group.map((recipient) => here(recipient.address, end.state, end.reply)))
  }
  return outcomes
}

type Group = [LocalRecipient, ...LocalRecipient[]]

function byAccount(recipients: readonly LocalRecipient[]): Map<number, Group> {
  const groups = new Map<number, Group>()
  for (const recipient of recipients) {
    const group = groups.get(recipient.principal.accountId)
    if (group) group.push(recipient)
    else groups.set(recipient.principal.accountId, [recipient])
  }
  return groups
}
