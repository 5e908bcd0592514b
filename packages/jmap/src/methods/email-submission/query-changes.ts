// EmailSubmission/queryChanges: RFC 8621 §7.4, RFC 8620 §5.6.
import { formatId, parseId } from '@tandem/mailstore'
import { MethodError } from '../../errors.js'
import { formatState, parseState } from '../../objects/state.js'
import { readSubmissionFilter, readSubmissionSort } from '../../objects/submission-query.js'
import { ownAccountMethod } from '../method.js'
import { QUERY_CHANGES_ARGUMENTS } from '../standard.js'

export const emailSubmissionQueryChanges = ownAccountMethod(
  QUERY_CHANGES_ARGUMENTS,
  async ({ account }, args) => {
    const since = parseState(args.sinceQueryState)
    // Only /changes gives states in the middle of a page.
    if (!since || since.position !== since.floor) {
      throw new MethodError('cannotCalculateChanges', 'that is no query state of this server')
    }
    const request = {
      filter: readSubmissionFilter(args.filter),
      sort: readSubmissionSort(args.sort),
      sinceQueryState: since.position,
      maxChanges: args.maxChanges,
      upToId: args.upToId === null ? null : parseId('submission', args.upToId),
      calculateTotal: args.calculateTotal,
    }
    const changes = await account.read((r) => r.submission.queryChanges(request))
    if (changes.tooMany) throw new MethodError('tooManyChanges', 'there are more changes than maxChanges')
    return {
      oldQueryState: args.sinceQueryState,
      newQueryState: formatState(changes.newQueryState),
      ...(args.calculateTotal ? { total: changes.total } : {}),
      removed: changes.removed.map((id) => formatId('submission', id)),
      added: changes.added.map(({ id, index }) => ({ id: formatId('submission', id), index })),
    }
  },
)
