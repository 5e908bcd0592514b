import type { Summary } from '@tandem/mime'

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

/** RFC 8621 §4.4.1. Conditions of one object are ANDed. Ids are numbers, dates are dates. */
export type EmailFilter = { operator: 'AND' | 'OR' | 'NOT'; conditions: EmailFilter[] } | EmailCondition

export interface EmailCondition {
  inMailbox?: number
  inMailboxOtherThan?: number[]
  before?: Date
  after?: Date
  minSize?: number
  maxSize?: number
  hasKeyword?: string
  notKeyword?: string
  hasAttachment?: boolean
  /** Substring of the decoded display name or address, any case. */
  from?: string
  to?: string
  cc?: string
  bcc?: string
  subject?: string
}

export interface EmailSort {
  property: 'receivedAt' | 'sentAt' | 'size' | 'from' | 'to' | 'subject' | 'hasKeyword'
  isAscending: boolean
  /** For hasKeyword. */
  keyword?: string
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

export interface EmailReader {
  /** Those that exist with content, in the order asked. Invisible ones included: look at mailboxIds. */
  get(ids: readonly number[]): Promise<Email[]>
  /** Errors: unsupportedFilter, unsupportedSort, anchorNotFound. */
  query(query: EmailQuery): Promise<EmailQueryResult>
  /** Whether an email of the account has these bytes, visible or retained no matter. */
  hasDigest(digest: Uint8Array): Promise<boolean>
}

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
}

export type KeywordChange = { mode: 'add' | 'remove' | 'replace'; keywords: readonly string[] }
