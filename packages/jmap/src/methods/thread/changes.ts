// Thread/changes: RFC 8621 §3.2, RFC 8620 §5.2.
import { accountMethod } from '../method.js'
import { CHANGES_ARGUMENTS, changesFrom, renderChanges } from '../standard.js'

export const threadChanges = accountMethod(CHANGES_ARGUMENTS, async ({ account, limits }, args) => {
  const { since, max } = changesFrom(args, limits)
  return account.read(async (r) =>
    renderChanges('thread', args.sinceState, await r.changes.thread(since, max), r.marks.thread),
  )
})
