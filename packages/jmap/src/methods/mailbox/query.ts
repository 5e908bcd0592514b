// Mailbox/query: RFC 8621 §2.3, RFC 8620 §5.5.
import { formatId } from '@tandem/mailstore'
import { queryMailboxes, readMailboxQuery } from '../../objects/mailbox-query.js'
import { windowOf } from '../../objects/query.js'
import { formatState } from '../../objects/state.js'
import { accountMethod } from '../method.js'
import { optionalBoolean, QUERY_ARGUMENTS, queryLimit } from '../standard.js'

const ARGUMENTS = { ...QUERY_ARGUMENTS, sortAsTree: optionalBoolean, filterAsTree: optionalBoolean }

export const mailboxQuery = accountMethod(ARGUMENTS, async ({ account, principal }, args) => {
  const query = readMailboxQuery(args)
  const { limit, said } = queryLimit(args.limit)
  const { marks, mailboxes } = await account.read(async (r) => ({
    marks: r.marks,
    mailboxes: await r.mailbox.list(principal.id),
  }))
  const ids = queryMailboxes(mailboxes, query).map(({ id }) => formatId('mailbox', id))
  const { position, items } = windowOf(ids, { ...args, limit })
  return {
    queryState: formatState(marks.mailboxProperties),
    canCalculateChanges: true,
    position,
    ids: items,
    ...(args.calculateTotal ? { total: ids.length } : {}),
    ...said,
  }
})
