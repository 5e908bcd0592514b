// EmailSubmission/query: RFC 8621 §7.3, RFC 8620 §5.5.
import { readSubmissionFilter, readSubmissionSort } from '../../objects/submission-query.js'
import { ownAccountMethod } from '../method.js'
import { QUERY_ARGUMENTS, queryPage, renderQuery } from '../standard.js'

export const emailSubmissionQuery = ownAccountMethod(QUERY_ARGUMENTS, async ({ account }, args) => {
  const query = {
    filter: readSubmissionFilter(args.filter),
    sort: readSubmissionSort(args.sort),
    ...queryPage('submission', args),
  }
  return account.read(async (r) =>
    renderQuery('submission', args, await r.submission.query(query), r.marks.submission),
  )
})
