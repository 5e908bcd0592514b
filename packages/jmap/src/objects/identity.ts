// The Identity object, and what a client may say of one: RFC 8621 §6.
import { formatId, type Identity } from '@tandem/mailstore'
import { type EmailAddress, isPlainAddress } from '@tandem/mime'
import type { JsonObject } from '../api/json.js'
import { UnwritableValue, writeField } from '../compose/fields.js'
import { line, type Rule, type Rules, text } from './record.js'

const PROPERTIES: Record<string, (identity: Identity) => unknown> = {
  id: ({ id }) => formatId('identity', id),
  name: ({ name }) => name,
  email: ({ email }) => email,
  replyTo: ({ replyTo }) => replyTo,
  bcc: ({ bcc }) => bcc,
  textSignature: ({ textSignature }) => textSignature,
  htmlSignature: ({ htmlSignature }) => htmlSignature,
  mayDelete: ({ mayDelete }) => mayDelete,
}

export const IDENTITY_PROPERTIES = Object.keys(PROPERTIES)

export function renderIdentity(
  identity: Identity,
  properties: Iterable<string> = IDENTITY_PROPERTIES,
): JsonObject {
  return Object.fromEntries([...properties].map((name) => [name, PROPERTIES[name]!(identity)]))
}

/** UTF-16 units; all identities of an account are one answer. */
const MAX_NAME = 1_000
const MAX_SIGNATURE = 20_000
const MAX_ADDRESSES = 100

/** RFC 8621 §6: EmailAddress[]|null, of what can be written into a header field. */
const addresses: Rule = {
  default: null,
  problem(value) {
    if (value === null) return null
    if (!Array.isArray(value) || value.length === 0) return 'must be null, or addresses'
    if (value.length > MAX_ADDRESSES) return `has at most ${MAX_ADDRESSES} addresses`
    try {
      writeField('Reply-To', 'Addresses', value)
      const bad = value.find(({ email }) => !isPlainAddress(email))
      return bad ? `"${bad.email.slice(0, 100)}" is no address` : null
    } catch (error) {
      if (error instanceof UnwritableValue) return error.message
      throw error
    }
  },
}

/** What can be changed; `email` never is. */
export const IDENTITY_RULES: Rules = {
  name: line(MAX_NAME, ''),
  replyTo: addresses,
  bcc: addresses,
  textSignature: text(MAX_SIGNATURE, ''),
  htmlSignature: text(MAX_SIGNATURE, ''),
}

export const NEW_IDENTITY_RULES: Rules = { ...IDENTITY_RULES, email: line(MAX_NAME) }

/** Values that fit the rules, as the store takes them: a name that was left out is null. */
export function identityValues(values: JsonObject): JsonObject {
  const whole = (list: unknown) =>
    Array.isArray(list)
      ? list.map(({ name = null, email }: Partial<EmailAddress>) => ({ name, email }))
      : list
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      name === 'replyTo' || name === 'bcc' ? whole(value) : value,
    ]),
  )
}
