import { MailstoreError, type MailstoreErrorCode } from '@tandem/mailstore'

/** RFC 8620 §3.6.2, and the standard methods' own in §5. */
export type MethodErrorType =
  | 'accountNotFound'
  | 'accountNotSupportedByMethod'
  | 'anchorNotFound'
  | 'cannotCalculateChanges'
  | 'forbidden'
  | 'fromAccountNotFound'
  | 'invalidArguments'
  | 'invalidResultReference'
  | 'requestTooLarge'
  | 'serverFail'
  | 'serverUnavailable'
  | 'stateMismatch'
  | 'tooManyChanges'
  | 'unknownMethod'
  | 'unsupportedFilter'
  | 'unsupportedSort'
  | 'serverPartialFail'

/** Ends a method call; the calls after it run on (RFC 8620 §3.6.2). */
export class MethodError extends Error {
  override readonly name = 'MethodError'
  constructor(
    readonly type: MethodErrorType,
    readonly description?: string,
  ) {
    super(description ?? type)
  }
}

/** RFC 8620 §5.3, RFC 8621 §2.5, §4.6, §4.8, §6.3, §7.5 and §8.2. */
export type SetErrorType =
  | 'alreadyExists'
  | 'blobNotFound'
  | 'cannotUnsend'
  | 'forbidden'
  | 'forbiddenFrom'
  | 'forbiddenMailFrom'
  | 'invalidEmail'
  | 'invalidPatch'
  | 'invalidProperties'
  | 'invalidRecipients'
  | 'mailboxHasChild'
  | 'mailboxHasEmail'
  | 'noRecipients'
  | 'notFound'
  | 'overQuota'
  | 'rateLimit'
  | 'serverFail'
  | 'singleton'
  | 'tooLarge'
  | 'tooManyKeywords'
  | 'tooManyRecipients'
  | 'willDestroy'

/** Why one object of a /set was refused. */
export interface SetError {
  type: SetErrorType
  description?: string
  /** With invalidProperties and invalidEmail: which ones. */
  properties?: string[]
  /** With blobNotFound: which ones. */
  notFound?: string[]
  /** RFC 8621 §7.5: with tooLarge, tooManyRecipients and invalidRecipients. */
  maxSize?: number
  maxRecipients?: number
  invalidRecipients?: string[]
}

export function invalidProperties(properties: string[], description: string): SetError {
  return { type: 'invalidProperties', properties, description }
}

interface Answer {
  method: MethodErrorType
  set: Omit<SetError, 'description'>
}

const properties = (...names: string[]): Answer => ({
  method: 'invalidArguments',
  set: { type: 'invalidProperties', properties: names },
})
const object = (type: SetErrorType): Answer => ({ method: 'serverFail', set: { type } })
const call = (method: MethodErrorType): Answer => ({ method, set: { type: 'serverFail' } })

/** What each of the store's errors is in JMAP: as the end of a call, and as the refusal of one object. */
const ANSWERS = {
  accountNotFound: call('accountNotFound'),
  anchorNotFound: call('anchorNotFound'),
  blobNotFound: properties('blobId'),
  cannotCalculateChanges: call('cannotCalculateChanges'),
  cannotUnsend: object('cannotUnsend'),
  diskFull: call('serverUnavailable'),
  emailNotFound: object('notFound'),
  emailNeedsMailbox: properties('mailboxIds'),
  forbidden: { method: 'forbidden', set: { type: 'forbidden' } },
  forbiddenFrom: object('forbiddenFrom'),
  identityNotFound: object('notFound'),
  identityProtected: object('forbidden'),
  invalidAddress: properties('email'),
  invalidBytes: object('invalidEmail'),
  invalidHold: properties('envelope'),
  invalidKeyword: properties('keywords'),
  invalidMailboxName: properties('name'),
  invalidMailboxParent: properties('parentId'),
  invalidMailboxRole: properties('role'),
  invalidPassword: call('serverFail'),
  invalidRights: properties('shareWith'),
  invalidText: properties(),
  loginNotFound: call('serverFail'),
  loginDeferred: call('serverUnavailable'),
  loginTaken: call('serverFail'),
  mailboxExists: object('alreadyExists'),
  mailboxHasChild: object('mailboxHasChild'),
  mailboxHasEmail: object('mailboxHasEmail'),
  mailboxNotFound: object('notFound'),
  mailboxProtected: object('forbidden'),
  mailboxRoleTaken: properties('role'),
  overQuota: object('overQuota'),
  principalNotFound: properties('shareWith'),
  submissionNotFound: object('notFound'),
  tooLarge: object('tooLarge'),
  tooManyHeld: object('overQuota'),
  tooManyKeywords: object('tooManyKeywords'),
  unavailable: call('serverUnavailable'),
  unsupportedFilter: call('unsupportedFilter'),
  unsupportedSort: call('unsupportedSort'),
} satisfies Record<MailstoreErrorCode, Answer>

/** The end of a method call for an error of the store. */
export function methodErrorOf(error: MailstoreError): MethodError {
  // RFC 8620 §3.6.2: the one error after which a client looks again. Another would say that nothing was done.
  if (error.code === 'unavailable' && error.outcome === 'unknown')
    return new MethodError(
      'serverPartialFail',
      'the mail store was lost before it confirmed: look what was done',
    )
  return new MethodError(ANSWERS[error.code].method, error.message)
}

/** The refusal of one object. What isn't an error about that object is thrown on, and rolls the call back. */
export function setErrorOf(error: unknown): SetError {
  if (!(error instanceof MailstoreError) || ANSWERS[error.code].set.type === 'serverFail') throw error
  return { ...ANSWERS[error.code].set, description: error.message }
}
