// Email/query: RFC 8621 §4.4, RFC 8620 §5.5.
import type { EmailQuery } from '@tandem/mailstore'
import { readEmailFilter, readEmailSort } from '../../objects/email-query.js'
import { type AccountContext, accountMethod } from '../method.js'
import { optionalBoolean, QUERY_ARGUMENTS, queryPage, renderQuery } from '../standard.js'

const ARGUMENTS = { ...QUERY_ARGUMENTS, collapseThreads: optionalBoolean }

export const emailQuery = accountMethod(ARGUMENTS, async (context, args) => {
  const query = {
    filter: readEmailFilter(args.filter),
    sort: readEmailSort(args.sort),
    collapseThreads: args.collapseThreads,
    ...queryPage('email', args),
  }
  const counted = isCount(query) ? await count(context, query) : null
  if (counted)
    return renderQuery('email', args, { ...counted, ids: [], position: query.position }, counted.mark)
  return context.account.read(async (r) =>
    renderQuery('email', args, await r.email.query(query), r.marks.email),
  )
})

/** A badge: no ids, one number. */
function isCount({ limit, position, anchor, collapseThreads, calculateTotal }: EmailQuery): boolean {
  return limit === 0 && position >= 0 && !anchor && !collapseThreads && calculateTotal
}

/** Badges that stand side by side are of one moment, and ask for it once. */
async function count({ account, countedAt }: AccountContext, { filter }: EmailQuery) {
  const counted = await account.countEmails(filter, countedAt.get(account.id))
  if (counted) countedAt.set(account.id, counted.mark)
  else countedAt.delete(account.id)
  return counted
}
