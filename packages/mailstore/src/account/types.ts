import type { BlobStore, UploadStore } from '../blob/types.js'
import type { ChangeReader, DataType, Marks } from '../changes/types.js'
import type { EmailFilter, EmailReader, EmailTransactor, IngestedMessage } from '../email/types.js'
import type { IdentityReader, IdentityTransactor } from '../identity/types.js'
import type { MailboxReader, MailboxTransactor } from '../mailbox/types.js'
import type { CopiedUids, FlagChange, MembershipTransactor } from '../membership/types.js'
import type { Reading } from '../reading/types.js'
import type { Grantee, RightsReader, RightsTransactor } from '../rights/types.js'
import type { SubmissionReader, SubmissionTransactor } from '../submission/types.js'
import type { ThreadReader } from '../thread/types.js'
import type { VacationReader, VacationTransactor } from '../vacation/types.js'
import type { MailboxView } from '../view/types.js'

/** One consistent snapshot, read only. Do not await a client's socket while one is open. */
export interface Reader {
  /** The account's marks in this snapshot. */
  readonly marks: Marks
  /** Of the viewer's rights: 0 for the owner. A guest's cursors carry it. */
  readonly epoch: number
  readonly mailbox: MailboxReader
  readonly email: EmailReader
  readonly thread: ThreadReader
  readonly changes: ChangeReader
  readonly submission: SubmissionReader
  readonly identity: IdentityReader
  readonly vacation: VacationReader
  readonly rights: RightsReader
}

/**
 * What of a snapshot a guest is shown too, each part as if there were nothing but what he may read (RFC 8621 §9.5). Whom
 * the account sends as, what it sent, and what it answers are its owner's alone.
 */
export interface SharedReader
  extends Pick<Reader, 'marks' | 'epoch' | 'mailbox' | 'email' | 'thread' | 'rights'> {
  readonly changes: Omit<ChangeReader, 'identity' | 'submission'>
}

/** An account as one principal is shown it. */
export interface SharedAccount {
  readonly id: number
  /** Errors: accountNotFound, also where nothing of it is shared with him. */
  read<T>(work: (r: SharedReader) => Promise<T>): Promise<T>
  /** Errors: mailboxNotFound, also where he may not read it; accountNotFound. */
  view(mailboxId: number): Promise<MailboxView>
  /** A guest may be called for changes that he does not see, and is not for a change of his rights. */
  subscribe(types: ReadonlySet<DataType>, onChange: (marks: Marks) => void): () => void
}

/** The account's lock. Commits once; the changes are announced after the commit. */
export interface Transactor {
  /** The marks before this transaction. */
  readonly before: Marks
  readonly mailbox: MailboxTransactor
  readonly email: EmailTransactor
  readonly membership: MembershipTransactor
  readonly thread: ThreadReader
  readonly submission: SubmissionTransactor
  readonly identity: IdentityTransactor
  readonly vacation: VacationTransactor
  readonly rights: RightsTransactor
  /** Runs after the commit, with the marks as they are then (equal to `before` in what didn't change). */
  onCommit(effect: (after: Marks) => void): void
}

export interface Account {
  readonly id: number
  readonly blobs: BlobStore
  readonly uploads: UploadStore
  /** Where what others wrote is read, so that it stops nobody. */
  readonly reading: Reading
  /** Runs in one REPEATABLE READ snapshot. Errors: accountNotFound. */
  read<T>(work: (r: Reader) => Promise<T>): Promise<T>
  /**
   * How many visible emails match, and at which email mark: now, or at that of an earlier count. Null where memory does
   * not tell, and `read` has to ask. One statement; with `mark` none.
   */
  countEmails(filter: EmailFilter | null, mark?: number): Promise<{ total: number; mark: number } | null>
  /** The account as that principal is shown it: this very account for its owner. */
  as(principal: Grantee): SharedAccount
  /**
   * Runs under the account's lock; an error rolls all of it back. Writers of one account queue in the process
   * before they take a connection. Errors: accountNotFound; unavailable, whose `outcome` tells what surely was not
   * committed from what may have been.
   */
  transact<T>(work: (tx: Transactor) => Promise<T>): Promise<T>
  /**
   * Stores and reads a message, outside the lock (rule 3); one that goes beyond the bounds of reading is given with what
   * its beginning tells, and `isIncomplete`. Of what streams in, a MiB is held; a piece must not be overwritten
   * afterwards. An error, the source's own too, leaves nothing behind. Errors: tooLarge
   * beyond `maxSize` octets; invalidBytes where a NUL is in them and `nul` is 'refuse' (APPEND, import); 'replace'
   * puts 0x80 in its place (delivery).
   */
  ingest(
    source: Uint8Array | AsyncIterable<Uint8Array>,
    options: { nul: 'refuse' | 'replace'; maxSize?: number },
  ): Promise<IngestedMessage>
  /** Calls back after each commit, on any process, that moved a mark of one of the types. Gives the way to stop. */
  subscribe(types: ReadonlySet<DataType>, onChange: (marks: Marks) => void): () => void
  /** The mailbox as of now: one cheap check of its mark, then a delta where it moved. Errors: mailboxNotFound. */
  view(mailboxId: number): Promise<MailboxView>
  /**
   * Takes the UIDs that nobody has claimed yet for one session, which alone shows them as \Recent; null where there are
   * none, or no such mailbox. No change of state. Errors: unavailable.
   */
  claimRecent(mailboxId: number): Promise<{ from: number; before: number } | null>

  /**
   * STORE, MOVE and EXPUNGE over any number of UIDs, in transactions of about 1,000 (rule 2). Errors: unavailable, of
   * outcome `unknown` where the first ones are committed; what was done is passed over when it is asked again. `store`
   * gives the UIDs that `isUnchanged` denied, which sees no modseq that this same command gave (rule 5). A `target` that is
   * to be found is found in the first of the transactions.
   */
  store(
    mailboxId: number,
    uids: readonly number[],
    change: FlagChange,
    isUnchanged?: (uid: number, modseq: number) => boolean,
  ): Promise<number[]>
  move(
    mailboxId: number,
    uids: readonly number[],
    target: number | ((tx: Transactor) => Promise<number>),
  ): Promise<CopiedUids>
  expunge(mailboxId: number, uids: readonly number[], options: { onlyDeleted: boolean }): Promise<number[]>

  /** `tx.mailbox.destroy` to its end, in such transactions. Errors as there; unavailable, as above. */
  destroyMailbox(mailboxId: number, options: { removeEmails: boolean }): Promise<void>
  /**
   * Does what is left of a destroy that closed the mailbox, whoever began it. `onStep`: after each transaction, with the
   * marks that it found and left. Errors: unavailable.
   */
  finishDestroy(mailboxId: number, onStep?: (step: { before: Marks; after: Marks }) => void): Promise<void>
  /**
   * `tx.mailbox.renamePath` to its end: of INBOX, the messages that were there at the beginning move in such
   * transactions. Errors as there; mailboxNotFound where the new mailbox was destroyed meanwhile; unavailable, as above.
   */
  renameMailbox(from: string, to: string): Promise<void>
}
