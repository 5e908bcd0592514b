// EmailSubmission/queryChanges: RFC 8621 §7.4, RFC 8620 §5.6.
import { parseId } from '@tandem/mailstore'
import { readSubmissionFilter, readSubmissionSort } from '../../objects/submission-query.js'
import { ownAccountMethod } from '../method.js'
import { QUERY_CHANGES_ARGUMENTS, renderQueryChanges, sinceMark } from '../standard.js'

export const emailSubmissionQueryChanges = ownAccountMethod(
  QUERY_CHANGES_ARGUMENTS,
  async ({ account }, args) => {
    const request = {
      sinceQueryState: sinceMark(args.sinceQueryState),
      filter: readSubmissionFilter(args.filter),
      sort: readSubmissionSort(args.sort),
      maxChanges: args.maxChanges,
      upToId: args.upToId === null ? null : parseId('submission', args.upToId),
      calculateTotal: args.calculateTotal,
    }
    return renderQueryChanges(
      'submission',
      args,
      await account.read((r) => r.submission.queryChanges(request)),
    )
  },
)
