// The Email object: RFC 8621 §4.1. All but header:…, headers and bodyValues comes from what the store keeps
// of a message, so that a list costs no read of its bytes.
import { createHash } from 'node:crypto'
import { type Email, formatBlobId, formatId } from '@tandem/mailstore'
import {
  bodyLists,
  declaredCharset,
  defineTask,
  parseMessage,
  type SummaryPart,
  summarize,
} from '@tandem/mime'
import { MethodError } from '../errors.js'
import { renderBodyValue } from './body-value.js'
import { formatUTCDate } from './dates.js'
import {
  allParts,
  type BodySelection,
  checkCount,
  DEFAULT_BODY_PROPERTIES,
  isText,
  leaves,
  partIdOf,
  renderPart,
  renderStructure,
  selectBodyProperties,
} from './email-body.js'
import {
  type HeaderProperty,
  parseHeaderProperty,
  renderHeaderProperty,
  renderHeaders,
} from './header-property.js'
import { type Octets, octetsOf, type Range, UNREADABLE } from './octets.js'

/** Properties of the store's row and summary. */
const STORED: Record<string, (email: Email) => unknown> = {
  id: (email) => formatId('email', email.id),
  blobId: (email) => formatBlobId({ digest: email.digest }),
  threadId: (email) => formatId('thread', email.threadId),
  mailboxIds: (email) => Object.fromEntries(email.mailboxIds.map((id) => [formatId('mailbox', id), true])),
  keywords: (email) => Object.fromEntries(email.keywords.map((keyword) => [keyword, true])),
  size: (email) => email.size,
  receivedAt: (email) => formatUTCDate(email.receivedAt),
  messageId: ({ summary }) => summary.messageId,
  inReplyTo: ({ summary }) => summary.inReplyTo,
  references: ({ summary }) => summary.references,
  sender: ({ summary }) => summary.sender,
  from: ({ summary }) => summary.from,
  to: ({ summary }) => summary.to,
  cc: ({ summary }) => summary.cc,
  bcc: ({ summary }) => summary.bcc,
  replyTo: ({ summary }) => summary.replyTo,
  subject: ({ summary }) => summary.subject,
  sentAt: ({ summary }) => summary.sentAt,
  hasAttachment: ({ summary }) => summary.hasAttachment,
  preview: ({ summary }) => summary.preview,
}

const LISTS = ['textBody', 'htmlBody', 'attachments'] as const
const BODY = new Set<string>([...LISTS, 'bodyStructure', 'bodyValues', 'headers'])

/** RFC 8621 §4.2: what `properties: null` stands for. */
export const DEFAULT_PROPERTIES = [...Object.keys(STORED), 'bodyValues', ...LISTS]

export interface EmailSelection {
  names: Set<string>
  headers: HeaderProperty[]
  body: BodySelection
  /** Whose text `bodyValues` holds, and how many octets of it; 0 for all. */
  values: { text: boolean; html: boolean; all: boolean; maxBytes: number }
}

const NO_VALUES = { text: false, html: false, all: false, maxBytes: 0 }

/** Errors: invalidArguments for what is no property, or a form that a header field has not; requestTooLarge. */
export function selectEmail(
  properties: readonly string[] | null,
  bodyProperties: readonly string[] = DEFAULT_BODY_PROPERTIES,
  values: EmailSelection['values'] = NO_VALUES,
): EmailSelection {
  checkCount(properties ?? [])
  const selection: EmailSelection = {
    names: new Set(['id']),
    headers: [],
    body: selectBodyProperties(bodyProperties),
    values,
  }
  for (const name of new Set(properties ?? DEFAULT_PROPERTIES)) {
    if (Object.hasOwn(STORED, name) || BODY.has(name)) {
      selection.names.add(name)
      continue
    }
    const header = parseHeaderProperty(name)
    if (!header) throw new MethodError('invalidArguments', `"${name}" is no property of an Email`)
    selection.headers.push(header)
  }
  return selection
}

/** What of a message's bytes the selection needs; often nothing. */
export function neededRanges(email: Email, selection: EmailSelection): Range[] {
  const { structure } = email.summary
  const { names } = selection
  const withHeaders = new Set<SummaryPart>()
  if (selection.headers.length > 0 || names.has('headers')) withHeaders.add(structure)
  if (selection.body.needsHeaders) {
    if (names.has('bodyStructure')) for (const part of allParts(structure)) withHeaders.add(part)
    const lists = bodyLists(structure)
    for (const list of LISTS) {
      if (names.has(list)) for (const part of lists[list]) withHeaders.add(part)
    }
  }
  return [
    ...[...withHeaders].map((part) => ({ start: part.headerStart, end: part.headerEnd })),
    ...valueParts(email, selection).map((part) => ({ start: part.bodyStart, end: part.bodyEnd })),
  ]
}

export function renderEmail(
  email: Email & { base?: number },
  selection: EmailSelection,
  octets: Octets,
): Record<string, unknown> {
  const { structure } = email.summary
  const lists = LISTS.some((list) => selection.names.has(list)) ? bodyLists(structure) : null
  const { digest, base = 0 } = email
  const source = (part: SummaryPart) => ({ part, digest, base, headers: octets.headers })
  const rendered: [string, unknown][] = []
  for (const name of selection.names) {
    const stored = STORED[name]
    if (stored) rendered.push([name, stored(email)])
    else if (name === 'bodyStructure') {
      rendered.push([name, renderStructure(source(structure), selection.body)])
    } else if (name === 'headers') rendered.push([name, renderHeaders(octets.headers(structure))])
    else if (name === 'bodyValues') rendered.push([name, renderValues(email, selection, octets)])
    else {
      const parts = lists![name as (typeof LISTS)[number]]
      rendered.push([name, parts.map((part) => renderPart(source(part), selection.body))])
    }
  }
  for (const header of selection.headers) {
    const value = renderHeaderProperty(octets.headers(structure), header, declaredCharset(structure))
    rendered.push([header.property, value])
  }
  return Object.fromEntries(rendered)
}

/** `bytes`, which begin at `starts`, hold what `neededRanges` names. */
export const renderedEmail = defineTask(
  import.meta.url,
  'renderedEmail',
  (bytes: readonly Uint8Array[], starts: readonly number[], email: Email, selection: EmailSelection) =>
    renderEmail(email, selection, octetsOf({ starts, bytes })),
)

/** RFC 8621 §4.9: what `properties` is by default. */
export const PARSE_PROPERTIES = [
  ...['messageId', 'inReplyTo', 'references', 'sender', 'from', 'to', 'cc', 'bcc', 'replyTo', 'subject'],
  ...['sentAt', 'hasAttachment', 'preview', 'bodyValues', ...LISTS],
]

/**
 * A message that is no Email: RFC 8621 §4.9. `base`: where in the blob of that digest it begins. Null: its bytes are a
 * blob of their own.
 */
export interface ParsedMessage {
  blobId: string
  digest: Uint8Array | null
  base: number
}

/** Null where the bytes are no message: any are a body, but one without a field is none (RFC 5322 §3.6). */
export const parsedEmail = defineTask(
  import.meta.url,
  'parsedEmail',
  (bytes: Uint8Array, parsed: ParsedMessage, selection: EmailSelection, properties: readonly string[]) => {
    const message = parseMessage(bytes)
    if (message.headers.length === 0) return null
    const digest = parsed.digest ?? createHash('sha256').update(bytes).digest()
    const found = { ...parsed, digest, size: bytes.length, summary: summarize(bytes, message) }
    return renderParsed(found, selection, properties, octetsOf({ starts: [0], bytes: [bytes] }))
  },
)

/** What only an Email has is null (RFC 8621 §4.9). */
function renderParsed(
  { blobId, ...message }: ParsedMessage & Pick<Email, 'digest' | 'size' | 'summary'>,
  selection: EmailSelection,
  properties: readonly string[],
  octets: Octets,
): Record<string, unknown> {
  const none = { id: 0, threadId: 0, receivedAt: new Date(0), keywords: [], mailboxIds: [], modseq: 0 }
  const rendered = renderEmail({ ...none, ...message }, selection, octets)
  const own: Record<string, unknown> = {
    ...{ id: null, threadId: null, mailboxIds: null, keywords: null, receivedAt: null },
    blobId,
  }
  return Object.fromEntries(
    Object.entries(rendered)
      .filter(([name]) => properties.includes(name))
      .map(([name, value]) => [name, Object.hasOwn(own, name) ? own[name] : value]),
  )
}

/**
 * One property without any byte of the message; undefined where the Email has none of that name or its bytes
 * would be needed.
 */
export function renderStored(email: Email, name: string): unknown {
  if (!Object.hasOwn(STORED, name) && !(BODY.has(name) && name !== 'bodyValues' && name !== 'headers')) {
    return undefined
  }
  return renderEmail(email, selectEmail([name]), UNREADABLE)[name]
}

/** Text parts only, each once (RFC 8621 §4.2, fetch…BodyValues). */
function valueParts(email: Email, selection: EmailSelection): SummaryPart[] {
  const { text, html, all } = selection.values
  if (!selection.names.has('bodyValues') || !(text || html || all)) return []
  const { structure } = email.summary
  const parts = new Set<SummaryPart>(all ? leaves(structure) : [])
  const lists = bodyLists(structure)
  if (text) for (const part of lists.textBody) parts.add(part)
  if (html) for (const part of lists.htmlBody) parts.add(part)
  return [...parts].filter(isText)
}

function renderValues(email: Email, selection: EmailSelection, octets: Octets): Record<string, unknown> {
  return Object.fromEntries(
    valueParts(email, selection).map((part) => [
      partIdOf(part)!,
      renderBodyValue(octets.body(part), part, selection.values.maxBytes),
    ]),
  )
}
