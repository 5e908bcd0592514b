// Answers mail while its recipient is away: RFC 8621 §8, RFC 3834, RFC 5230. What arrives by delivery alone is
// answered, not what a client files.
import type { Account, IngestedMessage, NewSubmission, Principal, Transactor } from '@tandem/mailstore'
import { isBeyondBounds } from '@tandem/mime'
import { composeReply } from './compose.js'
import { addressees, isPerson } from './judge.js'

export interface Arrival {
  account: Account
  /** Whose mail it is. */
  principal: Principal
  /** The return path, '' where it is null: where alone a response may go (RFC 3834 §4). */
  sender: string
  /** What the message begins with: its header at least. */
  header: Uint8Array
  message: Pick<IngestedMessage, 'summary'>
  hostname: string
  now: Date
}

/** A response that is stored already, on its way into the queue. */
export interface Reply {
  sender: string
  receivedAt: Date
  submission: NewSubmission
}

/** The response that this message is to have, composed and stored before the account's lock is taken; often null. */
export async function prepareReply(arrival: Arrival): Promise<Reply | null> {
  const { account, principal, sender, hostname, now } = arrival
  // What costs nothing to know first: most mail that nobody answers is known by it.
  if (!isPerson(sender)) return null
  const { headerStart, headerEnd } = arrival.message.summary.structure
  const recipients = await account.reading
    .run(addressees, arrival.header.subarray(headerStart, headerEnd))
    .catch((error: unknown) => {
      if (isBeyondBounds(error)) return null
      throw error
    })
  if (!recipients) return null
  const settings = await account.read(async (r) => {
    const vacation = await r.vacation.replyTo(sender, now)
    if (!vacation) return null
    const notOwn = new Set(await r.identity.notOwn(principal.id, [...recipients, sender]))
    return { vacation, notOwn, identities: await r.identity.list() }
  })
  const from = settings && recipients.find((address) => !settings.notOwn.has(address))
  // RFC 5230 §4.5; and nobody is told by himself that he is away.
  if (!settings || from == null || !settings.notOwn.has(sender)) return null
  const { vacation, identities } = settings
  const identity =
    identities.find(({ email }) => email.toLowerCase() === from.toLowerCase()) ?? identities[0]!
  const original = arrival.message.summary
  const reply = await composeReply({ hostname, now, vacation, identity, from, to: sender, original })
  const { digest } = await account.blobs.put(reply)
  return {
    sender,
    receivedAt: now,
    submission: {
      principalId: principal.id,
      digest,
      // RFC 3834 §3.3, RFC 5230 §5.1: nobody is told what became of it.
      mailFrom: '',
      recipients: [{ address: sender, parameters: { NOTIFY: 'NEVER' } }],
    },
  }
}

/** Puts it into the queue, in the transaction that files the message, where the sender had none in the last days. */
export async function queueReply(tx: Transactor, { sender, receivedAt, submission }: Reply): Promise<void> {
  if (await tx.vacation.claimReply(sender, receivedAt)) await tx.submission.create(submission)
}
