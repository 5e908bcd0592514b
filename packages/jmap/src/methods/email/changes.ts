// Email/changes: RFC 8621 §4.3, RFC 8620 §5.2.
import { accountMethod } from '../method.js'
import { CHANGES_ARGUMENTS, changesFrom, renderChanges } from '../standard.js'

export const emailChanges = accountMethod(CHANGES_ARGUMENTS, async ({ account, limits }, args) => {
  const { since, max } = changesFrom(args, limits)
  return account.read(async (r) =>
    renderChanges('email', args.sinceState, await r.changes.email(since, max), r.marks.email),
  )
})
