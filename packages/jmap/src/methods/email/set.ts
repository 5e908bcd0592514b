// Email/set: RFC 8621 §4.6, RFC 8620 §5.3.
import { type Email, formatId, type KeywordChange, parseId, type Transactor } from '@tandem/mailstore'
import type { JsonObject } from '../../api/json.js'
import { type SetError, setErrorOf } from '../../errors.js'
import { type EmailChange, type KnownIds, readEmailPatch } from '../../objects/email-set.js'
import { accountMethod } from '../method.js'
import {
  type CreationIds,
  checkSetSize,
  createOutcome,
  renderOutcome,
  SET_ARGUMENTS,
  type SetOutcome,
  transactInState,
} from '../set.js'
import { composeEmails } from './create.js'
import { checkState, fileEmails } from './file.js'

const NOT_FOUND: SetError = { type: 'notFound', description: 'there is no such email' }
/** By its id and by its creation id. */
const TWICE: SetError = { type: 'invalidPatch', description: 'the call has another patch for this email' }

export const emailSet = accountMethod(SET_ARGUMENTS, async (context, args) => {
  checkSetSize(context.limits, args.create?.size, args.update?.size, args.destroy?.length)
  const outcome = createOutcome()
  if (args.create) await checkState(context, args.ifInState)
  const drafts = await composeEmails(context, args.create ?? new Map(), outcome)
  const { oldState, newState } = await transactInState(context, 'email', args.ifInState, async (tx, ids) => {
    await fileEmails(tx, ids, drafts, outcome)
    const updates = args.update ?? new Map<string, JsonObject>()
    const destroys = new Map([...new Set(args.destroy)].map((key) => [key, emailNumber(ids, key)] as const))
    const emails = await visibleEmails(tx, [
      ...[...updates.keys()].map((key) => emailNumber(ids, key)),
      ...destroys.values(),
    ])
    const changes = readUpdates(
      updates,
      emails,
      new Set(destroys.values()),
      ids,
      {
        mailboxes: await mailboxIds(tx, updates),
        resolve: ids.resolve,
      },
      outcome,
    )
    await applyKeywords(tx, changes, outcome)
    await applyMailboxes(tx, changes)
    await applyDestroys(tx, destroys, emails, outcome)
    for (const { email, change } of changes.values()) {
      outcome.updated.set(formatId('email', email.id), change.said)
    }
  })
  return renderOutcome(outcome, oldState, newState)
})

/** Valid updates by the client's key; those that the store refuses are taken out. */
type Updates = Map<string, { email: Email; change: EmailChange }>

function emailNumber(ids: CreationIds, key: string): number | null {
  const id = ids.resolve(key)
  return id === null ? null : parseId('email', id)
}

async function visibleEmails(tx: Transactor, ids: readonly (number | null)[]): Promise<Map<number, Email>> {
  const emails = await tx.email.get([...new Set(ids.filter((id) => id !== null))])
  return new Map(emails.filter(({ mailboxIds }) => mailboxIds.length > 0).map((email) => [email.id, email]))
}

/** All mailboxes, where a patch names any. */
async function mailboxIds(tx: Transactor, updates: ReadonlyMap<string, JsonObject>): Promise<Set<number>> {
  const named = [...updates.values()].some((patch) =>
    Object.keys(patch).some((key) => key === 'mailboxIds' || key.startsWith('mailboxIds/')),
  )
  return new Set(named ? (await tx.mailbox.list()).map(({ id }) => id) : [])
}

function readUpdates(
  updates: ReadonlyMap<string, JsonObject>,
  emails: ReadonlyMap<number, Email>,
  destroys: ReadonlySet<number | null>,
  ids: CreationIds,
  known: KnownIds,
  outcome: SetOutcome,
): Updates {
  const changes: Updates = new Map()
  const seen = new Set<number>()
  for (const [key, patch] of updates) {
    const email = emails.get(emailNumber(ids, key) ?? 0)
    if (!email) outcome.notUpdated.set(key, NOT_FOUND)
    else if (destroys.has(email.id)) outcome.notUpdated.set(key, { type: 'willDestroy' })
    else if (seen.has(email.id)) outcome.notUpdated.set(key, TWICE)
    else {
      seen.add(email.id)
      const read = readEmailPatch(patch, email, known)
      if (read.ok) changes.set(key, { email, change: read.change })
      else outcome.notUpdated.set(key, read.error)
    }
  }
  return changes
}

/** One write for all emails whose keywords change in the same way. */
async function applyKeywords(tx: Transactor, changes: Updates, outcome: SetOutcome): Promise<void> {
  const groups = new Map<string, { change: KeywordChange; keys: string[] }>()
  for (const [key, { change }] of changes) {
    if (!change.keywords) continue
    const name = JSON.stringify(change.keywords)
    const group = groups.get(name)
    if (group) group.keys.push(key)
    else groups.set(name, { change: change.keywords, keys: [key] })
  }
  for (const { change, keys } of groups.values()) {
    try {
      await tx.email.setKeywords(
        keys.map((key) => changes.get(key)!.email.id),
        change,
      )
    } catch (error) {
      for (const key of keys) refuse(changes, outcome, key, setErrorOf(error))
    }
  }
}

/**
 * In one write, of mailboxes known to exist and emails known to be there: nothing can be refused any more. What fails
 * all the same takes the whole call back.
 */
async function applyMailboxes(tx: Transactor, changes: Updates): Promise<void> {
  const wanted = [...changes.values()].flatMap(({ email, change }) =>
    change.mailboxIds ? [[email.id, change.mailboxIds] as const] : [],
  )
  if (wanted.length > 0) await tx.email.setMailboxes(new Map(wanted))
}

async function applyDestroys(
  tx: Transactor,
  destroys: ReadonlyMap<string, number | null>,
  emails: ReadonlyMap<number, Email>,
  outcome: SetOutcome,
): Promise<void> {
  const ids = new Set<number>()
  for (const [key, id] of destroys) {
    if (id !== null && emails.has(id)) ids.add(id)
    else outcome.notDestroyed.set(key, NOT_FOUND)
  }
  if (ids.size > 0) await tx.email.destroy([...ids])
  outcome.destroyed.push(...[...ids].map((id) => formatId('email', id)))
}

function refuse(changes: Updates, outcome: SetOutcome, key: string, error: SetError): void {
  changes.delete(key)
  outcome.notUpdated.set(key, error)
}
