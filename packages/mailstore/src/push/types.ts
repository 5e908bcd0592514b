import type { Principal } from '../directory/types.js'

/** Who may open an event source without a password, for a short time. Tickets go with the credential. */
export interface PushTickets {
  /**
   * A new ticket for that many seconds; null where the credential (`Directory.credentialVersion`) stands no more. A
   * principal has 100 at most: the one that ends first goes.
   */
  issue(principal: Principal, credential: string, seconds: number): Promise<string | null>
  /** Whose it is; null for what is no ticket, or one no more. */
  open(ticket: string): Promise<{ principal: Principal; credential: string } | null>
}
