import {
  asGroupedAddresses,
  decodeHeader,
  type Header,
  type Message,
  type Part,
  partName,
} from '@tandem/mime'
import { fold } from './fold.js'
import type { AddressField, SearchDocument } from './types.js'
import { createWordVector, wordsOf } from './words.js'

const ADDRESS_FIELDS = [
  ['from', 'A'],
  ['to', 'B'],
  ['cc', 'C'],
  ['bcc', 'D'],
] as const satisfies [AddressField, string][]

/** UTF-16 units kept of parts' headers: a message may consist of nothing else. */
const MAX_PART_HEADERS = 256 * 1024

/** What is searched of a message that was parsed. `text`: what searchText gives of its bodies. */
export function searchDocument(message: Message, text: string): SearchDocument {
  const people = createWordVector()
  const words = createWordVector()
  const envelope: string[] = []
  for (const [field, weight] of ADDRESS_FIELDS) {
    for (const address of valuesOf(message.headers, field).flatMap(addressTexts)) {
      people.add(wordsOf(address), weight)
      envelope.push(`${field}: ${address}`)
    }
  }
  for (const raw of valuesOf(message.headers, 'subject')) {
    const subject = decodeHeader(raw).trim()
    words.add(wordsOf(subject), 'A')
    envelope.push(`subject: ${subject}`)
  }
  const names = partNames(message.root)
  for (const name of names) words.add(wordsOf(name), 'C')
  const inner = innerHeaders(message.root)
  const body = [text, ...inner.messages].join('\n')
  words.add(wordsOf(body), 'D')
  const parts = lines([...inner.parts, ...names]).slice(0, MAX_PART_HEADERS)
  return {
    envelope: lines(envelope),
    header: lines(headerLines(message.headers)) + (parts === '' ? '' : `\n${parts}`),
    body: fold(body),
    people: people.toString(),
    words: words.toString(),
  }
}

function valuesOf(headers: readonly Header[], name: string): string[] {
  return headers.filter((header) => header.name.toLowerCase() === name).map((header) => header.raw)
}

/** Each address as `name <local@domain>`, and the name of a group before its members. */
function addressTexts(raw: string): string[] {
  return asGroupedAddresses(raw).flatMap(({ name, addresses }) => [
    ...(name ? [name] : []),
    ...addresses.map((address) => `${address.name ?? ''} <${address.email}>`.trimStart()),
  ])
}

function headerLines(headers: readonly Header[]): string[] {
  return headers.map(({ name, raw }) => `${name}: ${decodeHeader(raw).trim()}`)
}

/**
 * The headers below the message's own: of the messages within it, which are part of its body, and of its parts
 * (RFC 9051 §6.4.4, TEXT: "including MIME header fields").
 */
function innerHeaders(root: Part): { messages: string[]; parts: string[] } {
  const found = { messages: [] as string[][], parts: [] as string[][] }
  const visit = (part: Part) => {
    if (part.message) {
      found.messages.push(headerLines(part.message.headers))
      visit(part.message)
    }
    for (const child of part.children) {
      found.parts.push(headerLines(child.headers))
      visit(child)
    }
  }
  visit(root)
  return { messages: found.messages.flat(), parts: found.parts.flat() }
}

function partNames(part: Part): string[] {
  const own = partName(part)
  const below = [...part.children, ...(part.message ? [part.message] : [])].flatMap(partNames)
  return own ? [own, ...below] : below
}

/** Each text a line of its own, begun by a line end. No text of a header holds one. */
function lines(texts: readonly string[]): string {
  return texts.map((text) => `\n${fold(text.replace(/[\r\n]+/g, ' '))}`).join('')
}
