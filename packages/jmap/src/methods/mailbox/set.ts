// Mailbox/set: RFC 8621 §2.5, RFC 8620 §5.3.
import { type Account, formatId, type Mailbox, MailstoreError, parseId } from '@tandem/mailstore'
import type { JsonObject } from '../../api/json.js'
import { invalidProperties, MethodError, type SetError } from '../../errors.js'
import { MAILBOX_PROPERTIES, renderMailbox } from '../../objects/mailbox.js'
import { readMailboxPatch, readNewMailbox } from '../../objects/mailbox-set.js'
import { formatState } from '../../objects/state.js'
import { accountMethod } from '../method.js'
import {
  checkSetSize,
  createOutcome,
  renderOutcome,
  SET_ARGUMENTS,
  type SetOutcome,
  transactInState,
  unsaid,
} from '../set.js'
import { optionalBoolean } from '../standard.js'
import { applyAll, type MailboxSet, refuse, UNTRIED } from './apply.js'

const ARGUMENTS = { ...SET_ARGUMENTS, onDestroyRemoveEmails: optionalBoolean }

export const mailboxSet = accountMethod(ARGUMENTS, async (context, args) => {
  checkSetSize(context.limits, args.create?.size, args.update?.size, args.destroy?.length)
  const outcome = createOutcome()
  const { result: closed, ...states } = await transactInState(
    context,
    'mailbox',
    args.ifInState,
    async (tx, ids) => {
      const set: MailboxSet = {
        tx,
        ids,
        outcome,
        principalId: context.principal.id,
        removeEmails: args.onDestroyRemoveEmails,
        pending: [],
        closed: [],
        done: [],
      }
      await readCreates(set, args.create ?? new Map())
      await applyAll(set)
      // Creations first, for what refers to them (RFC 8620 §5.3).
      await readUpdates(set, args.update ?? new Map(), args.destroy ?? [])
      readDestroys(set, args.destroy ?? [])
      await applyAll(set)
      for (const change of set.pending) refuse(set, change, change.error)
      await describe(set)
      return set.closed
    },
  )
  const newState = await destroyClosed(context.account, closed, outcome, states.newState)
  return renderOutcome(outcome, states.oldState, newState)
})

/**
 * Mailboxes that are destroyed in several transactions: told of once they are gone. Gives the state afterwards; where
 * others wrote in between, the one before that, so that the client asks for their changes.
 */
async function destroyClosed(
  account: Account,
  closed: readonly number[],
  outcome: SetOutcome,
  state: string,
): Promise<string> {
  let newState = state
  for (const id of closed) {
    await account
      .finishDestroy(id, ({ before, after }) => {
        if (formatState(before.mailbox) === newState) newState = formatState(after.mailbox)
      })
      .catch((error: unknown) => {
        // RFC 8620 §3.6.2: the other changes of the call are written.
        if (!(error instanceof MailstoreError)) throw error
        throw new MethodError('serverPartialFail', error.message)
      })
    outcome.destroyed.push(formatId('mailbox', id))
  }
  return newState
}

/** In an order in which a mailbox comes after the one that it is to be below. */
async function readCreates(set: MailboxSet, creates: ReadonlyMap<string, JsonObject>): Promise<void> {
  const read = new Set<string>()
  const visit = (key: string): void => {
    const object = creates.get(key)
    if (!object || read.has(key)) return
    read.add(key)
    const { parentId } = object
    if (typeof parentId === 'string' && parentId.startsWith('#')) visit(parentId.slice(1))
    readCreate(set, key, object)
  }
  for (const key of creates.keys()) visit(key)
  for (const [key, error] of set.outcome.notCreated) {
    const { parentId } = creates.get(key)!
    const isNew = typeof parentId === 'string' && creates.has(parentId.slice(1))
    if (!isNew) set.outcome.notCreated.set(key, await withParent(set, parentId, error))
  }
}

/** What is wrong already, and that there is no such parent: RFC 8620 §5.3 wants all of it. */
async function withParent(set: MailboxSet, parentId: unknown, error: SetError): Promise<SetError> {
  const { properties = [], description = '' } = error
  if (typeof parentId !== 'string' || error.type !== 'invalidProperties') return error
  const id = mailboxNumber(set, parentId)
  if (id !== null && (await byId(set)).has(id)) return error
  return invalidProperties([...properties, 'parentId'], `${description}; there is no such parent`)
}

function readCreate(set: MailboxSet, key: string, object: JsonObject): void {
  const read = readNewMailbox(object)
  if (read.ok) set.pending.push({ kind: 'create', key, values: read.values, error: UNTRIED })
  else set.outcome.notCreated.set(key, read.error)
}

async function readUpdates(
  set: MailboxSet,
  updates: ReadonlyMap<string, JsonObject>,
  destroys: readonly string[],
): Promise<void> {
  if (updates.size === 0) return
  const goes = new Set(destroys.map((key) => mailboxNumber(set, key)))
  const seen = new Set<number>()
  const mailboxes = new Map((await set.tx.mailbox.list(set.principalId)).map((each) => [each.id, each]))
  for (const [key, patch] of updates) {
    const mailbox = mailboxes.get(mailboxNumber(set, key) ?? 0)
    if (!mailbox) {
      set.outcome.notUpdated.set(key, NOT_FOUND)
      continue
    }
    if (goes.has(mailbox.id)) {
      set.outcome.notUpdated.set(key, { type: 'willDestroy' })
      continue
    }
    if (seen.has(mailbox.id)) {
      set.outcome.notUpdated.set(key, TWICE)
      continue
    }
    seen.add(mailbox.id)
    const read = readMailboxPatch(patch, mailbox, set.ids.resolve)
    if (read.ok) {
      set.pending.push({ kind: 'update', key, id: mailbox.id, values: read.values, error: UNTRIED })
    } else set.outcome.notUpdated.set(key, await withParent(set, patch.parentId, read.error))
  }
}

const NOT_FOUND: SetError = { type: 'notFound', description: 'there is no such mailbox' }
/** By its id and by its creation id. */
const TWICE: SetError = { type: 'invalidPatch', description: 'the call has another patch for this mailbox' }

function readDestroys(set: MailboxSet, destroys: readonly string[]): void {
  for (const key of new Set(destroys)) {
    const id = mailboxNumber(set, key)
    if (id === null) set.outcome.notDestroyed.set(key, NOT_FOUND)
    else set.pending.push({ kind: 'destroy', key, id, error: UNTRIED })
  }
}

function mailboxNumber(set: MailboxSet, key: string): number | null {
  const id = set.ids.resolve(key)
  return id === null ? null : parseId('mailbox', id)
}

/** Subscribes, then tells what each written mailbox is beyond what the client said. */
async function describe(set: MailboxSet): Promise<void> {
  if (set.done.length === 0) return
  const { mailbox: store } = set.tx
  let mailboxes = await byId(set)
  let changed = false
  for (const { change, id } of set.done) {
    const mailbox = mailboxes.get(id)
    if (change.kind !== 'update' || change.values.isSubscribed === undefined || !mailbox) continue
    if (mailbox.isSubscribed === change.values.isSubscribed) continue
    await store.setSubscribed(set.principalId, mailbox.path, change.values.isSubscribed)
    changed = true
  }
  if (changed) mailboxes = await byId(set)
  for (const { change, id } of set.done) {
    if (change.kind === 'destroy') continue
    const mailbox = mailboxes.get(id)
    const said: JsonObject = { ...change.values }
    if (typeof said.parentId === 'string') said.parentId = set.ids.resolve(said.parentId)
    if (change.kind === 'create') {
      // A mailbox that the same call destroyed again has no properties but its id.
      const now = mailbox ? renderMailbox(mailbox, MAILBOX_PROPERTIES) : { id: formatId('mailbox', id) }
      set.outcome.created.set(change.key, unsaid(now, said))
    } else {
      const now = mailbox ? renderMailbox(mailbox, Object.keys(said)) : {}
      const more = unsaid(now, said)
      set.outcome.updated.set(formatId('mailbox', id), Object.keys(more).length > 0 ? more : null)
    }
  }
}

async function byId(set: MailboxSet): Promise<Map<number, Mailbox>> {
  return new Map((await set.tx.mailbox.list(set.principalId)).map((mailbox) => [mailbox.id, mailbox]))
}
