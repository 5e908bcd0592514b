// EmailSubmission/query: RFC 8621 §7.3, RFC 8620 §5.5.
import { formatId, parseId } from '@tandem/mailstore'
import { MethodError } from '../../errors.js'
import { formatState } from '../../objects/state.js'
import { readSubmissionFilter, readSubmissionSort } from '../../objects/submission-query.js'
import { ownAccountMethod } from '../method.js'
import { QUERY_ARGUMENTS, queryLimit } from '../standard.js'

export const emailSubmissionQuery = ownAccountMethod(QUERY_ARGUMENTS, async ({ account }, args) => {
  const { limit, said } = queryLimit(args.limit)
  const query = {
    filter: readSubmissionFilter(args.filter),
    sort: readSubmissionSort(args.sort),
    position: args.position,
    limit,
    calculateTotal: args.calculateTotal,
  }
  const anchor = args.anchor === null ? null : { id: anchorId(args.anchor), offset: args.anchorOffset }
  const { marks, result } = await account.read(async (r) => ({
    marks: r.marks,
    result: await r.submission.query(anchor ? { ...query, anchor } : query),
  }))
  return {
    queryState: formatState(marks.submission),
    canCalculateChanges: true,
    position: result.position,
    ids: result.ids.map((id) => formatId('submission', id)),
    ...(args.calculateTotal ? { total: result.total } : {}),
    ...said,
  }
})

function anchorId(text: string): number {
  const id = parseId('submission', text)
  if (id === null) throw new MethodError('anchorNotFound', 'the anchor is not among the results')
  return id
}
