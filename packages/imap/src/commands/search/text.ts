// The texts that SEARCH looks in, decoded and folded. RFC 3501 §6.4.4: encodings of headers and bodies are decoded
// before comparing. Pure.
import {
  decodeHeader,
  type Envelope,
  type EnvelopeAddress,
  parseMessage,
  type SummaryPart,
  searchText,
} from '@tandem/mime'
import { fold } from './criteria.js'
import type { HeaderText } from './judge.js'

/** Each address as `name <mailbox@host>`, so that a name, an address or both are found. */
export function addressText(addresses: readonly EnvelopeAddress[] | null): string {
  const texts = (addresses ?? []).map(({ name, mailbox, host }) => {
    const decoded = name === null ? '' : decodeWords(name)
    if (mailbox === null) return ''
    // The start of a group.
    if (host === null) return decodeWords(mailbox)
    return `${decoded} <${mailbox}${host === '' ? '' : `@${host}`}>`
  })
  return fold(texts.join('\n'))
}

export function subjectText(envelope: Envelope): string {
  return fold(decodeWords(envelope.subject ?? ''))
}

/** `bytes`: of a header, the blank line included or not. */
export function headerText(bytes: Uint8Array): HeaderText {
  const fields = parseMessage(bytes).headers.map(({ name, raw }) => ({
    name: name.toLowerCase(),
    value: fold(decodeHeader(raw).trim()),
  }))
  return { fields, text: fields.map(({ name, value }) => `${name}: ${value}`).join('\n') }
}

/** The text of all text parts, and the headers of the messages in it. `bytes`: of the whole message. */
export function bodyText(bytes: Uint8Array, root: SummaryPart): string {
  const texts = [fold(searchText(bytes, { root }, bytes.length))]
  const visit = (part: SummaryPart) => {
    if (part.message) {
      texts.push(headerText(bytes.subarray(part.message.headerStart, part.message.headerEnd)).text)
      visit(part.message)
    }
    for (const child of part.children) visit(child)
  }
  visit(root)
  return texts.join('\n')
}

/** decodeHeader takes octets, an envelope has Unicode already. */
function decodeWords(text: string): string {
  return decodeHeader(Buffer.from(text, 'utf8').toString('latin1'))
}
