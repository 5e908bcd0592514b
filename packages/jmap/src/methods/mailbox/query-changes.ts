// Mailbox/queryChanges: RFC 8621 §2.4, RFC 8620 §5.6.
import { formatId, type Mailbox, type Reader } from '@tandem/mailstore'
import { queryMailboxes, readMailboxQuery } from '../../objects/mailbox-query.js'
import { formatState } from '../../objects/state.js'
import { accountMethod } from '../method.js'
import { optionalBoolean, QUERY_CHANGES_ARGUMENTS, sinceMark, tooManyChanges } from '../standard.js'

const ARGUMENTS = { ...QUERY_CHANGES_ARGUMENTS, sortAsTree: optionalBoolean, filterAsTree: optionalBoolean }

export const mailboxQueryChanges = accountMethod(ARGUMENTS, async ({ account, principal }, args) => {
  const query = readMailboxQuery(args)
  const since = sinceMark(args.sinceQueryState)
  const { mark, mailboxes, changed, destroyed } = await account.read(async (r) => ({
    mark: r.marks.mailboxProperties,
    mailboxes: await r.mailbox.list(principal.id),
    ...(await changesSince(r, since)),
  }))
  const touched = withDescendants(mailboxes, changed)
  const ids = queryMailboxes(mailboxes, query).map(({ id }) => id)
  const removed = [...touched, ...destroyed].map((id) => formatId('mailbox', id))
  const added = ids.flatMap((id, index) => (touched.has(id) ? [{ id: formatId('mailbox', id), index }] : []))
  if (args.maxChanges !== null && removed.length + added.length > args.maxChanges) {
    throw tooManyChanges()
  }
  return {
    oldQueryState: args.sinceQueryState,
    newQueryState: formatState(mark),
    ...(args.calculateTotal ? { total: ids.length } : {}),
    removed,
    added,
  }
})

/** All of them, however many: they fit in memory as the mailboxes do. */
async function changesSince(
  r: Reader,
  since: number,
): Promise<{ changed: Set<number>; destroyed: number[] }> {
  const changes = await r.changes.mailbox({ position: since, floor: since }, Number.MAX_SAFE_INTEGER - 1)
  return { changed: new Set([...changes.created, ...changes.updated]), destroyed: changes.destroyed }
}

/** A tree's order and filter, and subscriptions, go by the mailboxes above. */
function withDescendants(mailboxes: readonly Mailbox[], changed: ReadonlySet<number>): Set<number> {
  const parents = new Map(mailboxes.map(({ id, parentId }) => [id, parentId]))
  const isTouched = (id: number | null | undefined): boolean =>
    typeof id === 'number' && (changed.has(id) || isTouched(parents.get(id)))
  return new Set(mailboxes.map(({ id }) => id).filter(isTouched))
}
