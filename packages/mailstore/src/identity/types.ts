import type { EmailAddress } from '@tandem/mime'

/** Somebody that mail of the account can come from (RFC 8621 §6). */
export interface Identity {
  id: number
  name: string
  /** As it was given when it was made; it never changes. */
  email: string
  replyTo: EmailAddress[] | null
  bcc: EmailAddress[] | null
  textSignature: string
  /** To be put into a `<body>`; nobody looked whether it is HTML. */
  htmlSignature: string
  /**
   * False for the one that each address of a principal is given with it: a client always finds an identity to send as,
   * and what an address is called and signed with is edited, not lost.
   */
  mayDelete: boolean
  modseq: number
}

/** What a client may change; what is left out stays, or is empty in a new one. */
export type IdentityPatch = Partial<
  Pick<Identity, 'name' | 'replyTo' | 'bcc' | 'textSignature' | 'htmlSignature'>
>

export interface IdentityReader {
  /** All of them, the one of the primary address first; an account has a few. */
  list(): Promise<Identity[]>
  /** Those of the ids that exist, in no order. */
  get(ids: readonly number[]): Promise<Identity[]>
  /**
   * Those of the addresses that this principal must not send as. Its own are its logins and, where nobody else has the
   * whole of it, `login+tag@domain`: the addresses that mail reaches it by. With `catchAll`, also those that it has by
   * a catch-all.
   */
  notOwn(
    principalId: number,
    addresses: readonly string[],
    options?: { catchAll?: boolean },
  ): Promise<string[]>
}

export interface IdentityTransactor extends IdentityReader {
  /**
   * Errors: invalidAddress; forbiddenFrom where `email` is not the principal's, as of `*@domain`, since a login never
   * stands for all of a domain; overQuota beyond a hundred that may be deleted; invalidText.
   */
  create(identity: IdentityPatch & { email: string; principalId: number }): Promise<Identity>
  /** Errors: identityNotFound, invalidText. */
  update(id: number, patch: IdentityPatch): Promise<void>
  /** Errors: identityNotFound, identityProtected where it may not be deleted. */
  destroy(id: number): Promise<void>
}
