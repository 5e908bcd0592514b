// VacationResponse/get: RFC 8621 §8.1, RFC 8620 §5.1.
import { formatState } from '../../objects/state.js'
import { renderVacation, SINGLETON, VACATION_PROPERTIES } from '../../objects/vacation.js'
import { ownAccountMethod } from '../method.js'
import { GET_ARGUMENTS, tooManyObjects, wantedProperties } from '../standard.js'

export const vacationResponseGet = ownAccountMethod(GET_ARGUMENTS, async ({ account, limits }, args) => {
  const properties = wantedProperties('VacationResponse', VACATION_PROPERTIES, args.properties)
  const ids = new Set(args.ids ?? [SINGLETON])
  if (args.ids && args.ids.length > limits.maxObjectsInGet) throw tooManyObjects(limits)
  const { marks, vacation } = await account.read(async (r) => ({
    marks: r.marks,
    vacation: await r.vacation.get(),
  }))
  return {
    state: formatState(marks.vacation),
    list: ids.has(SINGLETON) ? [renderVacation(vacation, properties)] : [],
    notFound: [...ids].filter((id) => id !== SINGLETON),
  }
})
