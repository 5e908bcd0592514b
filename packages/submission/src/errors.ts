import { MailstoreError, type MailstoreErrorCode } from '@tandem/mailstore'

/** What an SMTP or LMTP client is told: RFC 5321 §4.2, RFC 3463. */
export interface Reply {
  code: number
  /** RFC 5248. */
  status: string
  text: string
}

/** What no delivery and no submission can cause: the client may try again, and the log tells why. */
const fault: Reply = { code: 451, status: '4.3.0', text: 'a fault of this server, try again later' }

const noMailbox: Reply = { code: 550, status: '5.1.1', text: 'there is no such mailbox here' }

export const REPLIES = {
  accountNotFound: noMailbox,
  anchorNotFound: fault,
  blobNotFound: fault,
  cannotCalculateChanges: fault,
  cannotUnsend: fault,
  // RFC 3463 §3.4, X.3.1: mail system full.
  diskFull: { code: 452, status: '4.3.1', text: 'the disk of this server is full, try again later' },
  emailNotFound: fault,
  emailNeedsMailbox: fault,
  forbidden: fault,
  forbiddenFrom: { code: 550, status: '5.7.1', text: 'that address is not yours to send as' },
  identityNotFound: fault,
  identityProtected: fault,
  invalidAddress: { code: 553, status: '5.1.3', text: 'that is no address' },
  invalidBytes: { code: 554, status: '5.6.0', text: 'the message holds a NUL octet' },
  // RFC 4865 §4.2, items 10 and 11.
  invalidHold: { code: 501, status: '5.5.4', text: 'a message cannot be held like that' },
  invalidKeyword: fault,
  invalidMailboxName: fault,
  invalidMailboxParent: fault,
  invalidMailboxRole: fault,
  invalidPassword: fault,
  invalidRights: fault,
  invalidText: fault,
  // RFC 4954 §6
  loginDeferred: { code: 454, status: '4.7.0', text: 'too many logins or wrong passwords, try again later' },
  loginNotFound: noMailbox,
  loginTaken: fault,
  mailboxExists: fault,
  mailboxHasChild: fault,
  mailboxHasEmail: fault,
  mailboxNotFound: fault,
  mailboxProtected: fault,
  mailboxRoleTaken: fault,
  // Temporary, RFC 3463 §3.3 leaves it open: mail waits with its sender until there is room again.
  overQuota: { code: 452, status: '4.2.2', text: 'the mailbox is full' },
  principalNotFound: fault,
  submissionNotFound: fault,
  tooLarge: { code: 552, status: '5.3.4', text: 'the message is larger than this server takes' },
  // RFC 4865 §6, items 4 and 5.
  tooManyHeld: { code: 552, status: '5.7.16', text: 'too much mail of yours is held already' },
  tooManyKeywords: fault,
  unavailable: fault,
  unsupportedFilter: fault,
  unsupportedSort: fault,
} satisfies Record<MailstoreErrorCode, Reply>

/** An error with a reply of its own. */
export class SmtpError extends Error {
  override readonly name = 'SmtpError'
  /** What `smtp-server` takes the reply's code from. */
  readonly responseCode: number
  constructor(readonly reply: Reply) {
    super(`${reply.status} ${reply.text}`)
    this.responseCode = reply.code
  }
}

/** `refusal(550, '5.1.1', 'there is no such mailbox here')` */
export function refusal(code: number, status: string, text: string): SmtpError {
  return new SmtpError({ code, status, text })
}

/** The reply that an error of whatever kind stands for; what nobody foresaw is temporary. */
export function replyFor(error: unknown): Reply {
  if (error instanceof SmtpError) return error.reply
  return error instanceof MailstoreError ? REPLIES[error.code] : fault
}

/** Whether an error tells of a fault here, and so belongs in the log. */
export function isFault(error: unknown): boolean {
  return replyFor(error) === fault
}

/** `250 2.1.5 delivered`: what a queue keeps of a reply, in the form of RFC 8621 §7. */
export function formatReply({ code, status, text }: Reply): string {
  return `${code} ${status} ${text}`
}
