// Mailbox/query: RFC 8621 §2.3, RFC 8620 §5.5.
import { formatId } from '@tandem/mailstore'
import {
  filterMailboxes,
  readMailboxFilter,
  readMailboxSort,
  sortMailboxes,
} from '../../objects/mailbox-query.js'
import { windowOf } from '../../objects/query.js'
import { formatState } from '../../objects/state.js'
import { accountMethod } from '../method.js'
import { optionalBoolean, QUERY_ARGUMENTS, queryLimit } from '../standard.js'

const ARGUMENTS = { ...QUERY_ARGUMENTS, sortAsTree: optionalBoolean, filterAsTree: optionalBoolean }

export const mailboxQuery = accountMethod(ARGUMENTS, async ({ account, principal }, args) => {
  const test = readMailboxFilter(args.filter)
  const sort = readMailboxSort(args.sort)
  const { limit, said } = queryLimit(args.limit)
  const { marks, mailboxes } = await account.read(async (r) => ({
    marks: r.marks,
    mailboxes: await r.mailbox.list(principal.id),
  }))
  const found = new Set(filterMailboxes(mailboxes, test, args.filterAsTree))
  // All are sorted, then those that match are kept: a tree is one also where a parent is left out.
  const ids = sortMailboxes(mailboxes, sort, args.sortAsTree)
    .filter((mailbox) => found.has(mailbox))
    .map(({ id }) => formatId('mailbox', id))
  const { position, items } = windowOf(ids, { ...args, limit })
  return {
    queryState: formatState(marks.mailboxProperties),
    canCalculateChanges: false,
    position,
    ids: items,
    ...(args.calculateTotal ? { total: ids.length } : {}),
    ...said,
  }
})
