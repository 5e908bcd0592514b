/** Bits of `MailboxView.flags`. The first four are the email's system keywords, `deleted` is the membership's. */
export const FLAG = { seen: 1, answered: 2, flagged: 4, draft: 8, deleted: 16 } as const

/** One column of a view. It sits in pages that versions share, so that there is no whole array to hand out. */
export interface Column extends Iterable<number> {
  readonly length: number
  /** The value of row 0 … length-1. Going through in order is cheapest. Throws RangeError beyond. */
  at(index: number): number
}

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
  /** Ascending; in one piece, because sequence numbers are places in it. Shared: do not change it. */
  readonly uids: Uint32Array
  readonly emailIds: Column
  readonly threadIds: Column
  readonly flags: Column
  readonly modseqs: Column
  /** Octets. */
  readonly sizes: Column
  /** Seconds since 1970: INTERNALDATE, and when it was saved here (RFC 8514). */
  readonly receivedAt: Column
  readonly savedAt: Column
  /** The keywords of row i beyond the four, as first spelled. The arrays are shared: do not change them. */
  keywords(index: number): readonly string[]
  /** The row of a UID, or -1. */
  indexOf(uid: number): number
}
