import { hasAttachment } from './body-lists.js'
import { firstHeader, lastHeader } from './headers/fields.js'
import { asText, plainValue } from './headers/text.js'
import { asAddresses, envelopeAddresses } from './structured/address.js'
import { asDate } from './structured/date.js'
import { asMessageIds } from './structured/message-id.js'
import { preview } from './text.js'
import type { Envelope, Header, Message, Part, Summary, SummaryPart } from './types.js'

/** The ENVELOPE of a message with this header: RFC 9051 §7.5.2. */
export function envelopeOf(headers: Header[]): Envelope {
  const first = <T>(name: string, read: (raw: string) => T): T | null => {
    const raw = firstHeader(headers, name)
    return raw === null ? null : read(raw)
  }
  return {
    date: first('date', plainValue),
    subject: first('subject', plainValue),
    from: first('from', envelopeAddresses),
    sender: first('sender', envelopeAddresses),
    replyTo: first('reply-to', envelopeAddresses),
    to: first('to', envelopeAddresses),
    cc: first('cc', envelopeAddresses),
    bcc: first('bcc', envelopeAddresses),
    inReplyTo: first('in-reply-to', plainValue),
    messageId: first('message-id', plainValue),
  }
}

function structureOf({ headers, children, message, ...part }: Part): SummaryPart {
  return {
    ...part,
    children: children.map(structureOf),
    message: message && structureOf(message),
    ...(message ? { envelope: envelopeOf(message.headers) } : {}),
  }
}

/**
 * The digest of a message that is stored with it: an ENVELOPE, a BODYSTRUCTURE and the listed properties of an Email
 * need no parse. `bytes` are those the message was parsed from.
 */
export function summarize(bytes: Uint8Array, message: Message): Summary {
  const last = <T>(name: string, read: (raw: string) => T): T | null => {
    const raw = lastHeader(message.headers, name)
    return raw === null ? null : read(raw)
  }
  return {
    envelope: envelopeOf(message.headers),
    structure: structureOf(message.root),
    subject: last('subject', asText),
    from: last('from', asAddresses),
    to: last('to', asAddresses),
    cc: last('cc', asAddresses),
    bcc: last('bcc', asAddresses),
    sender: last('sender', asAddresses),
    replyTo: last('reply-to', asAddresses),
    messageId: last('message-id', asMessageIds),
    inReplyTo: last('in-reply-to', asMessageIds),
    references: last('references', asMessageIds),
    sentAt: last('date', asDate),
    hasAttachment: hasAttachment(message.root),
    preview: preview(bytes, message),
  }
}
