// Email/query: RFC 8621 §4.4, RFC 8620 §5.5.
import { readEmailFilter, readEmailSort } from '../../objects/email-query.js'
import { accountMethod } from '../method.js'
import { optionalBoolean, QUERY_ARGUMENTS, queryPage, renderQuery } from '../standard.js'

const ARGUMENTS = { ...QUERY_ARGUMENTS, collapseThreads: optionalBoolean }

export const emailQuery = accountMethod(ARGUMENTS, async ({ account }, args) => {
  const query = {
    filter: readEmailFilter(args.filter),
    sort: readEmailSort(args.sort),
    collapseThreads: args.collapseThreads,
    ...queryPage('email', args),
  }
  return account.read(async (r) => renderQuery('email', args, await r.email.query(query), r.marks.email))
})
