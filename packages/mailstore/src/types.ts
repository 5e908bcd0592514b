import type { ReadingRoomOptions } from '@tandem/mime'
import type { Housekeeping } from './account/housekeeping.js'
import type { Account } from './account/types.js'
import type { CheckOptions, Violation } from './check/types.js'
import type { Clients } from './client/types.js'
import type { Disk } from './db/disk.js'
import type { Directory, Domains } from './directory/types.js'
import type { GuardOptions } from './guard/guard.js'
import type { Guard } from './guard/types.js'
import type { PushSubscriptions, PushTickets } from './push/types.js'
import type { Sessions } from './session/types.js'
import type { Jobs, Queue } from './submission/types.js'
import type { Trace } from './trace/types.js'

/** What a package needs of a logger; pino fits. Never given a secret or a message's body. */
export interface Logger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export interface MailstoreOptions {
  /** postgres://user:password@host:port/database */
  url: string
  log?: Logger
  /** Connections for commands; announcing has two of its own. Default 10. */
  poolSize?: number
  /** Octets that cached views may hold; the least recently used go first. Default 128 MiB, two million messages. */
  viewMemory?: number
  /** Bounds of reading what others wrote; the defaults suit a server (docs/adr/0015). */
  reading?: ReadingRoomOptions
  guard?: GuardOptions
}

/** The one store: accounts, who may log in, and due work. */
export interface Mailstore {
  account(id: number): Account
  readonly directory: Directory
  readonly domains: Domains
  readonly jobs: Jobs
  readonly tickets: PushTickets
  readonly push: PushSubscriptions
  readonly queue: Queue
  readonly housekeeping: Housekeeping
  readonly clients: Clients
  readonly trace: Trace
  readonly sessions: Sessions
  readonly disk: Disk
  readonly guard: Guard
  /**
   * Proves the invariants of db/README.md, account by account, each in one snapshot; what is broken, as it is found.
   * With `repair` it is mended under the account's lock where that can be done honestly. Errors: unavailable.
   */
  check(options?: CheckOptions): AsyncIterable<Violation>
  /** Resolves where the database answers. */
  ping(): Promise<void>
  /** Waits for what runs, then closes every connection. */
  close(): Promise<void>
}
