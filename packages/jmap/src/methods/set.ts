// What all /set methods have in common: RFC 8620 §5.3.
import type { Account, DataType, Marks, Transactor } from '@tandem/mailstore'
import { arrayOf, byCreationId, mapOf, nullable, object, string } from '../api/arguments.js'
import { type JsonObject, jsonEqual } from '../api/json.js'
import type { Limits } from '../api/limits.js'
import { MethodError, type SetError } from '../errors.js'
import { formatState } from '../objects/state.js'

export const SET_ARGUMENTS = {
  ifInState: nullable(string),
  create: nullable(byCreationId(object)),
  update: nullable(mapOf(object)),
  destroy: nullable(arrayOf(string)),
}

/** Errors: requestTooLarge. */
export function checkSetSize(limits: Limits, ...sizes: (number | undefined)[]): void {
  const objects = sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0)
  if (objects > limits.maxObjectsInSet) {
    throw new MethodError('requestTooLarge', `at most ${limits.maxObjectsInSet} objects in one call`)
  }
}

/** Ids of what this request created, by creation id; new ones count for later calls once they are committed. */
export interface CreationIds {
  /** The id itself, or what a `#creationId` stands for; null where it stands for nothing. */
  resolve(id: string): string | null
  add(creationId: string, id: string): void
}

/** `commit`: what was added counts for the rest of the request. */
export function createdInRequest(createdIds: Map<string, string>): { ids: CreationIds; commit(): void } {
  const added = new Map<string, string>()
  return {
    ids: {
      resolve(id) {
        if (!id.startsWith('#')) return id
        const creationId = id.slice(1)
        return added.get(creationId) ?? createdIds.get(creationId) ?? null
      },
      add: (creationId, id) => added.set(creationId, id),
    },
    commit() {
      for (const [creationId, id] of added) createdIds.set(creationId, id)
    },
  }
}

/** Runs `work` as one transaction on the state that the client expects. Errors: stateMismatch. */
export async function transactInState<T>(
  { account, createdIds }: { account: Account; createdIds: Map<string, string> },
  type: Extract<DataType, 'email' | 'mailbox' | 'identity' | 'submission' | 'vacation'>,
  ifInState: string | null,
  work: (tx: Transactor, ids: CreationIds) => Promise<T>,
): Promise<{ result: T; oldState: string; newState: string }> {
  const { ids, commit } = createdInRequest(createdIds)
  let before: Marks | undefined
  let after: Marks | undefined
  const result = await account.transact(async (tx) => {
    before = tx.before
    if (ifInState !== null && ifInState !== formatState(tx.before[type])) {
      throw new MethodError('stateMismatch', `the state is ${formatState(tx.before[type])}`)
    }
    tx.onCommit((marks) => {
      after = marks
    })
    return work(tx, ids)
  })
  commit()
  return { result, oldState: formatState(before![type]), newState: formatState(after![type]) }
}

/** What became of each object of a /set. */
export interface SetOutcome {
  created: Map<string, JsonObject>
  updated: Map<string, JsonObject | null>
  destroyed: string[]
  notCreated: Map<string, SetError>
  notUpdated: Map<string, SetError>
  notDestroyed: Map<string, SetError>
}

export function createOutcome(): SetOutcome {
  return {
    created: new Map(),
    updated: new Map(),
    destroyed: [],
    notCreated: new Map(),
    notUpdated: new Map(),
    notDestroyed: new Map(),
  }
}

export function renderOutcome(outcome: SetOutcome, oldState: string, newState: string): JsonObject {
  return { oldState, newState, ...renderObjects(outcome) }
}

/** Without states, for what has none. */
export function renderObjects(outcome: SetOutcome): JsonObject {
  const map = (entries: Map<string, unknown>) => (entries.size === 0 ? null : Object.fromEntries(entries))
  return {
    created: map(outcome.created),
    updated: map(outcome.updated),
    destroyed: outcome.destroyed.length === 0 ? null : outcome.destroyed,
    notCreated: map(outcome.notCreated),
    notUpdated: map(outcome.notUpdated),
    notDestroyed: map(outcome.notDestroyed),
  }
}

interface SetOfObjects {
  update: ReadonlyMap<string, JsonObject> | null
  destroy: readonly string[] | null
}

const NOT_FOUND: SetError = { type: 'notFound', description: 'there is no such object' }
/** By its id and by its creation id. */
const TWICE: SetError = { type: 'invalidPatch', description: 'the call has another patch for this object' }

/** The updates of objects that are `there`, by id on the wire, and that stay; the others are refused. */
export function updatesOf<T>(
  args: SetOfObjects,
  ids: CreationIds,
  there: ReadonlyMap<string, T>,
  outcome: SetOutcome,
): { key: string; id: string; current: T; patch: JsonObject }[] {
  const goes = new Set((args.destroy ?? []).map(ids.resolve))
  const seen = new Set<string>()
  return [...(args.update ?? [])].flatMap(([key, patch]) => {
    const id = ids.resolve(key)
    const current = id === null ? undefined : there.get(id)
    if (id === null || current === undefined) outcome.notUpdated.set(key, NOT_FOUND)
    else if (goes.has(id)) outcome.notUpdated.set(key, { type: 'willDestroy' })
    else if (seen.has(id)) outcome.notUpdated.set(key, TWICE)
    else {
      seen.add(id)
      return [{ key, id, current, patch }]
    }
    return []
  })
}

/** The destroys of objects that are `there`, each once; the others are refused. */
export function destroysOf<T>(
  args: SetOfObjects,
  ids: CreationIds,
  there: ReadonlyMap<string, T>,
  outcome: SetOutcome,
): { key: string; id: string; current: T }[] {
  const seen = new Set<string>()
  return [...new Set(args.destroy)].flatMap((key) => {
    const id = ids.resolve(key)
    const current = id === null ? undefined : there.get(id)
    if (id === null || current === undefined) outcome.notDestroyed.set(key, NOT_FOUND)
    else if (!seen.has(id)) {
      seen.add(id)
      return [{ key, id, current }]
    }
    return []
  })
}

/** What of an object the client didn't say, or not so (RFC 8620 §5.3, `created`). */
export function unsaid(now: JsonObject, said: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(now).filter(
      ([name, value]) => !Object.hasOwn(said, name) || !jsonEqual(value, said[name]),
    ),
  )
}
