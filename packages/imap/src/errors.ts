// Every error of the store as IMAP says it. Codes: RFC 5530; TOOBIG: RFC 4469 §4.2; USEATTR: RFC 6154 §3.
import { LoginDeferred, MailstoreError, type MailstoreErrorCode } from '@tandem/mailstore'
import { Refusal } from './refusal.js'

type Row = readonly [status: 'NO' | 'BAD', code: string | null, text: string]

/** What no command of this package can meet is SERVERBUG: it is ours, not the client's. */
const bug: Row = ['NO', 'SERVERBUG', 'The server made a mistake']

/** What the store was given and no longer has. */
const lost: Row = ['NO', 'CORRUPTION', 'The content of a message is missing']

const ANSWERS = {
  accountNotFound: ['NO', 'CONTACTADMIN', 'The account is gone'],
  anchorNotFound: bug,
  blobNotFound: lost,
  cannotCalculateChanges: bug,
  cannotUnsend: bug,
  // RFC 5530 §3 has nothing nearer: it is temporary, and no quota of the user's.
  diskFull: ['NO', 'UNAVAILABLE', 'The disk of the server is full: nothing can be added, deleting works'],
  emailNotFound: ['NO', 'EXPUNGEISSUED', 'A message is gone'],
  emailNeedsMailbox: bug,
  // RFC 4314 §4; the code is RFC 5530's.
  forbidden: ['NO', 'NOPERM', 'You have not the right to do that'],
  forbiddenFrom: bug,
  identityNotFound: bug,
  identityProtected: bug,
  invalidAddress: bug,
  // RFC 3501 §9, note 3.
  invalidBytes: ['BAD', null, 'A message must not contain NUL'],
  invalidHold: bug,
  invalidKeyword: ['NO', 'CANNOT', 'A keyword of that name cannot be set'],
  invalidMailboxName: ['NO', 'CANNOT', 'A mailbox cannot have that name'],
  invalidMailboxParent: ['NO', 'CANNOT', 'A mailbox cannot be there'],
  invalidMailboxRole: ['NO', 'USEATTR', 'A mailbox cannot have that use'],
  invalidPassword: bug,
  invalidRights: bug,
  invalidText: bug,
  // RFC 5530 §3: for now, and no word of whether the password was right.
  loginDeferred: ['NO', 'UNAVAILABLE', 'Too many logins or wrong passwords; try again later'],
  loginNotFound: bug,
  loginTaken: bug,
  mailboxExists: ['NO', 'ALREADYEXISTS', 'There is a mailbox of that name'],
  mailboxHasChild: ['NO', 'HASCHILDREN', 'The mailbox has mailboxes below it'],
  mailboxHasEmail: bug,
  mailboxNotFound: ['NO', 'NONEXISTENT', 'There is no such mailbox'],
  mailboxProtected: ['NO', 'CANNOT', 'That cannot be done to INBOX'],
  mailboxRoleTaken: ['NO', 'USEATTR', 'Another mailbox has that use'],
  overQuota: ['NO', 'OVERQUOTA', 'The account is over its quota'],
  principalNotFound: bug,
  submissionNotFound: bug,
  tooLarge: ['NO', 'TOOBIG', 'The message is too large'],
  tooManyHeld: bug,
  tooManyKeywords: ['NO', 'LIMIT', 'The account has too many keywords'],
  unavailable: ['NO', 'UNAVAILABLE', 'The mailstore cannot be reached'],
  unsupportedFilter: bug,
  unsupportedSort: bug,
} as const satisfies Record<MailstoreErrorCode, Row>

/** The answer to an error of the store; null for any other error. */
export function refusalFor(error: unknown): Refusal | null {
  if (!(error instanceof MailstoreError)) return null
  const [status, code, text] = ANSWERS[error.code]
  const when = error instanceof LoginDeferred ? ` (in ${error.retryAfter} seconds)` : ''
  return new Refusal(status, text + when, code)
}

/** Whether an error of the store is the server's fault and belongs in the log. */
export function isServersFault(error: MailstoreError): boolean {
  return [bug, lost].includes(ANSWERS[error.code]) || ['unavailable', 'diskFull'].includes(error.code)
}

/** Whether what failed may be done all the same: the database was lost before it confirmed. */
export function isInDoubt(error: unknown): boolean {
  return error instanceof MailstoreError && error.code === 'unavailable' && error.outcome === 'unknown'
}

/** The error of a step that comes after the command's change: what failed is the rest, the change is done. */
export function afterChange(error: unknown): unknown {
  if (!(error instanceof MailstoreError) || error.code !== 'unavailable') return error
  return new MailstoreError('unavailable', error.message, { cause: error, outcome: 'unknown' })
}

/** A target that could be created: RFC 3501 §6.3.11, §6.4.7. */
export function withTryCreate(error: unknown): unknown {
  if (error instanceof MailstoreError && error.code === 'mailboxNotFound') {
    return new Refusal('NO', 'There is no such mailbox', 'TRYCREATE')
  }
  return error
}

/**
 * A NUL in a literal8: RFC 3516 §4.4. A mailbox keeps the octets that came, and BODY[] must be able to give them in a
 * literal, which has no NUL; to encode them anew would break the signatures over them.
 */
export function withUnknownCte(error: unknown): unknown {
  if (error instanceof MailstoreError && error.code === 'invalidBytes') {
    return new Refusal('NO', 'A mailbox cannot hold NUL', 'UNKNOWN-CTE')
  }
  return error
}
