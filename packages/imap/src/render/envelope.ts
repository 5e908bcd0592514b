// ENVELOPE: RFC 3501 §7.4.2. Pure.
import type { Envelope, EnvelopeAddress } from '@tandem/mime'
import { encodeNString } from '../wire/encode.js'

export function renderEnvelope(envelope: Envelope): string {
  const from = present(envelope.from)
  const fields = [
    encodeNString(envelope.date),
    encodeNString(envelope.subject),
    renderAddresses(from),
    // Absent or empty, these two are those of From.
    renderAddresses(present(envelope.sender) ?? from),
    renderAddresses(present(envelope.replyTo) ?? from),
    renderAddresses(present(envelope.to)),
    renderAddresses(present(envelope.cc)),
    renderAddresses(present(envelope.bcc)),
    encodeNString(envelope.inReplyTo),
    encodeNString(envelope.messageId),
  ]
  return `(${fields.join(' ')})`
}

function present(addresses: EnvelopeAddress[] | null): EnvelopeAddress[] | null {
  return addresses && addresses.length > 0 ? addresses : null
}

/** RFC 3501 §9, env-from: the addresses follow each other without a space. */
function renderAddresses(addresses: EnvelopeAddress[] | null): string {
  if (!addresses) return 'NIL'
  return `(${addresses.map(renderAddress).join('')})`
}

function renderAddress(address: EnvelopeAddress): string {
  const { name, adl, mailbox, host } = address
  // Without a host it is a group's name.
  const fields = [name, adl, mailbox && host !== null ? unquoted(mailbox) : mailbox, host]
  return `(${fields.map(encodeNString).join(' ')})`
}

/** RFC 3501 §9, addr-mailbox: the local part without its quotes. */
function unquoted(local: string): string {
  return local.replace(/"((?:[^"\\]|\\.)*)"/g, (_, text: string) => text.replace(/\\(.)/g, '$1'))
}
