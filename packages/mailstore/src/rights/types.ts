/** RFC 4314 §2.1, in its order; its obsolete `c` and `d` stand for several and are the protocol's to read. */
export const ALL_RIGHTS = 'lrswipkxtea'

/** What a principal may do in an account. */
export interface Rights {
  /** The account is his own: he has every right in every mailbox. */
  isOwner: boolean
  /**
   * Another number after every change of his rights, 0 for the owner: what he was told of under another one is told
   * again from the beginning.
   */
  epoch: number
  /** Letters of ALL_RIGHTS in its order, by mailbox; where he has none, there is no entry. */
  byMailbox: ReadonlyMap<number, string>
}

/** A principal, with the account that is his own: somebody who may be given rights in another. */
export interface Grantee {
  id: number
  accountId: number
}

export interface RightsReader {
  /** The effective rights of a principal, the owner's or a guest's; none at all for everybody else. */
  of(principalId: number): Promise<Rights>
  /** Who besides the owner has which rights in a mailbox (RFC 4314 §3.3), by principal. */
  on(mailboxId: number): Promise<{ principalId: number; accountId: number; rights: string }[]>
}

export interface RightsTransactor extends RightsReader {
  /**
   * Gives a principal exactly these rights in a mailbox, '' for none; their order does not matter. Errors:
   * mailboxNotFound, principalNotFound, invalidRights for other letters, or where it is the owner, who keeps all.
   */
  set(mailboxId: number, principal: Grantee, rights: string): Promise<void>
}

/** An account that somebody else may open. */
export interface Share {
  accountId: number
  /** Its owner's primary login. */
  name: string
  epoch: number
}
