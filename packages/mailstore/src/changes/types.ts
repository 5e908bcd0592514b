/**
 * What a client can hold a state of; each has a mark of its own (rule 8). `membership` is IMAP's: it moves with
 * every HIGHESTMODSEQ, also where JMAP sees no difference (\Deleted set on an invisible email, a second UID).
 */
export const DATA_TYPES = [
  'mailbox',
  'email',
  'thread',
  'emailDelivery',
  'membership',
  'submission',
  'identity',
  'vacation',
] as const
export type DataType = (typeof DATA_TYPES)[number]

/**
 * The account's high-water marks: the modseq at which data of that type last changed. `mailbox` includes the
 * counts, `mailboxProperties` does not.
 */
export type Marks = Record<DataType, number> & { mailboxProperties: number }

/**
 * Where a client stands: it has seen all up to `position`; the paging it is in began from `floor` (rule 4), with a page
 * that was read when the account's modseq was `began`. Without `began`, paging begins here. `epoch`: of the rights it was
 * read under, `r.epoch`; left out, or 0, by the owner.
 */
export interface ChangeCursor {
  position: number
  floor: number
  began?: number
  epoch?: number
}

export interface Changes {
  created: number[]
  updated: number[]
  destroyed: number[]
  /** Where the client stands after this page: floor is position once there is no more. */
  next: ChangeCursor
  hasMore: boolean
}

export interface MailboxChanges extends Changes {
  /** True where all that `updated` holds changed in nothing but its counters (RFC 8621 §2.2). */
  onlyCountsChanged: boolean
}

/**
 * Errors of all: cannotCalculateChanges behind the horizon, for a state from the future, or from under other rights; for
 * a guest also in the rare case that what he saw at that state is not known.
 */
export interface ChangeReader {
  email(since: ChangeCursor, maxChanges: number): Promise<Changes>
  thread(since: ChangeCursor, maxChanges: number): Promise<Changes>
  mailbox(since: ChangeCursor, maxChanges: number): Promise<MailboxChanges>
  identity(since: ChangeCursor, maxChanges: number): Promise<Changes>
  /** Of those that JMAP sees. */
  submission(since: ChangeCursor, maxChanges: number): Promise<Changes>
  /**
   * The UIDs of a mailbox that were expunged after a modseq, ascending (RFC 7162 §3.2.5.2). Null behind the horizon:
   * what vanished is then what the client knew without what is there.
   */
  vanished(mailboxId: number, sinceModseq: number): Promise<number[] | null>
}
