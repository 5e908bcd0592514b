// What a client may say of a mailbox in Mailbox/set: RFC 8621 §2 and §2.5, RFC 8620 §5.3.
import { MAILBOX_ROLES, type Mailbox, parseId, type Role } from '@tandem/mailstore'
import { type JsonObject, jsonEqual } from '../api/json.js'
import { invalidProperties, type SetError } from '../errors.js'
import { MAILBOX_PROPERTIES, renderMailbox } from './mailbox.js'
import { applyPatch } from './patch.js'

/** What was set, each property that was; `parentId` as on the wire, perhaps a `#creationId`. */
export interface MailboxValues {
  name?: string
  parentId?: string | null
  role?: Role | null
  sortOrder?: number
  isSubscribed?: boolean
}

export type ReadMailbox = { ok: true; values: MailboxValues } | { ok: false; error: SetError }

const isRole = (value: unknown) => value === null || MAILBOX_ROLES.includes(value as Role)

/** What the client can set, and what fits. The store judges the rest: names, cycles, siblings. */
const SETTABLE: Record<keyof MailboxValues, (value: unknown) => boolean> = {
  name: (value) => typeof value === 'string',
  parentId: (value) => value === null || typeof value === 'string',
  role: isRole,
  // RFC 8621 §2: below 2^31.
  sortOrder: (value) => Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 31,
  isSubscribed: (value) => typeof value === 'boolean',
}

const DEFAULTS = new Map<string, unknown>([
  ['parentId', null],
  ['role', null],
  ['sortOrder', 0],
])

/** The values of a `create`; server-set properties must be left out. */
export function readNewMailbox(object: JsonObject): ReadMailbox {
  const invalid = Object.keys(object).filter((name) => !isSettable(name) || !SETTABLE[name](object[name]))
  if (!Object.hasOwn(object, 'name')) invalid.push('name')
  if (invalid.length > 0) return refuse(invalid)
  return { ok: true, values: { ...object } as MailboxValues }
}

/** The values of an `update`; server-set properties must be as they are. `resolve`: of creation ids. */
export function readMailboxPatch(
  patch: JsonObject,
  mailbox: Mailbox,
  resolve: (id: string) => string | null,
): ReadMailbox {
  const current = renderMailbox(mailbox, MAILBOX_PROPERTIES)
  const patched = applyPatch(patch, {
    get: (property) => (Object.hasOwn(current, property) ? current[property] : undefined),
    default: (property) => DEFAULTS.get(property),
  })
  if (!patched.ok) return patched
  const { values } = patched
  // An id may be spelled as it was created in this request.
  const id = values.get('id')
  if (typeof id === 'string') values.set('id', resolve(id))
  const invalid: string[] = []
  const set: [string, unknown][] = []
  for (const [name, value] of values) {
    if (isSettable(name)) {
      if (SETTABLE[name](value)) set.push([name, value])
      else invalid.push(name)
    } else if (!Object.hasOwn(current, name) || !jsonEqual(value, current[name])) invalid.push(name)
  }
  return invalid.length > 0 ? refuse(invalid) : { ok: true, values: Object.fromEntries(set) }
}

/** The store's id of a parent on the wire; undefined where it can't be one. */
export function parentNumber(parentId: string | null): number | null | undefined {
  if (parentId === null) return null
  return parseId('mailbox', parentId) ?? undefined
}

function isSettable(name: string): name is keyof MailboxValues {
  return Object.hasOwn(SETTABLE, name)
}

function refuse(names: string[]): { ok: false; error: SetError } {
  return {
    ok: false,
    error: invalidProperties(names, `not valid, or not for a client to set: ${names.join(', ')}`),
  }
}
