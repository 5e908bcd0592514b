import type { EmailQueryChanges, EmailQueryResult } from '../email/types.js'

/** ESMTP parameters of MAIL or RCPT, names in upper case; null where one has no value. */
export type EsmtpParameters = Record<string, string | null>

export interface NewSubmission {
  principalId: number
  /** What is sent: of a blob in the account. */
  digest: Uint8Array
  /** Whose sending this is in JMAP's eyes; without it JMAP does not see it (RFC 8621 §7 has none without an email). */
  email?: { emailId: number; identityId: number }
  /** The reverse path without brackets; '' is the null one. */
  mailFrom: string
  mailFromParameters?: EsmtpParameters
  recipients: readonly { address: string; parameters?: EsmtpParameters }[]
  /** When it is released: held until then. Default: now. */
  sendAt?: Date
}

/**
 * `delivered`: in the mailbox of somebody here. `relayed`: another server took it, and what became of it is not known.
 * `canceled`: taken back before anybody was tried.
 */
export type RecipientState = 'queued' | 'delivered' | 'relayed' | 'failed' | 'canceled'

export interface SubmissionRecipient {
  address: string
  parameters: EsmtpParameters
  state: RecipientState
  attempts: number
  /** The last word about it, an SMTP reply where there was one. */
  reply: string | null
}

/** RFC 8621 §7. `pending` may still be canceled, unless an attempt at it is under way. */
export type UndoStatus = 'pending' | 'final' | 'canceled'

export interface Submission {
  id: number
  principalId: number
  digest: Uint8Array
  size: number
  /** Null where it came by SMTP. What it names may be gone. */
  email: { emailId: number; threadId: number; identityId: number } | null
  mailFrom: string
  mailFromParameters: EsmtpParameters
  createdAt: Date
  sendAt: Date
  undoStatus: UndoStatus
  /** In the order of the envelope. */
  recipients: SubmissionRecipient[]
}

/** A submission that JMAP sees. */
export type EmailSubmission = Submission & { email: NonNullable<Submission['email']> }

/** What became of one recipient in one attempt. `queued`: try again. */
export interface Outcome {
  address: string
  state: Exclude<RecipientState, 'canceled'>
  reply: string
}

/** RFC 8621 §7.3. Conditions of one object are ANDed. */
export type SubmissionFilter =
  | { operator: 'AND' | 'OR' | 'NOT'; conditions: SubmissionFilter[] }
  | SubmissionCondition

export interface SubmissionCondition {
  identityIds?: number[]
  emailIds?: number[]
  threadIds?: number[]
  undoStatus?: UndoStatus
  /** sendAt is before it. */
  before?: Date
  /** sendAt is not before it. */
  after?: Date
}

export interface SubmissionSort {
  /** `sentAt` is sendAt. */
  property: 'emailId' | 'threadId' | 'sentAt'
  isAscending: boolean
}

export interface SubmissionQuery {
  filter: SubmissionFilter | null
  /** Ties are broken by newest first, then id. */
  sort: readonly SubmissionSort[]
  /** Zero-based; negative counts from the end. Ignored with an anchor. */
  position: number
  anchor?: { id: number; offset: number }
  limit: number
  calculateTotal: boolean
}

/** RFC 8620 §5.6. */
export interface SubmissionQueryChangesRequest extends Pick<SubmissionQuery, 'filter' | 'sort'> {
  /** `marks.submission` of the snapshot that the client's list comes from. */
  sinceQueryState: number
  /** Of removed and added together. Null: any number. */
  maxChanges: number | null
  /** The last one that the client has of the list; counts where the filter looks at nothing that can change. */
  upToId?: number | null
  calculateTotal: boolean
}

/** What waits for its sendAt. */
export interface Held {
  messages: number
  octets: number
}

export interface SubmissionReader {
  /** Any submission, those that JMAP does not see included: what the outbox sends. */
  get(id: number): Promise<Submission | null>
  /** Those of the ids that JMAP sees, in no order. */
  list(ids: readonly number[]): Promise<EmailSubmission[]>
  held(): Promise<Held>
  /** All ids that JMAP sees, newest first, at most `limit`. */
  ids(limit: number): Promise<number[]>
  /** Errors: unsupportedFilter, unsupportedSort, anchorNotFound. */
  query(query: SubmissionQuery): Promise<EmailQueryResult>
  /** Errors: cannotCalculateChanges behind the horizon; unsupportedFilter, unsupportedSort. */
  queryChanges(request: SubmissionQueryChangesRequest): Promise<EmailQueryChanges>
}

export interface SubmissionTransactor extends SubmissionReader {
  /**
   * Stores it and a job that is due at sendAt. Errors: blobNotFound; emailNotFound, identityNotFound; tooManyHeld
   * where sendAt is to come (`MAX_HELD`).
   */
  create(submission: NewSubmission): Promise<number>
  /**
   * Writes an attempt's outcomes, then ends its job, or moves it to `retryAt` where a recipient is still queued.
   * Gives false, and writes nothing, where the lease is no longer held. `isTried` false: the attempt surely handed the
   * message to nobody, so that it can still be canceled. Errors: submissionNotFound.
   */
  record(
    job: Job,
    outcomes: readonly Outcome[],
    retryAt: Date,
    options?: { isTried?: boolean },
  ): Promise<boolean>
  /**
   * Takes back what nobody was sent yet; no error where that was done before. Errors: submissionNotFound;
   * cannotUnsend once an attempt began.
   */
  cancel(id: number): Promise<void>
  /**
   * Takes away the record that JMAP sees; what is queued is sent all the same (RFC 8621 §7.5). Errors:
   * submissionNotFound.
   */
  destroy(ids: readonly number[]): Promise<void>
}

export type JobKind = 'submission'

/** Due work that this process holds a lease on. */
export interface Job {
  id: number
  kind: JobKind
  accountId: number
  ref: number
  /** How often it was claimed before. */
  attempts: number
  /** How often in a row its lease ended without a word from whoever held it: killed, or crashed by this very job. */
  crashes: number
  lease: string
  /** Of the recipients that were queued when it was last put off, in lower case. Empty: nobody knows. */
  domains: string[]
}

export interface Jobs {
  /**
   * Leases due jobs for `leaseMs`, committed before it returns; other processes pass them over meanwhile. A job with
   * MAX_CRASHES is set aside instead, until an administrator has it tried again (`queue`). What goes only to domains
   * of `except` is passed over.
   */
  claim(options: { limit: number; leaseMs: number; except?: readonly string[] }): Promise<Job[]>
  /** Lets a lease end `leaseMs` from now. False where it is no longer held: somebody else has the job, or it is done. */
  renew(job: Job, leaseMs: number): Promise<boolean>
  /**
   * An attempt failed for a reason that is nobody's answer: the lease ends, and it is due again at `retryAt`. Like one
   * that took its process down, it counts towards MAX_CRASHES.
   */
  brokeDown(job: Job, retryAt: Date): Promise<void>
  /** When the next job is due or its lease ends; null where there is none. `except` as for `claim`. */
  nextDue(options?: { except?: readonly string[] }): Promise<Date | null>
  /** Called, on this process, after a commit that made a job due. Gives the way to stop. */
  onCreated(listener: () => void): () => void
}

/** A message that waits for one recipient at least. */
export interface QueueEntry {
  id: number
  accountId: number
  mailFrom: string
  /** Octets. */
  size: number
  createdAt: Date
  /** When it may be sent: later than now where its sender wants it held. */
  sendAt: Date
  /** Null where it is set aside: `crashes` attempts in a row broke down, or took their process down. */
  nextAttemptAt: Date | null
  /** Being sent now. */
  isRunning: boolean
  crashes: number
  /** The recipients who don't have it yet, with the last word about each. */
  waiting: { address: string; attempts: number; reply: string | null }[]
}

/** What waits to be sent, of all accounts. */
export interface Queue {
  list(): AsyncIterable<QueueEntry>
  /** By the id of the submission; null where it waits for nothing. */
  get(id: number): Promise<QueueEntry | null>
  /**
   * Makes one message, or (null) all, due now, also what was set aside; not what is being sent, nor what its sender
   * wants held. How many. Other processes see it within seconds.
   */
  retry(id: number | null): Promise<number>
  /** Gives up the recipients that wait, with this as the last word about them. `running`: it is being sent now. */
  remove(id: number, reply: string): Promise<'removed' | 'running' | 'missing'>
}
