// The Envelope of an EmailSubmission: RFC 8621 §7. Addresses are RFC 5321's and RFC 6531's; parameters are those of
// the extensions that the session names.
import { type EsmtpParameters, mailboxPath } from '@tandem/mailstore'
import { asAddresses, type Header } from '@tandem/mime'
import { isObject, type JsonObject } from '../api/json.js'

export interface EnvelopeAddress {
  address: string
  parameters: EsmtpParameters
}

export interface Envelope {
  mailFrom: EnvelopeAddress
  rcptTo: EnvelopeAddress[]
}

type Check = (value: string | null) => boolean

/** RFC 1870, RFC 3461 §4.3 and §4.4, RFC 4865 §3 (its values are the store's to judge), RFC 6531 §3.4. */
const MAIL_PARAMETERS: Readonly<Record<string, Check>> = {
  SIZE: (value) => value !== null && /^\d{1,20}$/.test(value),
  RET: (value) => value !== null && /^(?:FULL|HDRS)$/i.test(value),
  ENVID: (value) => value !== null && /^[\x20-\x7e]{1,100}$/.test(value),
  HOLDFOR: (value) => value !== null,
  HOLDUNTIL: (value) => value !== null,
  SMTPUTF8: (value) => value === null,
}
/** RFC 3461 §4.1, §4.2. */
const RCPT_PARAMETERS: Readonly<Record<string, Check>> = {
  NOTIFY: (value) =>
    value !== null && /^(?:NEVER|(?:SUCCESS|FAILURE|DELAY)(?:,(?:SUCCESS|FAILURE|DELAY))*)$/i.test(value),
  ORCPT: (value) => value !== null && value.length <= 500 && /^[a-z0-9-]+;\P{Cc}+$/iu.test(value),
}

/** What the client gave; or why that is no Envelope. Whether its addresses are any is not looked at. */
export function readEnvelope(value: unknown): Envelope | { problem: string } {
  if (!isObject(value)) return { problem: 'must be an Envelope' }
  const { mailFrom, rcptTo, ...rest } = value
  if (Object.keys(rest).length > 0) return { problem: 'has a mailFrom and an rcptTo, and no more' }
  if (!Array.isArray(rcptTo)) return { problem: 'needs an array rcptTo' }
  const from = readAddress(mailFrom, MAIL_PARAMETERS)
  if ('problem' in from) return { problem: `mailFrom ${from.problem}` }
  const to: EnvelopeAddress[] = []
  for (const each of rcptTo) {
    const read = readAddress(each, RCPT_PARAMETERS)
    if ('problem' in read) return { problem: `rcptTo ${read.problem}` }
    to.push(read)
  }
  return { mailFrom: from, rcptTo: unique(to) }
}

function readAddress(
  value: unknown,
  known: Readonly<Record<string, Check>>,
): EnvelopeAddress | { problem: string } {
  if (!isObject(value)) return { problem: 'must be an Address' }
  const { email, parameters = null, ...rest } = value
  if (Object.keys(rest).length > 0) return { problem: 'has an email and parameters, and no more' }
  if (typeof email !== 'string') return { problem: 'needs an email' }
  if (parameters !== null && !isObject(parameters)) return { problem: 'has parameters that are no object' }
  const read: [string, string | null][] = []
  for (const [given, setting] of Object.entries(parameters ?? {})) {
    const name = given.toUpperCase()
    if (!Object.hasOwn(known, name)) return { problem: `has no parameter ${given.slice(0, 100)}` }
    const isText = setting === null || typeof setting === 'string'
    if (!isText || !known[name]!(setting) || read.some(([other]) => other === name)) {
      return { problem: `has a parameter ${name} that cannot be so` }
    }
    read.push([name, setting])
  }
  return { address: mailboxPath(email) ?? email, parameters: Object.fromEntries(read) }
}

/** RFC 8621 §7: `{ problem, property }` where the message names no one sender. */
export function generateEnvelope(
  headers: readonly Header[],
  identityEmail: string,
): Envelope | { problem: string; property: 'sender' | 'from' } {
  const of = (...names: string[]) => headers.filter(({ name }) => names.includes(name.toLowerCase()))
  const property = of('sender').length > 0 ? 'sender' : 'from'
  const senders = of(property).map(({ raw }) => asAddresses(raw))
  const [sender] = senders[0] ?? []
  if (!sender || senders.length > 1 || senders[0]!.length > 1) {
    return { property, problem: `without an envelope, the field ${property} has to name one address` }
  }
  // Another address than the identity's is not its to allow; *@domain would be, and nobody here has one.
  const mailFrom = sameAddress(sender.email, identityEmail) ? sender.email : identityEmail
  const recipients = of('to', 'cc', 'bcc').flatMap(({ raw }) => asAddresses(raw))
  return {
    mailFrom: { address: mailFrom, parameters: {} },
    rcptTo: unique(recipients.map(({ email }) => ({ address: mailboxPath(email) ?? email, parameters: {} }))),
  }
}

function sameAddress(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}

/** Each mailbox once: RFC 5321 §2.4 has domains in any case, and local parts in the one that is given. */
function unique(addresses: readonly EnvelopeAddress[]): EnvelopeAddress[] {
  const byKey = new Map<string, EnvelopeAddress>()
  for (const each of addresses) {
    const at = each.address.lastIndexOf('@') + 1
    const key = each.address.slice(0, at) + each.address.slice(at).toLowerCase()
    if (!byKey.has(key)) byKey.set(key, each)
  }
  return [...byKey.values()]
}

/** Whether mail can be for it, or come from it. */
export function isMailbox(address: string): boolean {
  return mailboxPath(address) !== null
}

/** RFC 5321 §4.1.3. */
const LITERAL = /^\[.*\]$/

/** A name with a dot in it, or an address literal: nobody else's mail server is found by less (RFC 6409 §4.2). */
export function isQualified(domain: string): boolean {
  return LITERAL.test(domain) || domain.includes('.')
}

export function renderEnvelope(mailFrom: EnvelopeAddress, rcptTo: readonly EnvelopeAddress[]): JsonObject {
  return { mailFrom: renderAddress(mailFrom), rcptTo: rcptTo.map(renderAddress) }
}

function renderAddress({ address, parameters }: EnvelopeAddress): JsonObject {
  return { email: address, parameters: Object.keys(parameters).length === 0 ? null : parameters }
}
