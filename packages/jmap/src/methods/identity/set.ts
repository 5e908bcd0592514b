// Identity/set: RFC 8621 §6.3, RFC 8620 §5.3.
import { formatId, type IdentityPatch, parseId, type Transactor } from '@tandem/mailstore'
import type { JsonObject } from '../../api/json.js'
import { setErrorOf } from '../../errors.js'
import { IDENTITY_RULES, identityValues, NEW_IDENTITY_RULES, renderIdentity } from '../../objects/identity.js'
import { readNewRecord, readRecordPatch } from '../../objects/record.js'
import { ownAccountMethod } from '../method.js'
import {
  type CreationIds,
  checkSetSize,
  createOutcome,
  destroysOf,
  renderOutcome,
  SET_ARGUMENTS,
  type SetOutcome,
  transactInState,
  unsaid,
  updatesOf,
} from '../set.js'

export const identitySet = ownAccountMethod(SET_ARGUMENTS, async (context, args) => {
  checkSetSize(context.limits, args.create?.size, args.update?.size, args.destroy?.length)
  const outcome = createOutcome()
  const { oldState, newState } = await transactInState(
    context,
    'identity',
    args.ifInState,
    async (tx, ids) => {
      for (const [key, object] of args.create ?? []) {
        await create(tx, ids, context.principal.id, key, object, outcome)
      }
      const there = new Map((await tx.identity.list()).map((each) => [formatId('identity', each.id), each]))
      for (const { key, id, current, patch } of updatesOf(args, ids, there, outcome)) {
        const read = readRecordPatch(patch, renderIdentity(current), IDENTITY_RULES, ids.resolve)
        if (!read.ok) {
          outcome.notUpdated.set(key, read.error)
          continue
        }
        await tx.identity.update(current.id, identityValues(read.values) as IdentityPatch)
        outcome.updated.set(id, null)
      }
      for (const { key, id } of destroysOf(args, ids, there, outcome)) {
        await tx.identity.destroy(parseId('identity', id)!).then(
          () => outcome.destroyed.push(id),
          (error: unknown) => outcome.notDestroyed.set(key, setErrorOf(error)),
        )
      }
    },
  )
  return renderOutcome(outcome, oldState, newState)
})

async function create(
  tx: Transactor,
  ids: CreationIds,
  principalId: number,
  key: string,
  object: JsonObject,
  outcome: SetOutcome,
): Promise<void> {
  const read = readNewRecord(object, NEW_IDENTITY_RULES, ['email'])
  if (!read.ok) {
    outcome.notCreated.set(key, read.error)
    return
  }
  try {
    const values = identityValues(read.values) as IdentityPatch & { email: string }
    const identity = await tx.identity.create({ ...values, principalId })
    ids.add(key, formatId('identity', identity.id))
    outcome.created.set(key, unsaid(renderIdentity(identity), object))
  } catch (error) {
    outcome.notCreated.set(key, setErrorOf(error))
  }
}
