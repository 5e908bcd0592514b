import {
  asGroupedAddresses,
  declaredCharset,
  decodeHeader,
  type Header,
  lastHeader,
  type Message,
  type Part,
  partName,
} from '@tandem/mime'
import { fold, foldField } from './fold.js'
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
  const declared = declaredCharset(message.root)
  // Of fields of one name the last is searched, as it is the one that is shown. HEADER and TEXT look into all.
  const last = (name: string): string[] => {
    const raw = lastHeader(message.headers, name)
    return raw === null ? [] : [raw]
  }
  for (const [field, weight] of ADDRESS_FIELDS) {
    for (const address of last(field).flatMap((raw) => addressTexts(raw, declared))) {
      people.add(wordsOf(address), weight)
      envelope.push(`${field}: ${address}`)
    }
  }
  for (const raw of last('subject')) {
    const subject = decodeHeader(raw, declared).trim()
    words.add(wordsOf(subject), 'A')
    envelope.push(`subject: ${subject}`)
  }
  const names = partNames(message.root)
  for (const name of names) words.add(wordsOf(name), 'C')
  const inner = innerHeaders(message.root)
  const body = [text, ...inner.messages.map((line) => line.replaceAll('\t', ' '))].join('\n')
  words.add(wordsOf(body), 'D')
  const parts = lines([...inner.parts, ...names]).slice(0, MAX_PART_HEADERS)
  return {
    envelope: lines(envelope),
    header: lines(headerLines(message.headers, declared)) + (parts === '' ? '' : `\n${parts}`),
    body: fold(body),
    people: people.toString(),
    words: words.toString(),
  }
}

/** Each address as `name <local@domain>`, and the name of a group before its members. */
function addressTexts(raw: string, declared: string | null): string[] {
  return asGroupedAddresses(raw, declared).flatMap(({ name, addresses }) => [
    ...(name ? [name] : []),
    ...addresses.map((address) => `${address.name ?? ''} <${address.email}>`.trimStart()),
  ])
}

function headerLines(headers: readonly Header[], declared: string | null): string[] {
  return headers.map(({ name, raw }) => `${name}: ${decodeHeader(raw, declared).trim()}`)
}

/**
 * The headers below the message's own: of the messages within it, which are part of its body, and of its parts
 * (RFC 9051 §6.4.4, TEXT: "including MIME header fields").
 */
function innerHeaders(root: Part): { messages: string[]; parts: string[] } {
  const found = { messages: [] as string[][], parts: [] as string[][] }
  const visit = (part: Part) => {
    if (part.message) {
      found.messages.push(headerLines(part.message.headers, declaredCharset(part.message)))
      visit(part.message)
    }
    for (const child of part.children) {
      found.parts.push(headerLines(child.headers, declaredCharset(child)))
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
  return texts.map((text) => `\n${foldField(text.replace(/[\r\n]+/g, ' '))}`).join('')
}
