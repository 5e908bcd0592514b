/**
 * What can go wrong, in the store's own words. Each protocol maps every code in one table of its own,
 * `satisfies Record<MailstoreErrorCode, …>`, so a new code fails to compile until both answer it.
 */
export const MAILSTORE_ERROR_CODES = [
  'accountNotFound',
  'anchorNotFound',
  'blobNotFound',
  'cannotCalculateChanges',
  'cannotUnsend',
  'diskFull',
  'emailNotFound',
  'emailNeedsMailbox',
  'forbidden',
  'forbiddenFrom',
  'identityNotFound',
  'identityProtected',
  'invalidAddress',
  'invalidBytes',
  'invalidHold',
  'invalidKeyword',
  'invalidMailboxName',
  'invalidMailboxParent',
  'invalidMailboxRole',
  'invalidPassword',
  'invalidRights',
  'invalidText',
  'loginDeferred',
  'loginNotFound',
  'loginTaken',
  'mailboxExists',
  'mailboxHasChild',
  'mailboxHasEmail',
  'mailboxNotFound',
  'mailboxProtected',
  'mailboxRoleTaken',
  'overQuota',
  'principalNotFound',
  'submissionNotFound',
  'tooLarge',
  'tooManyHeld',
  'tooManyKeywords',
  'unavailable',
  'unsupportedFilter',
  'unsupportedSort',
] as const

export type MailstoreErrorCode = (typeof MAILSTORE_ERROR_CODES)[number]

/** The only error the store throws on purpose; anything else is a fault of the program or of the database. */
export class MailstoreError extends Error {
  override readonly name = 'MailstoreError'
  /**
   * Of `unavailable`: `none` where surely nothing was done, so that the same may be asked again; `unknown` where the
   * connection was lost before the answer came, and all of it may have been done.
   */
  readonly outcome?: 'none' | 'unknown'
  constructor(
    readonly code: MailstoreErrorCode,
    message: string,
    options: ErrorOptions & { outcome?: 'none' | 'unknown' } = {},
  ) {
    super(message, options)
    if (options.outcome) this.outcome = options.outcome
  }
}

/** A login was not judged, whatever its password; to be tried again after so many seconds. */
export class LoginDeferred extends MailstoreError {
  constructor(
    /** `left`: the client is gone. */
    readonly why: 'banned' | 'busy' | 'left',
    readonly retryAfter: number,
  ) {
    super('loginDeferred', `${WHY[why]}; try again in ${retryAfter} s`)
  }
}

const WHY = {
  banned: 'too many wrong passwords',
  busy: 'too many logins at once',
  left: 'the client is gone',
} as const
