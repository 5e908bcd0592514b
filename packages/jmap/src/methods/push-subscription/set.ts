// PushSubscription/set: RFC 8620 §7.2.2. Without an account, and without states.
import { formatId, type PushSubscription, type PushTransactor, parseId } from '@tandem/mailstore'
import { readArguments } from '../../api/arguments.js'
import type { JsonObject } from '../../api/json.js'
import { invalidProperties, MethodError, type SetError } from '../../errors.js'
import {
  PUSH_SUBSCRIPTION_PROPERTIES,
  type ReadNew,
  readNewPushSubscription,
  readPushSubscriptionPatch,
  renderPushSubscription,
} from '../../objects/push-subscription.js'
import type { Handler } from '../method.js'
import {
  type CreationIds,
  checkSetSize,
  createdInRequest,
  createOutcome,
  renderObjects,
  SET_ARGUMENTS,
  type SetOutcome,
  unsaid,
} from '../set.js'
import { ownerOf } from './owner.js'

const { create, update, destroy } = SET_ARGUMENTS
const ARGUMENTS = { create, update, destroy }

interface PushSet {
  tx: PushTransactor
  ids: CreationIds
  outcome: SetOutcome
}

const NOT_FOUND: SetError = { type: 'notFound', description: 'there is no such push subscription' }
/** By its id and by its creation id. */
const TWICE: SetError = {
  type: 'invalidPatch',
  description: 'the call has another patch for this subscription',
}
const REFUSALS: Record<'tooMany' | 'tooFast', SetError> = {
  tooMany: { type: 'overQuota', description: 'there are too many push subscriptions; destroy some' },
  tooFast: { type: 'rateLimit', description: 'too many were made within an hour; try again later' },
}

export const pushSubscriptionSet: Handler = async (context, raw) => {
  const { mailstore, principal, limits, createdIds, mayReach } = context
  const args = readArguments(raw, ARGUMENTS)
  checkSetSize(limits, args.create?.size, args.update?.size, args.destroy?.length)
  const outcome = createOutcome()
  const { ids, commit } = createdInRequest(createdIds)
  // Before the lock: keys take their time.
  const wanted = [...(args.create ?? [])].map(([key, object]) => ({
    key,
    object,
    read: readNewPushSubscription(object, Date.now(), mayReach),
  }))
  const done = await mailstore.push.transact(ownerOf(principal), async (tx) => {
    const set: PushSet = { tx, ids, outcome }
    for (const each of wanted) await createOne(set, each)
    const goes = new Set((args.destroy ?? []).map((key) => numberOf(set, key)))
    const seen = new Set<number>()
    for (const [key, patch] of args.update ?? []) await updateOne(set, key, patch, { goes, seen })
    for (const key of new Set(args.destroy)) await destroyOne(set, key)
    return true
  })
  if (!done) throw new MethodError('forbidden', 'the password was changed')
  commit()
  return renderObjects(outcome)
}

async function createOne(
  { tx, ids, outcome }: PushSet,
  { key, object, read }: { key: string; object: JsonObject; read: ReadNew },
): Promise<void> {
  const made = read.ok ? await tx.create(read.values) : null
  if (!read.ok) outcome.notCreated.set(key, read.error)
  else if (made === 'tooMany' || made === 'tooFast') outcome.notCreated.set(key, REFUSALS[made])
  else if (made) {
    ids.add(key, formatId('pushSubscription', made.id))
    // As in the example of §7.2.3: keys only to say that there are none.
    const now = { ...render(made), ...((object.keys ?? null) === null ? { keys: null } : {}) }
    outcome.created.set(key, unsaid(now, object))
  }
}

async function updateOne(
  set: PushSet,
  key: string,
  patch: JsonObject,
  { goes, seen }: { goes: ReadonlySet<number | null>; seen: Set<number> },
): Promise<void> {
  const { tx, outcome } = set
  const refuse = (error: SetError) => void outcome.notUpdated.set(key, error)
  const id = numberOf(set, key)
  const known = id === null ? undefined : (await tx.list()).find((each) => each.id === id)
  if (id === null || !known) return refuse(NOT_FOUND)
  if (goes.has(id)) return refuse({ type: 'willDestroy' })
  if (seen.has(id)) return refuse(TWICE)
  seen.add(id)
  const read = readPushSubscriptionPatch(patch, known, Date.now())
  if (!read.ok) return refuse(read.error)
  const { values, code } = read
  if (code !== null && !(await tx.isCode(id, code))) {
    return refuse(invalidProperties(['verificationCode'], 'that is not the code that was sent'))
  }
  const now = await tx.update(id, { ...values, ...(code === null ? {} : { isVerified: true }) })
  if (!now) return refuse(NOT_FOUND)
  // What became of a property otherwise than the client said: an end that was brought nearer.
  const said = { ...render(known), ...patch }
  const more = unsaid(render(now), said)
  outcome.updated.set(formatId('pushSubscription', id), Object.keys(more).length > 0 ? more : null)
}

async function destroyOne(set: PushSet, key: string): Promise<void> {
  const id = numberOf(set, key)
  if (id !== null && (await set.tx.destroy(id))) set.outcome.destroyed.push(formatId('pushSubscription', id))
  else set.outcome.notDestroyed.set(key, NOT_FOUND)
}

const render = (subscription: PushSubscription) =>
  renderPushSubscription(subscription, PUSH_SUBSCRIPTION_PROPERTIES)

function numberOf({ ids }: PushSet, key: string): number | null {
  const id = ids.resolve(key)
  return id === null ? null : parseId('pushSubscription', id)
}
