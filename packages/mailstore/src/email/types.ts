import type { EmailAddress, Summary } from '@tandem/mime'
import type { TextSearch, TextTerm } from '../search/types.js'
import type { Collation } from './collation.js'

/** Bytes that are stored and parsed, ready to be filed: what `account.ingest` gives. */
export interface IngestedMessage {
  digest: Uint8Array
  /** Octets. */
  size: number
  summary: Summary
}

export interface NewEmail {
  message: IngestedMessage
  /** At least one (else emailNeedsMailbox); each gets one membership, with the next UID. */
  mailboxIds: readonly number[]
  /** `$seen`, `$flagged`, or any other keyword as spelled. */
  keywords?: readonly string[]
  /** IMAP's \Deleted from APPEND; the email is then invisible to JMAP. */
  deleted?: boolean
  /** INTERNALDATE and receivedAt; whole seconds. Default: now. */
  receivedAt?: Date
  /** For a local delivery: files nothing, and gives null, where this was delivered already. */
  delivery?: { submissionId: number; address: string }
  /**
   * For a message that an MTA handed over: files nothing, and gives null, where one of this digest (32 octets) was
   * filed for this address within a day, and is not expunged.
   */
  received?: { digest: Uint8Array; address: string }
}

export interface FiledEmail {
  id: number
  threadId: number
  /** The UID it got, per mailbox. */
  uids: ReadonlyMap<number, number>
}

/** An email as JMAP sees it; IMAP reads its summary and bytes through it too. */
export interface Email {
  id: number
  threadId: number
  digest: Uint8Array
  size: number
  receivedAt: Date
  /** In lower case, sorted. */
  keywords: string[]
  /** Where it is shown, ascending. Empty: JMAP doesn't see it. */
  mailboxIds: number[]
  modseq: number
  summary: Summary
}

/** An email that was expunged and whose content is still kept (rule 11). */
export interface RetainedEmail {
  id: number
  threadId: number
  expungedAt: Date
  receivedAt: Date
  /** Octets. */
  size: number
  subject: string | null
  from: EmailAddress[] | null
  /** Where the command that expunged it found it, ascending; some may be gone since. Empty where that is forgotten. */
  mailboxIds: number[]
}

export interface RetainedQuery {
  /** Emails a page, at least 1. */
  limit: number
  /** Those expunged at that instant or later. */
  since?: Date
  /** `next` of the page before. */
  after?: NonNullable<RetainedPage['next']>
}

export interface RetainedPage {
  /** The last expunged first. */
  emails: RetainedEmail[]
  /** Where the next page begins, whatever is brought back or deleted meanwhile; null where there is none. */
  next: { micros: number; id: number } | null
}

export interface UndeletedEmail {
  id: number
  /** The UID it got, per mailbox. */
  uids: ReadonlyMap<number, number>
}

/** RFC 8621 §4.4.1. Conditions of one object are ANDed. Ids are numbers, dates are dates. */
export type EmailFilter = { operator: 'AND' | 'OR' | 'NOT'; conditions: EmailFilter[] } | EmailCondition

export interface EmailCondition {
  inMailbox?: number
  inMailboxOtherThan?: number[]
  before?: Date
  after?: Date
  minSize?: number
  maxSize?: number
  /** Of all emails of the thread that JMAP sees, this one among them. */
  allInThreadHaveKeyword?: string
  someInThreadHaveKeyword?: string
  noneInThreadHaveKeyword?: string
  hasKeyword?: string
  notKeyword?: string
  hasAttachment?: boolean
  /** Words of From, To, Cc, Bcc, Subject, of bodies and of attachments' names. */
  text?: TextTerm
  /** Words of a display name or an address: the whole of it, or a part. */
  from?: TextTerm
  to?: TextTerm
  cc?: TextTerm
  bcc?: TextTerm
  subject?: TextTerm
  /** Words of the text parts, those of messages within the message and their headers included. */
  body?: TextTerm
  /** There is a field of that name; with a value: one that contains it, in any case. */
  header?: readonly [name: string] | readonly [name: string, value: string]
}

export interface EmailSort {
  property:
    | 'receivedAt'
    | 'sentAt'
    | 'size'
    | 'from'
    | 'to'
    | 'subject'
    | 'hasKeyword'
    | 'allInThreadHaveKeyword'
    | 'someInThreadHaveKeyword'
  isAscending: boolean
  /** For hasKeyword and the …InThreadHaveKeyword. */
  keyword?: string
  /** Of strings. Default: i;unicode-casemap (RFC 5051), as near as the database comes to it. */
  collation?: Collation
}

export interface EmailQuery {
  filter: EmailFilter | null
  /** Ties are broken by newest first, then id. Empty: newest first. */
  sort: readonly EmailSort[]
  collapseThreads: boolean
  /** Zero-based; negative counts from the end. Ignored with an anchor. */
  position: number
  anchor?: { id: number; offset: number }
  limit: number
  calculateTotal: boolean
}

export interface EmailQueryResult {
  ids: number[]
  /** The position of the first id. */
  position: number
  total: number | null
}

/** RFC 8620 §5.6. The first three as they were asked of `query`. */
export interface EmailQueryChangesRequest extends Pick<EmailQuery, 'filter' | 'sort' | 'collapseThreads'> {
  /** `marks.email` of the snapshot that the client's list comes from. */
  sinceQueryState: number
  /** `r.epoch` of that snapshot; left out, or 0, by the owner. */
  epoch?: number
  /** Of removed and added together. Null: any number. */
  maxChanges: number | null
  /** The last email that the client has of the list; counts where filter and sort look at nothing that can change. */
  upToId?: number | null
  calculateTotal: boolean
}

/** Taken out of the old list, then put in by ascending index, they give the new one. */
export type EmailQueryChanges =
  | { tooMany: true }
  | {
      tooMany: false
      /** Some of them may not have been in the list. */
      removed: number[]
      added: { id: number; index: number }[]
      total: number | null
      newQueryState: number
    }

export interface EmailReader {
  /** Those that exist with content, in the order asked. Invisible ones included: look at mailboxIds. */
  get(ids: readonly number[]): Promise<Email[]>
  /** Errors: unsupportedFilter, unsupportedSort, anchorNotFound. */
  query(query: EmailQuery): Promise<EmailQueryResult>
  /** Errors: cannotCalculateChanges behind the horizon; unsupportedFilter, unsupportedSort. */
  queryChanges(request: EmailQueryChangesRequest): Promise<EmailQueryChanges>
  /**
   * Ids of the emails in that mailbox, those that JMAP does not see included, that contain the text; ascending. At
   * most the first MiB of a message's encoded text is looked into. `among`: of these ids alone.
   */
  matching(mailboxId: number, text: TextSearch, among?: readonly number[]): Promise<number[]>
  /**
   * When each of the emails says that it was sent: the date of its Date field as written, `2026-01-31`, whatever the
   * zone (RFC 9051 §6.4.4, SENTON). Those without such a date are left out.
   */
  sentOn(ids: readonly number[]): Promise<Map<number, string>>
  /** What can be brought back by `undelete`, a page at a time. */
  retained(query: RetainedQuery): Promise<RetainedPage>
  /** Whether an email of the account has these bytes, visible or retained no matter. */
  hasDigest(digest: Uint8Array): Promise<boolean>
}

/** Queries within a transaction may not see what it did yet: ask after the commit. */
export interface EmailTransactor extends EmailReader {
  /** Files messages in order; bytes, thread, UIDs, counters. Errors: mailboxNotFound, emailNeedsMailbox, invalidKeyword, tooManyKeywords, overQuota. */
  create(emails: readonly NewEmail[]): Promise<(FiledEmail | null)[]>
  /** Sets keywords in all memberships (rule 5). `add` and `remove`, or `replace` the lot. Errors: emailNotFound, invalidKeyword. */
  setKeywords(ids: readonly number[], change: KeywordChange): Promise<void>
  /**
   * Each email is shown in exactly its mailboxes afterwards (rule 6). Errors, with nothing written: emailNotFound,
   * mailboxNotFound, emailNeedsMailbox.
   */
  setMailboxes(wanted: ReadonlyMap<number, readonly number[]>): Promise<void>
  /** Expunges every membership. Errors: emailNotFound where JMAP doesn't see it. */
  destroy(ids: readonly number[]): Promise<void>
  /**
   * Brings expunged emails back, with a new UID, into the mailbox named; else into those it was expunged from that are
   * still there, else INBOX. Id, thread and keywords are what they were. What is not retained is passed over: the answer
   * holds what came back, in order of receivedAt. Errors, with nothing written: mailboxNotFound, overQuota.
   */
  undelete(ids: readonly number[], mailboxId?: number): Promise<UndeletedEmail[]>
}

export type KeywordChange = { mode: 'add' | 'remove' | 'replace'; keywords: readonly string[] }
