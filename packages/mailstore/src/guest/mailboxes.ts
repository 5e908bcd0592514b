import type { Mailbox } from '../mailbox/types.js'
import type { Guest } from './guest.js'

/**
 * The mailboxes that a guest may see, of all there are, in their order. Above one of them there may be some that he may
 * not see: they are not there for him (RFC 8621 §9.5), so its parent is the nearest that is, or none. Its name is then
 * the rest of the path, `A/B`: two with the same last name would be siblings of one name (RFC 8621 §2), and it is what
 * LIST says of it (RFC 4314 §4). `unreadThreads`: threads with an unread email in the mailbox.
 */
export function guestMailboxes(
  all: readonly Mailbox[],
  guest: Pick<Guest, 'rights' | 'readable'>,
  unreadThreads: ReadonlyMap<number, number>,
): Mailbox[] {
  const byId = new Map(all.map((mailbox) => [mailbox.id, mailbox]))
  return all.flatMap((mailbox) => {
    const rights = guest.rights.get(mailbox.id)
    if (rights === undefined) return []
    const hidden: Mailbox[] = []
    let parent = parentOf(mailbox)
    for (; parent && !guest.rights.has(parent.id); parent = parentOf(parent)) hidden.push(parent)
    const shown = {
      ...mailbox,
      rights,
      parentId: parent?.id ?? null,
      name:
        hidden.length === 0 ? mailbox.name : mailbox.path.slice(parent === null ? 0 : parent.path.length + 1),
      // Another name of one above is another name of this one.
      modseq: Math.max(mailbox.modseq, ...hidden.map(({ modseq }) => modseq)),
    }
    if (!guest.readable.includes(mailbox.id)) return [{ ...shown, ...asIfEmpty(mailbox) }]
    return [
      { ...shown, unreadThreads: unreadThreads.get(mailbox.id) ?? 0, countsModseq: mailbox.highestModseq },
    ]
  })

  function parentOf({ parentId }: Mailbox): Mailbox | null {
    return parentId === null ? null : byId.get(parentId)!
  }
}

/** STATUS needs `r` (RFC 4314 §4). */
const asIfEmpty = ({ createdModseq }: Mailbox) => ({
  uidNext: 1,
  recentUid: 1,
  highestModseq: createdModseq,
  messages: 0,
  unseen: 0,
  deleted: 0,
  size: 0,
  totalEmails: 0,
  unreadEmails: 0,
  totalThreads: 0,
  unreadThreads: 0,
  countsModseq: createdModseq,
})
