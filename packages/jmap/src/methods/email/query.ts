// Email/query: RFC 8621 §4.4, RFC 8620 §5.5.
import { formatId, parseId } from '@tandem/mailstore'
import { MethodError } from '../../errors.js'
import { readEmailFilter, readEmailSort } from '../../objects/email-query.js'
import { formatState } from '../../objects/state.js'
import { accountMethod } from '../method.js'
import { optionalBoolean, QUERY_ARGUMENTS, queryLimit } from '../standard.js'

const ARGUMENTS = { ...QUERY_ARGUMENTS, collapseThreads: optionalBoolean }

export const emailQuery = accountMethod(ARGUMENTS, async ({ account }, args) => {
  const { limit, said } = queryLimit(args.limit)
  const query = {
    filter: readEmailFilter(args.filter),
    sort: readEmailSort(args.sort),
    collapseThreads: args.collapseThreads,
    position: args.position,
    limit,
    calculateTotal: args.calculateTotal,
  }
  const anchor = args.anchor === null ? null : { id: anchorId(args.anchor), offset: args.anchorOffset }
  const { marks, result } = await account.read(async (r) => ({
    marks: r.marks,
    result: await r.email.query(anchor ? { ...query, anchor } : query),
  }))
  return {
    queryState: formatState(marks.email),
    canCalculateChanges: true,
    position: result.position,
    ids: result.ids.map((id) => formatId('email', id)),
    ...(args.calculateTotal ? { total: result.total } : {}),
    ...said,
  }
})

function anchorId(text: string): number {
  const id = parseId('email', text)
  if (id === null) throw new MethodError('anchorNotFound', 'the anchor is not among the results')
  return id
}
