// Mailbox/changes: RFC 8621 §2.2, RFC 8620 §5.2.
import { COUNTS } from '../../objects/mailbox.js'
import { accountMethod } from '../method.js'
import { CHANGES_ARGUMENTS, changesFrom, renderChanges } from '../standard.js'

export const mailboxChanges = accountMethod(CHANGES_ARGUMENTS, async ({ account, limits }, args) => {
  const { since, max } = changesFrom(args, limits)
  const { changes, mark } = await account.read(async (r) => ({
    changes: await r.changes.mailbox(since, max),
    mark: r.marks.mailbox,
  }))
  return {
    ...renderChanges('mailbox', args.sinceState, changes, mark),
    updatedProperties: changes.updated.length > 0 && changes.onlyCountsChanged ? COUNTS : null,
  }
})
