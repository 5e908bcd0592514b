export interface NewSubmission {
  principalId: number
  /** Of a blob in the account. */
  digest: Uint8Array
  /** The reverse path without brackets; '' is the null one. */
  mailFrom: string
  /** ESMTP parameters of MAIL, names in upper case. */
  mailFromParameters?: Record<string, string | null>
  recipients: readonly { address: string; parameters?: Record<string, string | null> }[]
  /** Default: now. */
  sendAt?: Date
}

export type RecipientState = 'queued' | 'delivered' | 'failed'

export interface SubmissionRecipient {
  address: string
  parameters: Record<string, string | null>
  state: RecipientState
  attempts: number
  /** The last word about it, an SMTP reply where there was one. */
  reply: string | null
}

export interface Submission {
  id: number
  principalId: number
  digest: Uint8Array
  size: number
  mailFrom: string
  mailFromParameters: Record<string, string | null>
  createdAt: Date
  sendAt: Date
  recipients: SubmissionRecipient[]
}

/** What became of one recipient in one attempt. `queued`: try again. */
export interface Outcome {
  address: string
  state: RecipientState
  reply: string
}

export interface SubmissionReader {
  get(id: number): Promise<Submission | null>
}

export interface SubmissionTransactor extends SubmissionReader {
  /** Stores it and a job that is due at sendAt. Errors: blobNotFound. */
  create(submission: NewSubmission): Promise<number>
  /**
   * Writes an attempt's outcomes, then ends its job, or moves it to `retryAt` where a recipient is still queued.
   * Gives false, and writes nothing, where the lease is no longer held. Errors: submissionNotFound.
   */
  record(job: Job, outcomes: readonly Outcome[], retryAt: Date): Promise<boolean>
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
  lease: string
}

export interface Jobs {
  /** Leases due jobs for `leaseMs`, committed before it returns; other processes pass them over meanwhile. */
  claim(options: { limit: number; leaseMs: number }): Promise<Job[]>
  /** Lets a lease end `leaseMs` from now. False where it is no longer held: somebody else has the job, or it is done. */
  renew(job: Job, leaseMs: number): Promise<boolean>
  /** When the next job is due or its lease ends; null where there is none. */
  nextDue(): Promise<Date | null>
  /** Called, on this process, after a commit that made a job due. Gives the way to stop. */
  onCreated(listener: () => void): () => void
}
