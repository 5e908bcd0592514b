// A call may bring changes that only fit together in some order: a child of a mailbox that it creates, a name
// that another one gives up, a parent and its child destroyed. Creates, updates and destroys are tried in this
// order; what fails for a reason that a later change can take away is tried again, while anything succeeds.
import { formatId, type MailboxPatch, type Transactor } from '@tandem/mailstore'
import { invalidProperties, type SetError, setErrorOf } from '../../errors.js'
import { type MailboxValues, parentNumber } from '../../objects/mailbox-set.js'
import type { CreationIds, SetOutcome } from '../set.js'

export interface MailboxSet {
  tx: Transactor
  ids: CreationIds
  outcome: SetOutcome
  principalId: number
  removeEmails: boolean
  /** What may still succeed; its error is why it hasn't yet. */
  pending: Change[]
  /** Mailboxes too full for this transaction: closed, and to be destroyed to the end after it. */
  closed: number[]
  /** Creates and updates that were written. */
  done: { change: Change; id: number }[]
}

export type Change = { key: string; error: SetError } & (
  | { kind: 'create'; values: MailboxValues }
  | { kind: 'update'; id: number; values: MailboxValues }
  | { kind: 'destroy'; id: number }
)

export const UNTRIED: SetError = { type: 'serverFail', description: 'not tried' }

/** Bounds the work under the account's lock; only wishes that depend on each other crosswise need so many. */
const MAX_PASSES = 5

/** Reasons that another change of the same call can take away. */
const MAY_PASS = new Set(['mailboxExists', 'mailboxRoleTaken', 'mailboxHasChild'])

export async function applyAll(set: MailboxSet): Promise<void> {
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const before = set.pending.length
    for (const change of takePending(set, 'create')) await applyCreate(set, change)
    await applyUpdates(set, takePending(set, 'update'))
    for (const change of await childrenFirst(set, takePending(set, 'destroy'))) {
      await applyDestroy(set, change)
    }
    if (set.pending.length === 0 || set.pending.length === before) return
  }
}

function takePending<K extends Change['kind']>(set: MailboxSet, kind: K): Extract<Change, { kind: K }>[] {
  const taken = set.pending.filter((change) => change.kind === kind)
  set.pending = set.pending.filter((change) => change.kind !== kind)
  return taken as Extract<Change, { kind: K }>[]
}

async function applyCreate(set: MailboxSet, change: Extract<Change, { kind: 'create' }>): Promise<void> {
  const { isSubscribed = true, parentId: parent = null, ...rest } = change.values
  const parentId = resolveParent(set, change, parent)
  if (parentId === undefined) return
  try {
    const mailbox = await set.tx.mailbox.create({ ...rest, name: rest.name!, parentId })
    set.ids.add(change.key, formatId('mailbox', mailbox.id))
    // New ones are subscribed unless the client says otherwise (RFC 8621 §2, isSubscribed).
    await set.tx.mailbox.setSubscribed(set.principalId, mailbox.path, isSubscribed)
    set.done.push({ change, id: mailbox.id })
  } catch (error) {
    failed(set, change, error)
  }
}

/** Together, so that names and roles can change hands. */
async function applyUpdates(
  set: MailboxSet,
  changes: readonly Extract<Change, { kind: 'update' }>[],
): Promise<void> {
  const patches = new Map<number, MailboxPatch>()
  for (const change of changes) {
    const { isSubscribed: _, parentId: parent, ...rest } = change.values
    if (parent === undefined) {
      patches.set(change.id, rest)
      continue
    }
    const parentId = resolveParent(set, change, parent)
    if (parentId !== undefined) patches.set(change.id, { ...rest, parentId })
  }
  if (patches.size === 0) return
  const refused = await set.tx.mailbox.updateMany(patches)
  for (const change of changes) {
    if (!patches.has(change.id)) continue
    const error = refused.get(change.id)
    if (error) failed(set, change, error)
    else set.done.push({ change, id: change.id })
  }
}

async function applyDestroy(set: MailboxSet, change: Extract<Change, { kind: 'destroy' }>): Promise<void> {
  try {
    const isGone = await set.tx.mailbox.destroy(change.id, { removeEmails: set.removeEmails })
    if (isGone) set.outcome.destroyed.push(formatId('mailbox', change.id))
    else set.closed.push(change.id)
  } catch (error) {
    failed(set, change, error)
  }
}

async function childrenFirst<C extends { id: number }>(set: MailboxSet, changes: C[]): Promise<C[]> {
  if (changes.length < 2) return changes
  // The list has parents before children.
  const order = new Map((await set.tx.mailbox.list()).map(({ id }, index) => [id, index]))
  return changes.sort((a, b) => (order.get(b.id) ?? 0) - (order.get(a.id) ?? 0))
}

/** Undefined where there is no such parent; the change then waits for it, if it is to be created. */
function resolveParent(set: MailboxSet, change: Change, parent: string | null): number | null | undefined {
  const id = parent === null ? null : set.ids.resolve(parent)
  const parentId = parent !== null && id === null ? undefined : parentNumber(id)
  if (parentId !== undefined) return parentId
  const error = invalidProperties(['parentId'], 'there is no such mailbox')
  if (id === null) set.pending.push({ ...change, error })
  else refuse(set, change, error)
  return undefined
}

function failed(set: MailboxSet, change: Change, cause: unknown): void {
  const error = setErrorOf(cause)
  if (MAY_PASS.has((cause as { code: string }).code)) set.pending.push({ ...change, error })
  else refuse(set, change, error)
}

export function refuse({ outcome }: MailboxSet, { kind, key }: Change, error: SetError): void {
  if (kind === 'create') outcome.notCreated.set(key, error)
  else if (kind === 'update') outcome.notUpdated.set(key, error)
  else outcome.notDestroyed.set(key, error)
}
