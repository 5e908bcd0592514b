// Email/queryChanges: RFC 8621 §4.5, RFC 8620 §5.6.
import { formatId, parseId } from '@tandem/mailstore'
import { MethodError } from '../../errors.js'
import { readEmailFilter, readEmailSort } from '../../objects/email-query.js'
import { formatState, parseState } from '../../objects/state.js'
import { accountMethod } from '../method.js'
import { optionalBoolean, QUERY_CHANGES_ARGUMENTS } from '../standard.js'

const ARGUMENTS = { ...QUERY_CHANGES_ARGUMENTS, collapseThreads: optionalBoolean }

export const emailQueryChanges = accountMethod(ARGUMENTS, async ({ account }, args) => {
  const since = parseState(args.sinceQueryState)
  // Only /changes gives states in the middle of a page.
  if (!since || since.position !== since.floor) {
    throw new MethodError('cannotCalculateChanges', 'that is no query state of this server')
  }
  const request = {
    filter: readEmailFilter(args.filter),
    sort: readEmailSort(args.sort),
    collapseThreads: args.collapseThreads,
    sinceQueryState: since.position,
    maxChanges: args.maxChanges,
    upToId: args.upToId === null ? null : parseId('email', args.upToId),
    calculateTotal: args.calculateTotal,
  }
  const changes = await account.read((r) => r.email.queryChanges(request))
  if (changes.tooMany) throw new MethodError('tooManyChanges', 'there are more changes than maxChanges')
  return {
    oldQueryState: args.sinceQueryState,
    newQueryState: formatState(changes.newQueryState),
    ...(args.calculateTotal ? { total: changes.total } : {}),
    removed: changes.removed.map((id) => formatId('email', id)),
    added: changes.added.map(({ id, index }) => ({ id: formatId('email', id), index })),
  }
})
