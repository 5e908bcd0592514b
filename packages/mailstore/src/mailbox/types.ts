import type { MailstoreError } from '../errors.js'
import type { MAILBOX_ROLES } from './names.js'

/** RFC 8621 §2 `role`, RFC 6154 §2; the IANA name in lower case. */
export type Role = (typeof MAILBOX_ROLES)[number]

/** One mailbox with both sets of counters, as one snapshot shows it. */
export interface Mailbox {
  id: number
  parentId: number | null
  /** The last part of the path, NFC, without `/`. */
  name: string
  /** The names from the top, joined by `/`; the mailbox with role inbox is always `INBOX` here. */
  path: string
  role: Role | null
  sortOrder: number
  uidValidity: number
  uidNext: number
  /** IMAP's HIGHESTMODSEQ: the mark of the memberships (RFC 7162 §3.1.2.1). */
  highestModseq: number
  /** The lowest UID that no read-write SELECT has shown as \Recent (RFC 3501 §2.3.2). */
  recentUid: number
  /** IMAP's counters: every membership. `size` in octets. */
  messages: number
  unseen: number
  deleted: number
  size: number
  /** JMAP's counters: visible emails (RFC 8621 §2). */
  totalEmails: number
  unreadEmails: number
  totalThreads: number
  unreadThreads: number
  /** When its properties last changed, when its counters did, and when it was created. */
  modseq: number
  countsModseq: number
  createdModseq: number
  /** It is being destroyed, and takes nothing in any more; what adds to it finds it gone. */
  isClosing: boolean
  /** Whether the principal whom the reader was asked for is subscribed to its path. */
  isSubscribed: boolean
  /** What the reader's principal may do in it: letters of ALL_RIGHTS in its order. */
  rights: string
}

export interface NewMailbox {
  name: string
  parentId?: number | null
  role?: Role | null
  sortOrder?: number
}

/** What is left out stays. */
export interface MailboxPatch {
  name?: string
  parentId?: number | null
  role?: Role | null
  sortOrder?: number
}

export interface MailboxReader {
  /** All mailboxes, parents before children, siblings by sortOrder and name. `principalId`: whose subscriptions. */
  list(principalId?: number): Promise<Mailbox[]>
  /** Those of the ids that exist, in no order. */
  get(ids: readonly number[], principalId?: number): Promise<Mailbox[]>
  /** By IMAP path (`/`, UTF-8); INBOX in any case (RFC 9051 §5.1). Null where there is none. */
  byPath(path: string, principalId?: number): Promise<Mailbox | null>
  byRole(role: Role): Promise<Mailbox | null>
  /** Of each: how many messages no read-write SELECT has shown as \Recent. One statement; those with none are left out. */
  countRecent(mailboxes: readonly Mailbox[]): Promise<ReadonlyMap<number, number>>
  /** The subscribed paths, of mailboxes that exist or not, sorted. */
  subscriptions(principalId: number): Promise<string[]>
}

export interface MailboxTransactor extends MailboxReader {
  /** Errors: mailboxExists, invalidMailboxName, invalidMailboxParent, mailboxRoleTaken, mailboxProtected. */
  create(mailbox: NewMailbox): Promise<Mailbox>
  /**
   * Creates a path with its missing parents (RFC 9051 §6.3.4); the answer is the last one. A trailing `/` is ignored.
   * Errors as create; mailboxExists where the whole path is there already.
   */
  createPath(path: string, role?: Role | null): Promise<Mailbox>
  /**
   * Keeps id, UIDVALIDITY and UIDs. Subscriptions of the old paths become those of the new ones. Errors:
   * mailboxNotFound, and those of create.
   */
  update(id: number, patch: MailboxPatch): Promise<void>
  /**
   * Several at once, judged by how all of them end up, so that two siblings can swap names. Gives the patches that
   * were refused; the others are written.
   */
  updateMany(patches: ReadonlyMap<number, MailboxPatch>): Promise<Map<number, MailstoreError>>
  /**
   * IMAP RENAME (RFC 9051 §6.3.6): missing parents are made; of INBOX the messages move to a new mailbox and INBOX stays.
   * Subscriptions of the old paths are also made for the new ones. What it gives is still to be moved: INBOX's messages
   * beyond the first 1,000, by `account.move`; `account.renameMailbox` does both.
   */
  renamePath(from: string, to: string): Promise<{ mailboxId: number; uids: number[]; target: number } | null>
  /**
   * True where it is gone. False where it holds more than one transaction takes: it is closed then, and
   * `account.finishDestroy` does the rest, as housekeeping does if nobody else. Children that are closed don't keep it;
   * they go first. Errors: mailboxNotFound, mailboxProtected (INBOX), mailboxHasChild, and mailboxHasEmail unless
   * `removeEmails`.
   */
  destroy(id: number, options: { removeEmails: boolean }): Promise<boolean>
  /**
   * The next step of a destroy that closed the mailbox: at most 1,000 messages of it, or of a closed one below it, and
   * the row with the last. True where the mailbox is gone.
   */
  continueDestroy(id: number): Promise<boolean>
  /**
   * Subscribes a principal to a path, or takes it back; no error where nothing changes or the mailbox is missing.
   * Errors: invalidMailboxName, invalidMailboxParent for a path that no mailbox can have.
   */
  setSubscribed(principalId: number, path: string, subscribed: boolean): Promise<void>
}
