import { hasAttachment } from './body-lists.js'
import { lastHeader } from './headers/fields.js'
import { declaredCharset } from './headers/raw.js'
import { asText, plainValue } from './headers/text.js'
import { createPurse, firstPaid, isShort, type Purse, short } from './purse.js'
import { firstAddresses, firstEnvelopeAddresses } from './structured/address.js'
import { asDate } from './structured/date.js'
import { asMessageIds, bareMessageIds } from './structured/message-id.js'
import { preview } from './text.js'
import type {
  EmailAddress,
  Envelope,
  EnvelopeAddress,
  Header,
  Message,
  Part,
  Summary,
  SummaryPart,
} from './types.js'

const maxAddresses = 1_000
/** Of JSON: all address lists of one header, in one form. */
const addressBytes = 192 * 1024
/** Of JSON: one list of message ids. */
const messageIdBytes = 32 * 1024
/** Of JSON: the envelopes of all encapsulated messages. */
const innerEnvelopeBytes = 512 * 1024

/**
 * The ENVELOPE of a message with this header: RFC 9051 §7.5.2. Of fields of one name the last counts, for To, Cc and Bcc
 * too, as RFC 8621 §4.1.3 has it for the same message by JMAP (docs/rfcs-disagree.md). Strings are cut at 2,000
 * characters; lists hold at most 1,000 addresses each, and 192 KiB in all.
 */
export function envelopeOf(headers: Header[], declared: string | null = null): Envelope {
  const purse = createPurse(addressBytes)
  const last = lastOf(headers)
  const text = (raw: string) => short(plainValue(raw, declared))
  const list = (raw: string) =>
    paidAddresses(firstEnvelopeAddresses(raw, { max: maxAddresses, declared }), purse)
  return {
    date: last('date', text),
    subject: last('subject', text),
    from: last('from', list),
    sender: last('sender', list),
    replyTo: last('reply-to', list),
    to: last('to', list),
    cc: last('cc', list),
    bcc: last('bcc', list),
    inReplyTo: last('in-reply-to', text),
    messageId: last('message-id', text),
  }
}

function lastOf(headers: Header[]): <T>(name: string, read: (raw: string) => T) => T | null {
  return (name, read) => {
    const raw = lastHeader(headers, name)
    return raw === null ? null : read(raw)
  }
}

const groupEnd: EnvelopeAddress = { name: null, adl: null, mailbox: null, host: null }

function paidAddresses(addresses: EnvelopeAddress[], purse: Purse): EnvelopeAddress[] | null {
  const shortened = addresses.slice(0, maxAddresses).map(({ name, adl, mailbox, host }) => ({
    name: short(name),
    adl: short(adl),
    mailbox: short(mailbox),
    host: short(host),
  }))
  const paid = firstPaid(shortened, purse)
  const isOpen = paid.findLast(({ host }) => host === null)?.mailbox != null
  const closed = isOpen ? [...paid, groupEnd] : paid
  return closed.length > 0 ? closed : null
}

const emptyEnvelope = envelopeOf([])

function structureOf({ headers, children, message, ...part }: Part, purse: Purse): SummaryPart {
  const envelope = message && envelopeOf(message.headers, declaredCharset(message))
  return {
    ...part,
    ...(envelope ? { envelope: purse.pays(envelope) ? envelope : emptyEnvelope } : {}),
    children: children.map((child) => structureOf(child, purse)),
    message: message && structureOf(message, purse),
  }
}

/**
 * The digest of a message that is stored with it: an ENVELOPE, a BODYSTRUCTURE and the listed properties of an Email
 * need no parse. `bytes` are those the message was parsed from.
 */
export function summarize(bytes: Uint8Array, message: Message): Summary {
  return summaryOf(message, preview(bytes, message))
}

/** As `summarize`, of a message whose preview is known. */
export function summaryOf(message: Message, preview: string): Summary {
  const { headers, root } = message
  const purse = createPurse(addressBytes)
  const declared = declaredCharset(root)
  const last = lastOf(headers)
  const addresses = (raw: string): EmailAddress[] => {
    const all = firstAddresses(raw, { max: maxAddresses, declared })
    return firstPaid(
      all.map(({ name, email }) => ({ name: short(name), email: short(email) })),
      purse,
    )
  }
  const messageIds = (raw: string) => lastPaid(asMessageIds(raw))
  const references = last('references', messageIds)
  const bareReferences = references ? null : last('references', (raw) => lastPaid(bareMessageIds(raw)))
  return {
    envelope: envelopeOf(headers, declared),
    structure: structureOf(root, createPurse(innerEnvelopeBytes)),
    subject: last('subject', (raw) => short(asText(raw, declared))),
    from: last('from', addresses),
    to: last('to', addresses),
    cc: last('cc', addresses),
    bcc: last('bcc', addresses),
    sender: last('sender', addresses),
    replyTo: last('reply-to', addresses),
    messageId: last('message-id', messageIds),
    inReplyTo: last('in-reply-to', messageIds),
    references,
    ...(bareReferences ? { bareReferences } : {}),
    sentAt: last('date', asDate),
    hasAttachment: hasAttachment(root),
    preview,
  }
}

// Too many: the last ones stay, which in References are the nearest. An id that was cut would be another one.
function lastPaid(ids: string[] | null): string[] | null {
  const kept = firstPaid(ids?.filter(isShort).reverse() ?? [], createPurse(messageIdBytes)).reverse()
  return kept.length > 0 ? kept : null
}
