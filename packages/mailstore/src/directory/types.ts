import type { LoginOrigin } from '../guard/types.js'
import type { Share } from '../rights/types.js'
import type { ScramChannel, ScramError } from './scram.js'

/** Somebody who logged in, or whom mail is for. */
export interface Principal {
  id: number
  accountId: number
  /** The primary login, `name@domain` in lower case. */
  name: string
  /** `name` and the aliases: what the principal may send as, and what mail reaches it by. Without catch-alls. */
  addresses: string[]
  /** Which credential was right, where somebody logged in. */
  credentialId?: number
  /** By which of `addresses`, and with which generation of the credential: what its session stands and falls with. */
  login?: { name: string; generation: number }
}

export interface AccountEntry {
  accountId: number
  name: string
  aliases: string[]
  createdAt: Date
  usedBytes: number
  quotaBytes: number | null
}

/** Logins and accounts: what is found without an account. Names are compared in lower case. */
export interface Directory {
  /**
   * Makes the account with its six mailboxes, its principal, login and password. `options.name`: what its identity is
   * called. Errors: invalidAddress, invalidPassword, invalidText, loginTaken.
   */
  createAccount(
    name: string,
    password: string,
    options?: { quotaBytes?: number; name?: string },
  ): Promise<Principal>
  list(): Promise<AccountEntry[]>
  /** By primary name or alias. Errors: loginNotFound, invalidPassword. */
  setPassword(name: string, password: string): Promise<void>
  /** Errors: loginNotFound, where this is no account's own name. */
  requireAccount(name: string): Promise<void>
  /** Removes the account and all of its mail at once. Errors: loginNotFound (also for an alias). */
  deleteAccount(name: string): Promise<void>
  /** Ends all sessions of the account, which may log in again. Errors: loginNotFound. */
  endSessions(name: string): Promise<void>
  /**
   * `@domain` is a catch-all: it has the mail of the domain that no account or alias has, except postmaster's. It is no
   * login, and has no identity. Errors: invalidAddress, loginTaken, loginNotFound.
   */
  addAlias(alias: string, name: string): Promise<void>
  /** With the identities that are of this address. Errors: loginNotFound (also for the name of an account). */
  removeAlias(alias: string): Promise<void>
  /**
   * The principal where the password is right, by primary name or alias; null otherwise, after the same time. Of a login
   * from outside `origin` says whence: the guard is asked first, and null comes after a pause. Errors: loginDeferred,
   * which is no verdict.
   */
  authenticate(name: string, password: string, origin?: LoginOrigin): Promise<Principal | null>
  /**
   * Begins a login by SCRAM-SHA-256 (RFC 7677): nothing is looked up before the client's first message. `origin` as in
   * `authenticate`.
   */
  scram(channel: ScramChannel, origin?: LoginOrigin): ScramLogin
  /**
   * For caches of verified passwords: an opaque string that is another one after every change of the password and
   * each endSessions(), null once the login is gone. One indexed query, no hashing.
   */
  credentialVersion(name: string): Promise<string | null>
  /**
   * Who gets mail for this address; null where nobody does. `local+tag@domain` is `local@domain` where nobody has
   * the whole of it; what nobody has is the catch-all's.
   */
  resolve(address: string): Promise<Principal | null>
  /** Whose login or catch-all exactly this is. */
  find(name: string): Promise<Principal | null>
  /** The account that was made first; null where there is none. */
  oldest(): Promise<Principal | null>
  /** Where mail for each of these addresses goes, in two queries, however many they are; as `resolve` has it. */
  destinations(addresses: readonly string[]): Promise<Map<string, Destination>>
  /** The accounts of others that this principal may open, by their owners' names. */
  sharesOf(principalId: number): Promise<Share[]>
  /** Whether any login has this domain, so that an unknown address in it is unknown for good. */
  isLocalDomain(domain: string): Promise<boolean>
}

/** Whose an address is; or that it is nobody's, in a domain of ours, or that its domain is none of ours. */
export type Destination = Principal | 'unknown' | 'elsewhere'

/** One exchange of SCRAM; messages are Unicode text, without base64. Errors: unavailable, loginDeferred. */
export interface ScramLogin {
  /** client-first-message → server-first-message. */
  first(message: string): Promise<{ type: 'challenge'; message: string } | ScramFailure>
  /**
   * client-final-message → server-final-message, and who it is. `authorizationId`, '' where none was given, is whom
   * the client wants to act for: whether it may, the caller decides before it sends the message.
   */
  final(
    message: string,
  ): Promise<
    { type: 'success'; message: string; principal: Principal; authorizationId: string } | ScramFailure
  >
}

/** `name`: who failed to prove a password, where a message got that far. */
export interface ScramFailure {
  type: 'failed'
  error: ScramError
  name: string | null
}

export type SigningAlgorithm = 'rsa' | 'ed25519'

/** A key that mail from a domain is signed with (RFC 6376). */
export interface DomainKey {
  selector: string
  algorithm: SigningAlgorithm
  /** PKCS #8, DER. */
  privateKey: Uint8Array
  createdAt: Date
}

export interface DomainEntry {
  /** In lower case, U-labels. */
  name: string
  /** Names and aliases in it; a domain is ours where there are any. */
  addresses: number
  selectors: string[]
}

/** Domains, and the keys that their mail is signed with. Which are ours, the logins say. */
export interface Domains {
  /** False where the domain has a key of that selector already. Errors: invalidAddress. */
  addKey(domain: string, key: Omit<DomainKey, 'createdAt'>): Promise<boolean>
  /** Every domain with an address or a key. */
  list(): Promise<DomainEntry[]>
  /** All keys of exactly this domain, by selector. */
  keys(domain: string): Promise<DomainKey[]>
  /** One key, or all of the domain; how many there were. Errors: invalidAddress. */
  removeKeys(domain: string, selector?: string): Promise<number>
}
