// Email/queryChanges: RFC 8621 §4.5, RFC 8620 §5.6.
import { parseId } from '@tandem/mailstore'
import { readEmailFilter, readEmailSort } from '../../objects/email-query.js'
import { accountMethod } from '../method.js'
import { optionalBoolean, QUERY_CHANGES_ARGUMENTS, renderQueryChanges, sinceMark } from '../standard.js'

const ARGUMENTS = { ...QUERY_CHANGES_ARGUMENTS, collapseThreads: optionalBoolean }

export const emailQueryChanges = accountMethod(ARGUMENTS, async ({ account }, args) => {
  const request = {
    sinceQueryState: sinceMark(args.sinceQueryState),
    filter: readEmailFilter(args.filter),
    sort: readEmailSort(args.sort),
    collapseThreads: args.collapseThreads,
    maxChanges: args.maxChanges,
    upToId: args.upToId === null ? null : parseId('email', args.upToId),
    calculateTotal: args.calculateTotal,
  }
  return renderQueryChanges('email', args, await account.read((r) => r.email.queryChanges(request)))
})
