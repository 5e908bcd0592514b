// VacationResponse/set: RFC 8621 §8.2, RFC 8620 §5.3.
import type { SetError } from '../../errors.js'
import { readRecordPatch } from '../../objects/record.js'
import { renderVacation, SINGLETON, VACATION_RULES, vacationValues } from '../../objects/vacation.js'
import { ownAccountMethod } from '../method.js'
import {
  checkSetSize,
  createOutcome,
  destroysOf,
  renderOutcome,
  SET_ARGUMENTS,
  transactInState,
  unsaid,
  updatesOf,
} from '../set.js'

const ONLY_ONE: SetError = { type: 'singleton', description: 'there is always one, and no other' }

export const vacationResponseSet = ownAccountMethod(SET_ARGUMENTS, async (context, args) => {
  checkSetSize(context.limits, args.create?.size, args.update?.size, args.destroy?.length)
  const outcome = createOutcome()
  const { oldState, newState } = await transactInState(
    context,
    'vacation',
    args.ifInState,
    async (tx, ids) => {
      for (const key of args.create?.keys() ?? []) outcome.notCreated.set(key, ONLY_ONE)
      const there = new Map([[SINGLETON, await tx.vacation.get()]])
      for (const { key, id, current, patch } of updatesOf(args, ids, there, outcome)) {
        const read = readRecordPatch(patch, renderVacation(current), VACATION_RULES, ids.resolve)
        if (!read.ok) {
          outcome.notUpdated.set(key, read.error)
          continue
        }
        await tx.vacation.update(vacationValues(read.values))
        // A date is kept to the millisecond.
        const more = unsaid(renderVacation(await tx.vacation.get(), Object.keys(read.values)), read.values)
        outcome.updated.set(id, Object.keys(more).length > 0 ? more : null)
      }
      for (const { key } of destroysOf(args, ids, there, outcome)) outcome.notDestroyed.set(key, ONLY_ONE)
    },
  )
  return renderOutcome(outcome, oldState, newState)
})
