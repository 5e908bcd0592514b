import { blobCopy } from './blob/copy.js'
import { echo } from './core/echo.js'
import { emailChanges } from './email/changes.js'
import { emailCopy } from './email/copy.js'
import { emailGet } from './email/get.js'
import { emailImport } from './email/import.js'
import { emailParse } from './email/parse.js'
import { emailQuery } from './email/query.js'
import { emailQueryChanges } from './email/query-changes.js'
import { emailSet } from './email/set.js'
import { emailSubmissionChanges } from './email-submission/changes.js'
import { emailSubmissionGet } from './email-submission/get.js'
import { emailSubmissionQuery } from './email-submission/query.js'
import { emailSubmissionQueryChanges } from './email-submission/query-changes.js'
import { emailSubmissionSet } from './email-submission/set.js'
import { identityChanges } from './identity/changes.js'
import { identityGet } from './identity/get.js'
import { identitySet } from './identity/set.js'
import { mailboxChanges } from './mailbox/changes.js'
import { mailboxGet } from './mailbox/get.js'
import { mailboxQuery } from './mailbox/query.js'
import { mailboxQueryChanges } from './mailbox/query-changes.js'
import { mailboxSet } from './mailbox/set.js'
import type { Handler } from './method.js'
import { pushSubscriptionGet } from './push-subscription/get.js'
import { pushSubscriptionSet } from './push-subscription/set.js'
import { searchSnippetGet } from './search-snippet/get.js'
import { threadChanges } from './thread/changes.js'
import { threadGet } from './thread/get.js'
import { vacationResponseGet } from './vacation-response/get.js'
import { vacationResponseSet } from './vacation-response/set.js'

export const CORE = 'urn:ietf:params:jmap:core'
export const MAIL = 'urn:ietf:params:jmap:mail'
export const SUBMISSION = 'urn:ietf:params:jmap:submission'
export const VACATION = 'urn:ietf:params:jmap:vacationresponse'
/** RFC 9749 §3: no methods, only what the session says. */
export const WEBPUSH_VAPID = 'urn:ietf:params:jmap:webpush-vapid'

export interface Method {
  name: string
  /** What `using` must hold for it to be there. */
  capability: string
  run: Handler
  rfc: string
}

const TABLE: Method[] = [
  { name: 'Core/echo', capability: CORE, run: echo, rfc: 'RFC 8620 §4' },
  { name: 'Blob/copy', capability: CORE, run: blobCopy, rfc: 'RFC 8620 §6.3' },
  { name: 'PushSubscription/get', capability: CORE, run: pushSubscriptionGet, rfc: 'RFC 8620 §7.2.1' },
  { name: 'PushSubscription/set', capability: CORE, run: pushSubscriptionSet, rfc: 'RFC 8620 §7.2.2' },
  { name: 'Mailbox/get', capability: MAIL, run: mailboxGet, rfc: 'RFC 8621 §2.1' },
  { name: 'Mailbox/changes', capability: MAIL, run: mailboxChanges, rfc: 'RFC 8621 §2.2' },
  { name: 'Mailbox/query', capability: MAIL, run: mailboxQuery, rfc: 'RFC 8621 §2.3' },
  { name: 'Mailbox/queryChanges', capability: MAIL, run: mailboxQueryChanges, rfc: 'RFC 8621 §2.4' },
  { name: 'Mailbox/set', capability: MAIL, run: mailboxSet, rfc: 'RFC 8621 §2.5' },
  { name: 'Thread/get', capability: MAIL, run: threadGet, rfc: 'RFC 8621 §3.1' },
  { name: 'Thread/changes', capability: MAIL, run: threadChanges, rfc: 'RFC 8621 §3.2' },
  { name: 'Email/get', capability: MAIL, run: emailGet, rfc: 'RFC 8621 §4.2' },
  { name: 'Email/changes', capability: MAIL, run: emailChanges, rfc: 'RFC 8621 §4.3' },
  { name: 'Email/query', capability: MAIL, run: emailQuery, rfc: 'RFC 8621 §4.4' },
  { name: 'Email/queryChanges', capability: MAIL, run: emailQueryChanges, rfc: 'RFC 8621 §4.5' },
  { name: 'Email/set', capability: MAIL, run: emailSet, rfc: 'RFC 8621 §4.6' },
  { name: 'Email/copy', capability: MAIL, run: emailCopy, rfc: 'RFC 8621 §4.7' },
  { name: 'Email/import', capability: MAIL, run: emailImport, rfc: 'RFC 8621 §4.8' },
  { name: 'Email/parse', capability: MAIL, run: emailParse, rfc: 'RFC 8621 §4.9' },
  { name: 'SearchSnippet/get', capability: MAIL, run: searchSnippetGet, rfc: 'RFC 8621 §5.1' },
  { name: 'Identity/get', capability: SUBMISSION, run: identityGet, rfc: 'RFC 8621 §6.1' },
  { name: 'Identity/changes', capability: SUBMISSION, run: identityChanges, rfc: 'RFC 8621 §6.2' },
  { name: 'Identity/set', capability: SUBMISSION, run: identitySet, rfc: 'RFC 8621 §6.3' },
  { name: 'EmailSubmission/get', capability: SUBMISSION, run: emailSubmissionGet, rfc: 'RFC 8621 §7.1' },
  {
    name: 'EmailSubmission/changes',
    capability: SUBMISSION,
    run: emailSubmissionChanges,
    rfc: 'RFC 8621 §7.2',
  },
  { name: 'EmailSubmission/query', capability: SUBMISSION, run: emailSubmissionQuery, rfc: 'RFC 8621 §7.3' },
  {
    name: 'EmailSubmission/queryChanges',
    capability: SUBMISSION,
    run: emailSubmissionQueryChanges,
    rfc: 'RFC 8621 §7.4',
  },
  { name: 'EmailSubmission/set', capability: SUBMISSION, run: emailSubmissionSet, rfc: 'RFC 8621 §7.5' },
  { name: 'VacationResponse/get', capability: VACATION, run: vacationResponseGet, rfc: 'RFC 8621 §8.1' },
  { name: 'VacationResponse/set', capability: VACATION, run: vacationResponseSet, rfc: 'RFC 8621 §8.2' },
]

export const METHODS: ReadonlyMap<string, Method> = new Map(TABLE.map((method) => [method.name, method]))

/** What the server supports: the capabilities that have a method, and VAPID. */
export const CAPABILITIES: ReadonlySet<string> = new Set([
  ...TABLE.map(({ capability }) => capability),
  WEBPUSH_VAPID,
])
