import { domainToASCII } from 'node:url'
import type { Outcome, Submission, SubmissionRecipient } from '@tandem/mailstore'
import { type Message, sizeOf } from './message.js'
import type { Stay } from './places.js'

/** A message on its way out, for some of its recipients. */
export interface Outgoing {
  /** '' is the null path. */
  mailFrom: string
  /** ESMTP parameters of MAIL as they came, names in upper case, values decoded. */
  parameters: Submission['mailFromParameters']
  recipients: readonly Pick<SubmissionRecipient, 'address' | 'parameters'>[]
  content: Message
  /** Of the content, in octets. */
  size: number
  is8Bit: boolean
  /** An address or a header field beyond ASCII: RFC 6531 §3.4. */
  needsUtf8: boolean
}

/** What became of one recipient, and what reports of it need to know. */
export interface Sent extends Outcome {
  /** The host that the reply is of; null where none was reached. */
  host: string | null
  /** Taken by a host that reports on delivery itself (RFC 3461 §5.2.1). */
  isPassedOn: boolean
  /** It may have been taken all the same: another attempt may make a double (RFC 1047). */
  isUnknown: boolean
}

/** What became of a recipient without another host. */
export function here(address: string, state: Sent['state'], reply: string): Sent {
  return { address, state, reply, host: null, isPassedOn: false, isUnknown: false }
}

/** Sends to other domains. */
export interface Relay {
  /**
   * One attempt: what became of each recipient; nothing of those in a domain that had no place in `places`. Never
   * rejects; an aborted one leaves all queued.
   */
  send(message: Outgoing, signal: AbortSignal, places?: Pick<Stay, 'take' | 'leave'>): Promise<Sent[]>
}

export function outgoing(
  message: Pick<Outgoing, 'mailFrom' | 'parameters' | 'recipients' | 'content'>,
): Outgoing {
  const { header, headers, body } = message.content
  const paths = [message.mailFrom, ...message.recipients.map(({ address }) => address)]
  return {
    ...message,
    size: sizeOf(message.content),
    is8Bit: body.is8Bit || header.some((octet) => octet > 127),
    needsUtf8:
      body.hasUtf8Header ||
      paths.some((path) => isBeyondAscii(wireForm(path))) ||
      headers.some(({ name, raw }) => isBeyondAscii(name + raw)),
  }
}

export function isBeyondAscii(text: string): boolean {
  return /[^\x00-\x7f]/.test(text)
}

/** Where a recipient's mail is to go, as a job names it: letters beyond ASCII stay as they are. */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

/** The domain as A-labels, which need no SMTPUTF8. */
export function wireForm(address: string): string {
  const at = address.lastIndexOf('@')
  const domain = at < 0 ? '' : domainToASCII(address.slice(at + 1))
  return domain ? `${address.slice(0, at)}@${domain}` : address
}
