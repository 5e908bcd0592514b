// Special uses of mailboxes: RFC 6154 §2; \Important: RFC 8457 §4; \Snoozed, \Scheduled, \Memos: RFC 9979. Pure.
import type { Mailbox, Role } from '@tandem/mailstore'

/** INBOX needs none. */
const SPECIAL_USES: Readonly<Record<Role, string | null>> = {
  inbox: null,
  all: '\\All',
  archive: '\\Archive',
  drafts: '\\Drafts',
  flagged: '\\Flagged',
  important: '\\Important',
  junk: '\\Junk',
  memos: '\\Memos',
  scheduled: '\\Scheduled',
  sent: '\\Sent',
  snoozed: '\\Snoozed',
  trash: '\\Trash',
}

export function specialUse(mailbox: Pick<Mailbox, 'role'>): string | null {
  return mailbox.role && SPECIAL_USES[mailbox.role]
}

/** The role behind a special use, in any case; null for one that mailboxes can't have. */
export function roleOf(use: string): Role | null {
  const found = Object.entries(SPECIAL_USES).find(([, name]) => name?.toLowerCase() === use.toLowerCase())
  return found ? (found[0] as Role) : null
}
