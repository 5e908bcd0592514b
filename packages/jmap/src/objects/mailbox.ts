// The Mailbox object: RFC 8621 §2.
import { formatId, type Mailbox } from '@tandem/mailstore'

/** RFC 8621 §2.2: all that `updatedProperties` can name. */
export const COUNTS = ['totalEmails', 'unreadEmails', 'totalThreads', 'unreadThreads'] as const

const RENDER: Record<string, (mailbox: Mailbox) => unknown> = {
  id: (mailbox) => formatId('mailbox', mailbox.id),
  name: (mailbox) => mailbox.name,
  parentId: (mailbox) => (mailbox.parentId === null ? null : formatId('mailbox', mailbox.parentId)),
  role: (mailbox) => mailbox.role,
  sortOrder: (mailbox) => mailbox.sortOrder,
  totalEmails: (mailbox) => mailbox.totalEmails,
  unreadEmails: (mailbox) => mailbox.unreadEmails,
  totalThreads: (mailbox) => mailbox.totalThreads,
  unreadThreads: (mailbox) => mailbox.unreadThreads,
  myRights: ownerRights,
  isSubscribed: (mailbox) => mailbox.isSubscribed,
}

export const MAILBOX_PROPERTIES = Object.keys(RENDER)

export function renderMailbox(mailbox: Mailbox, properties: Iterable<string>): Record<string, unknown> {
  return Object.fromEntries([...properties].map((name) => [name, RENDER[name]!(mailbox)]))
}

/** What the account's owner may do: everything, but INBOX can't go (it can be renamed as JMAP shows it). */
function ownerRights(mailbox: Mailbox): Record<string, boolean> {
  return {
    mayReadItems: true,
    mayAddItems: true,
    mayRemoveItems: true,
    maySetSeen: true,
    maySetKeywords: true,
    mayCreateChild: true,
    mayRename: true,
    mayDelete: mailbox.role !== 'inbox',
    maySubmit: true,
  }
}
