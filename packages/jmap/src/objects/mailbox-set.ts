// What a client may say of a mailbox in Mailbox/set: RFC 8621 §2 and §2.5, RFC 8620 §5.3.
import {
  checkMailboxName,
  MAILBOX_ROLES,
  type Mailbox,
  MailstoreError,
  parseId,
  type Role,
} from '@tandem/mailstore'
import type { JsonObject } from '../api/json.js'
import type { SetError } from '../errors.js'
import { MAILBOX_PROPERTIES, renderMailbox } from './mailbox.js'
import { isBoolean, type Rules, readNewRecord, readRecordPatch } from './record.js'

/** What was set, each property that was; `parentId` as on the wire, perhaps a `#creationId`. */
export interface MailboxValues {
  name?: string
  parentId?: string | null
  role?: Role | null
  sortOrder?: number
  isSubscribed?: boolean
}

export type ReadMailbox = { ok: true; values: MailboxValues } | { ok: false; error: SetError }

/** RFC 8621 §2: below 2^31. */
const isSortOrder = (value: unknown) =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 31

/** What the client can set, and what fits. The store judges the rest: cycles, siblings, what stands at the top. */
const RULES: Rules & Record<keyof MailboxValues, Rules[string]> = {
  name: { problem: (value) => (typeof value === 'string' ? nameProblem(value) : 'must be a string') },
  parentId: {
    default: null,
    problem: (value) => (value === null || typeof value === 'string' ? null : 'must be an Id or null'),
  },
  role: {
    default: null,
    problem: (value) =>
      value === null || MAILBOX_ROLES.includes(value as Role)
        ? null
        : `must be null or one of ${MAILBOX_ROLES.join(', ')}`,
  },
  sortOrder: {
    default: 0,
    problem: (value) => (isSortOrder(value) ? null : 'must be a whole number below 2^31'),
  },
  isSubscribed: isBoolean,
}

/** Wherever it is to be; at the top the store looks again. */
function nameProblem(name: string): string | null {
  try {
    checkMailboxName(name, 0, null)
    return null
  } catch (error) {
    if (error instanceof MailstoreError) return `cannot be so: ${error.message}`
    throw error
  }
}

/** The values of a `create`; server-set properties must be left out. */
export function readNewMailbox(object: JsonObject): ReadMailbox {
  const read = readNewRecord(object, RULES, ['name'])
  return read.ok ? { ok: true, values: { ...read.values } as MailboxValues } : read
}

/** The values of an `update`; server-set properties must be as they are. `resolve`: of creation ids. */
export function readMailboxPatch(
  patch: JsonObject,
  mailbox: Mailbox,
  resolve: (id: string) => string | null,
): ReadMailbox {
  return readRecordPatch(patch, renderMailbox(mailbox, MAILBOX_PROPERTIES), RULES, resolve) as ReadMailbox
}

/** The store's id of a parent on the wire; undefined where it can't be one. */
export function parentNumber(parentId: string | null): number | null | undefined {
  if (parentId === null) return null
  return parseId('mailbox', parentId) ?? undefined
}
