import type { Outcome, Submission, SubmissionRecipient } from '@tandem/mailstore'
import { formFor } from './forms/form.js'
import type { Obstacle, Takes } from './forms/plan.js'
import { type Message, sizeOf } from './message.js'
import type { Stay } from './places.js'
import { isBeyondAscii, wireForm } from './wire-form.js'

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
  /** As it is: an address or a header field beyond ASCII (RFC 6531 §3.4). */
  needsUtf8: boolean
  /** The form that a host takes, signed; made once for all hosts that take the same. */
  formFor(takes: Takes): Promise<Message | Obstacle>
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

/** `sign`: what is done last, to each form that leaves. */
export function outgoing(
  message: Pick<Outgoing, 'mailFrom' | 'parameters' | 'recipients' | 'content'>,
  sign: (form: Message) => Promise<Message> = async (form) => form,
): Outgoing {
  const { header, headers, body } = message.content
  const signedForm = once(sign)
  const made = once(async (kind: string) => {
    const form = await formFor(message.content, { utf8: kind === 'utf8', eightBit: kind !== '7bit' })
    return typeof form === 'string' ? form : signedForm(form)
  })
  const paths = [message.mailFrom, ...message.recipients.map(({ address }) => address)]
  return {
    ...message,
    // RFC 6531 §3.1: SMTPUTF8 needs 8BITMIME.
    formFor: ({ utf8, eightBit }) => made(!eightBit ? '7bit' : utf8 ? 'utf8' : '8bit'),
    size: sizeOf(message.content),
    is8Bit: body.is8Bit || header.some((octet) => octet > 127),
    needsUtf8:
      body.hasUtf8Header ||
      paths.some((path) => isBeyondAscii(wireForm(path))) ||
      headers.some(({ name, raw }) => isBeyondAscii(name + raw)),
  }
}

/** What `make` gave for the same before; not what failed. */
function once<K, V>(make: (key: K) => Promise<V>): (key: K) => Promise<V> {
  const made = new Map<K, Promise<V>>()
  return (key) => {
    const before = made.get(key)
    if (before) return before
    const value = make(key)
    made.set(key, value)
    value.catch(() => made.delete(key))
    return value
  }
}

/** Where a recipient's mail is to go, as a job names it: letters beyond ASCII stay as they are. */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}
