// Header fields that a client sets, by `header:…` and by the properties that stand for one: RFC 8621 §4.1.3, §4.6.
import type { JsonObject } from '../api/json.js'
import { type Field, UnwritableValue, writeField } from '../compose/fields.js'
import { type HeaderForm, parseHeaderProperty } from './header-property.js'
import type { Problems } from './problems.js'

const CONVENIENCE: Record<string, readonly [field: string, form: HeaderForm]> = {
  messageId: ['Message-ID', 'MessageIds'],
  inReplyTo: ['In-Reply-To', 'MessageIds'],
  references: ['References', 'MessageIds'],
  sender: ['Sender', 'Addresses'],
  from: ['From', 'Addresses'],
  to: ['To', 'Addresses'],
  cc: ['Cc', 'Addresses'],
  bcc: ['Bcc', 'Addresses'],
  replyTo: ['Reply-To', 'Addresses'],
  subject: ['Subject', 'Text'],
  sentAt: ['Date', 'Date'],
}

/** Names of fields in lower case → the property that sets each. */
export type FieldOwners = Map<string, string>

/** Whether it may stand for a header field of an Email. */
export function isHeaderProperty(name: string): boolean {
  return name.startsWith('header:') || Object.hasOwn(CONVENIENCE, name)
}

/**
 * The fields of an Email, in the order of its properties; null sets none. `owners` gets what is set, and so tells of
 * two properties for one field. `at`: where in the Email the object is.
 */
export function readHeaderProperties(
  object: JsonObject,
  owners: FieldOwners,
  at: string,
  problems: Problems,
): Field[] {
  return Object.entries(object).flatMap(([property, value]) => {
    if (!isHeaderProperty(property) || value === null) return []
    const top = at === '' ? property : at.split('/', 1)[0]!
    const where = at === '' ? property : `${at}/${property}`
    const wanted = fieldOf(property)
    if (!wanted) {
      problems.add(top, `"${where}" is no header property, or has a form that the field has not`)
      return []
    }
    const other = owners.get(wanted.name.toLowerCase())
    if (other !== undefined) problems.add(top, `${other} and ${where} are for one header field`)
    owners.set(wanted.name.toLowerCase(), where)
    return write(wanted, value, (why) => problems.add(top, `"${where}": ${why}`))
  })
}

interface Wanted {
  name: string
  form: HeaderForm
  all: boolean
}

function fieldOf(property: string): Wanted | null {
  if (Object.hasOwn(CONVENIENCE, property)) {
    const [name, form] = CONVENIENCE[property]!
    return { name, form, all: false }
  }
  const wanted = parseHeaderProperty(property)
  // As the client spelled it.
  return wanted && { ...wanted, name: property.split(':', 2)[1]! }
}

function write({ name, form, all }: Wanted, value: unknown, refuse: (why: string) => void): Field[] {
  try {
    if (!all) return writeOne(name, form, value)
    if (!Array.isArray(value)) throw new UnwritableValue('it must be an array')
    return value.flatMap((item) => writeOne(name, form, item))
  } catch (error) {
    if (!(error instanceof UnwritableValue)) throw error
    refuse(error.message)
    return []
  }
}

/** A list of nothing is no field: RFC 5322 §3.6 wants something in it. */
function writeOne(name: string, form: HeaderForm, value: unknown): Field[] {
  const field = writeField(name, form, value)
  return Array.isArray(value) && field.value.trim() === '' ? [] : [field]
}
