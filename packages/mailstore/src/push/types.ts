import type { DataType, Marks } from '../changes/types.js'
import type { Principal } from '../directory/types.js'

/** Who may open an event source without a password, for a short time. A ticket ends with the login that asked for it. */
export interface PushTickets {
  /**
   * A new ticket for that many seconds; null where the credential (`Directory.credentialVersion`) stands no more. A
   * principal has 100 at most: the one that ends first goes.
   */
  issue(principal: Principal, credential: string, seconds: number): Promise<string | null>
  /** Whose it is; null for what is no ticket, or one no more. */
  open(ticket: string): Promise<{ principal: Principal; credential: string } | null>
}

/** Who made a subscription: it is seen by, and goes with, that credential alone (RFC 8620 §7.2). */
export interface PushOwner {
  accountId: number
  principalId: number
  credentialId: number
}

/** What the client chose to be told of: names that are its own, and the data types that they stand for. */
export interface PushTypes {
  names: string[]
  watched: DataType[]
}

export interface PushSubscription {
  id: number
  deviceClientId: string
  /** Null until the client has sent it back. */
  verificationCode: string | null
  expires: Date
  /** Null for all. */
  types: string[] | null
}

export interface NewPushSubscription {
  deviceClientId: string
  url: string
  /** RFC 8291: an uncompressed point of P-256, 65 octets, and 16 octets. Null: nothing is encrypted. */
  keys: { p256dh: Uint8Array; auth: Uint8Array } | null
  /** Null, or too far away: as late as can be. */
  expires: Date | null
  types: PushTypes | null
}

export interface PushSubscriptionChange {
  expires?: Date | null
  types?: PushTypes | null
  /** That it came back, which the caller has found out. */
  isVerified?: true
}

/** Under the lock of the owner's account. */
export interface PushTransactor {
  list(): Promise<PushSubscription[]>
  /** `tooMany`: of this principal at a time; `tooFast`: made within an hour. */
  create(subscription: NewPushSubscription): Promise<PushSubscription | 'tooMany' | 'tooFast'>
  /** Whether this is the code that was sent to the URL. */
  isCode(id: number, code: string): Promise<boolean>
  /** As it is afterwards; null where it is not the owner's. */
  update(id: number, change: PushSubscriptionChange): Promise<PushSubscription | null>
  /** False where it is not the owner's. Its URL and keys go with the row. */
  destroy(id: number): Promise<boolean>
}

/** P-256: 65 octets, uncompressed, and 32 octets. */
export interface ServerKey {
  publicKey: Uint8Array
  privateKey: Uint8Array
}

/** A subscription that somebody is to be told something at, and the lease on it. */
export interface PushClaim {
  accountId: number
  id: number
  lease: string
  /** Failed ones in a row. */
  attempts: number
  url: string
  keys: { p256dh: Uint8Array; auth: Uint8Array } | null
  serverKey: ServerKey
  /** What is to be sent: the code, while it is not verified. */
  isVerified: boolean
  verificationCode: string
  types: string[] | null
  /** When the last push went out, and now. */
  told: Marks
  marks: Marks
}

/**
 * Who is told of changes by a request to a URL: RFC 8620 §7.2. A transaction that moves a mark makes the account's
 * subscriptions due with its own COMMIT, so that no change is forgotten; whoever holds the lease tells it.
 */
export interface PushSubscriptions {
  /** Those that have not expired. */
  list(owner: PushOwner): Promise<PushSubscription[]>
  /** One transaction; null where the credential stands no more. */
  transact<T>(owner: PushOwner, work: (tx: PushTransactor) => Promise<T>): Promise<T | null>
  /** The key that requests are signed with (RFC 8292), the same in all processes; another one within a minute. */
  serverKey(): Promise<ServerKey>
  /** What is due. One that is not verified is given once, and not again before it is. */
  claim(options: { limit: number; leaseMs: number }): Promise<PushClaim[]>
  /** These marks were told. Due again, after a pause, where they are not the latest. */
  told(claim: PushClaim, marks: Marks, pauseMs: number): Promise<void>
  /** Gives the lease back. It failed, and is due again after that time; null: it is due when it was. */
  release(claim: PushClaim, retryMs: number | null): Promise<void>
  /** The URL is none any more. */
  remove(claim: PushClaim): Promise<void>
  /** When there may be something to claim, by the database's clock; null where nothing is waiting. */
  nextDue(): Promise<Date | null>
  /** Called when a transaction of this process made something due. Gives the way to end it. */
  onDue(listener: () => void): () => void
}
