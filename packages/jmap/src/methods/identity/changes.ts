// Identity/changes: RFC 8621 §6.2, RFC 8620 §5.2.
import { ownAccountMethod } from '../method.js'
import { CHANGES_ARGUMENTS, changesFrom, renderChanges } from '../standard.js'

export const identityChanges = ownAccountMethod(CHANGES_ARGUMENTS, async ({ account, limits }, args) => {
  const { since, max } = changesFrom(args, limits)
  return account.read(async (r) =>
    renderChanges('identity', args.sinceState, await r.changes.identity(since, max), r.marks.identity),
  )
})
