export type ClientProtocol = 'imap' | 'jmap' | 'submission'

/** Somebody is using a program just now. */
export interface ClientSighting {
  accountId: number
  principalId: number
  protocol: ClientProtocol
  /** What the program says of itself: IMAP's ID, HTTP's User-Agent. Null where it says nothing. */
  client: string | null
  /** What it logged in with. */
  credentialId?: number
}

export interface ClientUse {
  accountId: number
  principalId: number
  /** The principal's primary login. */
  name: string
  protocol: ClientProtocol
  /** At most 200 characters of one line; null where the program does not say. */
  client: string | null
  credentialId: number | null
  firstSeen: Date
  /** Up to ten minutes early: what is seen again within that time is not written. */
  lastSeen: Date
}

/** Who uses which protocol, with which program. */
export interface Clients {
  /**
   * Remembers it; written later, many at a time, under no lock. Costs no query and never fails. Of each principal the 50
   * last seen are kept.
   */
  saw(sighting: ClientSighting): void
  /** By account and principal. `since`: last seen then or later. Errors: unavailable. */
  list(filter?: { accountId?: number; protocol?: ClientProtocol; since?: Date }): AsyncIterable<ClientUse>
  /** Writes what is remembered. What can't be written now is kept for the next time. Errors: unavailable. */
  flush(): Promise<void>
}
