// `header:…` properties: RFC 8621 §4.1.2 and §4.1.3.
import {
  asAddresses,
  asDate,
  asGroupedAddresses,
  asMessageIds,
  asRaw,
  asText,
  asURLs,
  type Header,
} from '@tandem/mime'

const FORMS = {
  Raw: asRaw,
  Text: asText,
  Addresses: asAddresses,
  GroupedAddresses: asGroupedAddresses,
  MessageIds: asMessageIds,
  Date: asDate,
  URLs: asURLs,
} as const
/** RFC 8621 §4.1.2. */
export type HeaderForm = keyof typeof FORMS

export interface HeaderProperty {
  /** As the client spelled it, which is how the answer spells it (RFC 8621 §4.2). */
  property: string
  /** The field's name in lower case. */
  name: string
  form: HeaderForm
  all: boolean
}

const ADDRESSES: readonly HeaderForm[] = ['Addresses', 'GroupedAddresses']

/** The fields of RFC 5322 and RFC 2369, and the parsed forms each may be asked for in. Any other: all of them. */
const FIELD_FORMS = new Map<string, readonly HeaderForm[]>([
  ...['subject', 'comments', 'keywords'].map((name) => [name, ['Text']] as const),
  ...[
    ...['from', 'sender', 'reply-to', 'to', 'cc', 'bcc'],
    ...['resent-from', 'resent-sender', 'resent-reply-to', 'resent-to', 'resent-cc', 'resent-bcc'],
  ].map((name) => [name, ADDRESSES] as const),
  ...['message-id', 'in-reply-to', 'references', 'resent-message-id'].map(
    (name) => [name, ['MessageIds']] as const,
  ),
  ...['date', 'resent-date'].map((name) => [name, ['Date']] as const),
  ...['help', 'unsubscribe', 'subscribe', 'post', 'owner', 'archive'].map(
    (name) => [`list-${name}`, ['URLs']] as const,
  ),
  ['return-path', []],
  ['received', []],
])

const PROPERTY = /^header:([\x21-\x39\x3b-\x7e]+)(?::as([A-Za-z]+))?(:all)?$/

/** Null where the text is no such property, or asks for a form that the field may not be asked for in. */
export function parseHeaderProperty(property: string): HeaderProperty | null {
  const match = PROPERTY.exec(property)
  if (!match) return null
  const name = match[1]!.toLowerCase()
  const form = match[2] ?? 'Raw'
  if (!Object.hasOwn(FORMS, form)) return null
  const allowed = FIELD_FORMS.get(name)
  if (form !== 'Raw' && allowed && !allowed.includes(form as HeaderForm)) return null
  return { property, name, form: form as HeaderForm, all: match[3] !== undefined }
}

/**
 * The last field of that name in its form, or null; with `all` every one of them. `declared`: what octets are in that
 * are no UTF-8 (`declaredCharset`).
 */
export function renderHeaderProperty(
  headers: readonly Header[],
  wanted: HeaderProperty,
  declared: string | null = null,
): unknown {
  const { name, form, all } = wanted
  const known = knownOf(headers)
  const fields = known.fields.get(name) ?? []
  const values = all ? fields : fields.slice(-1)
  const key = `${form} ${all} ${declared} ${name}`
  const parse: (raw: string, declared: string | null) => unknown = FORMS[form]
  if (!known.values.has(key)) {
    const read = values.map(({ raw }) => parse(raw, declared))
    known.values.set(key, read)
  }
  const read = known.values.get(key)!
  return all ? read : (read[0] ?? null)
}

/** What was read of a header. Properties are many, and may spell one name in many ways: each is read once in a form. */
interface Known {
  fields: Map<string, Header[]>
  values: Map<string, unknown[]>
}

const KNOWN = new WeakMap<readonly Header[], Known>()

function knownOf(headers: readonly Header[]): Known {
  const known = KNOWN.get(headers) ?? { fields: new Map(), values: new Map() }
  if (KNOWN.has(headers)) return known
  KNOWN.set(headers, known)
  for (const header of headers) {
    const name = header.name.toLowerCase()
    const fields = known.fields.get(name)
    if (fields) fields.push(header)
    else known.fields.set(name, [header])
  }
  return known
}

/** `headers`: every field in its order, raw (RFC 8621 §4.1.3). */
export function renderHeaders(headers: readonly Header[]): { name: string; value: string }[] {
  return headers.map(({ name, raw }) => ({ name, value: asRaw(raw) }))
}
