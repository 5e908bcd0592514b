/** Bits of `MailboxView.flags`. The first four are the email's system keywords, `deleted` is the membership's. */
export const FLAG = { seen: 1, answered: 2, flagged: 4, draft: 8, deleted: 16 } as const

/**
 * One mailbox at one moment, as columns that share an index 0 … count-1 in UID order. A version never changes:
 * a command pins the one it began with, a session compares the one it was told of with the newest. Shared by
 * all sessions of the process.
 */
export interface MailboxView {
  readonly mailboxId: number
  readonly uidValidity: number
  readonly uidNext: number
  readonly highestModseq: number
  readonly count: number
  readonly uids: Uint32Array
  readonly emailIds: Float64Array
  readonly threadIds: Float64Array
  readonly flags: Uint8Array
  readonly modseqs: Float64Array
  /** Octets. */
  readonly sizes: Uint32Array
  /** Seconds since 1970: INTERNALDATE, and when it was saved here (RFC 8514). */
  readonly receivedAt: Float64Array
  readonly savedAt: Float64Array
  /** The keywords of row i beyond the four, as first spelled. The arrays are shared: do not change them. */
  keywords(index: number): readonly string[]
  /** The row of a UID, or -1. */
  indexOf(uid: number): number
}
