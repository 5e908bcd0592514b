import type { KeywordChange } from '../email/types.js'

/** IMAP's STORE: keywords of the emails, and `\Deleted` of the memberships where it is given. */
export type FlagChange = KeywordChange & {
  /** add/remove: whether \Deleted is among the flags; replace: what it becomes. */
  deleted: boolean
}

export interface StoredFlags {
  /** The UIDs that `isUnchanged` denied, ascending. */
  left: number[]
  /** The messages of the mailbox that got a new modseq; those that share an email with one named are among them. */
  raised: { uid: number; from: number; to: number }[]
}

/** RFC 4315 §3, COPYUID: `from[i]` became `to[i]`; both ascending. */
export interface CopiedUids {
  uidValidity: number
  from: number[]
  to: number[]
}

/** One transaction's work on memberships; UIDs that are gone are passed over. */
export interface MembershipTransactor {
  /**
   * RFC 9051 §6.4.6. Changes what differs, and nothing else. With `isUnchanged`, asked of each message with its modseq
   * before anything is written, those that it denies are left alone (RFC 7162 §3.1.3).
   */
  store(
    mailboxId: number,
    uids: readonly number[],
    change: FlagChange,
    isUnchanged?: (uid: number, modseq: number) => boolean,
  ): Promise<StoredFlags>
  /** RFC 9051 §6.4.7: always appends, also into its own mailbox (rule 6). Errors: mailboxNotFound, overQuota. */
  copy(mailboxId: number, uids: readonly number[], target: number): Promise<CopiedUids>
  /** RFC 6851 §3.3, with rule 6's expunge of what the target held of these emails. */
  move(mailboxId: number, uids: readonly number[], target: number): Promise<CopiedUids>
  /** Expunges those that are there; `onlyDeleted`: those of them that are \Deleted. Gives the UIDs expunged. */
  expunge(mailboxId: number, uids: readonly number[], options: { onlyDeleted: boolean }): Promise<number[]>
}
