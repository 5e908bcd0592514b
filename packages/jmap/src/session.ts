// The Session object: RFC 8620 §2, RFC 8621 §1.3, RFC 9749 §3.
import { createHash } from 'node:crypto'
import {
  COLLATIONS,
  formatId,
  MAX_HOLD,
  MAX_MAILBOX_DEPTH,
  MAX_MAILBOX_NAME,
  type Principal,
  type ServerKey,
} from '@tandem/mailstore'
import type { FastifyRequest } from 'fastify'
import type { JsonObject } from './api/json.js'
import { attachmentsLimit, type Limits } from './api/limits.js'
import { CORE, MAIL, SUBMISSION, VACATION, WEBPUSH_VAPID } from './methods/table.js'
import { EMAIL_SORT_OPTIONS } from './objects/email-query.js'

/** Routes and, with their variables, the templates that the session shows (RFC 6570, level 1). */
export const PATHS = {
  wellKnown: '/.well-known/jmap',
  session: '/jmap/session',
  api: '/jmap/api',
  upload: '/jmap/upload/',
  download: '/jmap/download/',
  eventSource: '/jmap/eventsource',
  eventTicket: '/jmap/eventsource/ticket',
} as const

/** What URLs begin with: the public URL where one is set, else what this request was sent to. */
export function baseUrl(request: FastifyRequest, publicUrl: string | undefined): string {
  return publicUrl === undefined ? `${request.protocol}://${request.host}` : publicUrl.replace(/\/+$/, '')
}

/** `pushKey`: what pushes are signed with. */
export function renderSession(
  principal: Principal,
  limits: Limits,
  base: string,
  pushKey: Pick<ServerKey, 'publicKey'>,
): JsonObject {
  const accountId = formatId('account', principal.accountId)
  const session = {
    capabilities: {
      [CORE]: {
        ...limits,
        collationAlgorithms: COLLATIONS,
      },
      [MAIL]: {},
      [SUBMISSION]: {},
      [VACATION]: {},
      [WEBPUSH_VAPID]: { applicationServerKey: Buffer.from(pushKey.publicKey).toString('base64url') },
    },
    accounts: {
      [accountId]: {
        name: principal.name,
        isPersonal: true,
        isReadOnly: false,
        accountCapabilities: {
          [CORE]: {},
          [MAIL]: {
            maxMailboxesPerEmail: null,
            maxMailboxDepth: MAX_MAILBOX_DEPTH,
            maxSizeMailboxName: MAX_MAILBOX_NAME,
            maxSizeAttachmentsPerEmail: attachmentsLimit(limits),
            emailQuerySortOptions: EMAIL_SORT_OPTIONS,
            mayCreateTopLevelMailbox: true,
          },
          [SUBMISSION]: {
            maxDelayedSend: MAX_HOLD,
            submissionExtensions: submissionExtensions(limits),
          },
          [VACATION]: {},
        },
      },
    },
    primaryAccounts: { [MAIL]: accountId, [SUBMISSION]: accountId, [VACATION]: accountId },
    username: principal.name,
    apiUrl: base + PATHS.api,
    downloadUrl: `${base}${PATHS.download}{accountId}/{blobId}/{name}?type={type}`,
    uploadUrl: `${base}${PATHS.upload}{accountId}/`,
    eventSourceUrl: `${base}${PATHS.eventSource}?types={types}&closeafter={closeafter}&ping={ping}`,
  }
  return { ...session, state: hash(session) }
}

/** RFC 8621 §1.3.2: the extensions whose parameters an envelope may have. */
function submissionExtensions({ maxSizeUpload }: Limits): Record<string, string[]> {
  return {
    SIZE: [String(maxSizeUpload)],
    DSN: [],
    // Without EHLO's second argument, the time that ends the longest hold: the session would change every second.
    FUTURERELEASE: [String(MAX_HOLD)],
    SMTPUTF8: [],
  }
}

/** Changes when, and only when, the session does. */
export function sessionState(...session: Parameters<typeof renderSession>): string {
  return renderSession(...session).state as string
}

function hash(session: JsonObject): string {
  return createHash('sha256').update(JSON.stringify(session)).digest('hex').slice(0, 16)
}
