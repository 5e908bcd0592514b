// Delivery status notifications: RFC 3464 in a multipart/report (RFC 6522), from nobody (RFC 5321 §4.5.5); with
// addresses beyond ASCII, the forms of RFC 6533.
import { randomUUID } from 'node:crypto'
import type { Submission } from '@tandem/mailstore'
import { parseMessage } from '@tandem/mime'
import { formatDate, prepend, returnPath } from '../headers.js'
import { isBeyondAscii } from './wire-form.js'

/** RFC 3464 §2.3.3. */
export type Action = 'failed' | 'delayed' | 'delivered' | 'relayed'

/** What there is to say of one recipient. */
export interface Notice {
  address: string
  action: Action
  reply: string
  /** ORCPT, decoded: `rfc822;Bob@example.org`. */
  originalRecipient: string | null
  /** Whose reply it is, where it is another host's. */
  host: string | null
}

export interface ReportOptions {
  hostname: string
  now: Date
  submission: Pick<Submission, 'mailFrom' | 'mailFromParameters' | 'createdAt' | 'sendAt'>
  /** The message that was sent; its header goes with the report, or all of it where the sender wants that. */
  message: Uint8Array
  /** There is more of the message than that. */
  isCut?: boolean
  notices: readonly Notice[]
  /** When the last attempt will be, for what is delayed. */
  giveUpAt: Date
}

/** A larger message is not returned, whatever was asked for (RFC 3461 §6.2 allows that). */
export const MAX_RETURNED = 1024 * 1024

const SUBJECTS: Record<Action, string> = {
  failed: 'Undelivered mail',
  delayed: 'Delayed mail',
  relayed: 'Mail passed on',
  delivered: 'Delivered mail',
}
const ACTIONS = Object.keys(SUBJECTS) as Action[]

/** The bytes of a report to the sender, ready to be filed. */
export function composeReport(options: ReportOptions): Uint8Array {
  const { hostname, now, submission, notices } = options
  const worst = ACTIONS.find((action) => notices.some((notice) => notice.action === action))!
  const status = deliveryStatus(options)
  const isGlobal = isBeyondAscii(status) || isBeyondAscii(submission.mailFrom)
  const boundary = `report-${randomUUID()}`
  const header = [
    `From: Mail Delivery System <mailer-daemon@${hostname}>`,
    `To: <${submission.mailFrom}>`,
    `Subject: ${SUBJECTS[worst]}`,
    `Date: ${formatDate(now)}`,
    `Message-ID: <${randomUUID()}@${hostname}>`,
    // RFC 3834 §5: no vacation message answers this.
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    `Content-Type: multipart/report; report-type=delivery-status;\r\n\tboundary="${boundary}"`,
  ]
  const parts = [
    part('text/plain; charset=utf-8', explanation(options)),
    part(isGlobal ? 'message/global-delivery-status' : 'message/delivery-status', status),
    returned(options, isGlobal),
  ]
  const body = parts.flatMap((bytes) => [Buffer.from(`--${boundary}\r\n`), bytes, Buffer.from('\r\n')])
  const text = Buffer.concat([
    Buffer.from(`${header.join('\r\n')}\r\n\r\n`),
    ...body,
    Buffer.from(`--${boundary}--\r\n`),
  ])
  return prepend(returnPath(''), text)
}

function part(type: string, content: string | Uint8Array): Uint8Array {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  const encoding = bytes.some((octet) => octet > 127) ? '8bit' : '7bit'
  return prepend(`Content-Type: ${type}\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n`, bytes)
}

const HEADINGS: Record<Action, (options: ReportOptions) => string> = {
  failed: ({ hostname }) => `${hostname} could not deliver your message to:`,
  delayed: ({ hostname, giveUpAt }) =>
    `${hostname} could not deliver your message yet to the addresses below, and goes on trying until\r\n${formatDate(giveUpAt)}. You need not send it again.`,
  relayed: ({ hostname }) => `${hostname} passed your message on, to hosts that will say no more of it, for:`,
  delivered: ({ hostname }) => `${hostname} delivered your message to:`,
}

function explanation(options: ReportOptions): string {
  const sections = ACTIONS.flatMap((action) => {
    const mine = options.notices.filter((notice) => notice.action === action)
    if (mine.length === 0) return []
    const lines = mine.map(({ address, reply }) => `  ${address}\r\n    ${reply}\r\n`)
    const end = action === 'failed' ? ['No more attempts will be made.\r\n'] : []
    return [`${HEADINGS[action](options)}\r\n`, ...lines, ...end]
  })
  return sections.join('\r\n')
}

/** RFC 3464 §2.2, §2.3; RFC 3461 §6.3; RFC 4865 §5.1.2. */
function deliveryStatus({ hostname, submission, notices, now, giveUpAt }: ReportOptions): string {
  const { ENVID: envelopeId } = submission.mailFromParameters
  const message = [
    ...(envelopeId ? [`Original-Envelope-Id: ${printable(envelopeId)}`] : []),
    `Reporting-MTA: dns; ${hostname}`,
    `Arrival-Date: ${formatDate(submission.createdAt)}`,
    ...holdRequest(submission.mailFromParameters),
  ]
  const recipients = notices.map(({ address, action, reply, originalRecipient, host }) => [
    ...(originalRecipient ? [`Original-Recipient: ${originalForm(originalRecipient)}`] : []),
    `Final-Recipient: ${isBeyondAscii(address) ? 'utf-8' : 'rfc822'}; ${printable(address)}`,
    `Action: ${action}`,
    `Status: ${statusOf(reply, action)}`,
    ...(host === null ? [] : [`Remote-MTA: dns; ${host}`]),
    `Diagnostic-Code: smtp; ${printable(reply).replace(/[^\x20-\x7e]/g, '?')}`,
    `Last-Attempt-Date: ${formatDate(now)}`,
    ...(action === 'delayed' ? [`Will-Retry-Until: ${formatDate(giveUpAt)}`] : []),
  ])
  return [message, ...recipients].map((fields) => `${fields.join('\r\n')}\r\n`).join('\r\n')
}

function holdRequest({ HOLDFOR, HOLDUNTIL }: Submission['mailFromParameters']): string[] {
  if (HOLDFOR) return [`Future-Release-Request: for;${printable(HOLDFOR)}`]
  return HOLDUNTIL ? [`Future-Release-Request: until;${printable(HOLDUNTIL)}`] : []
}

/** RFC 3463: the reply's own status where it is of the action's class; RFC 3464 §2.3.4. */
export function statusOf(reply: string, action: Action): string {
  const kind = action === 'failed' ? 5 : action === 'delayed' ? 4 : 2
  return new RegExp(`^\\d{3} (${kind}\\.\\d{1,3}\\.\\d{1,3})(?: |$)`).exec(reply)?.[1] ?? `${kind}.0.0`
}

/** `type; address`; one of the type utf-8 in its plain form (RFC 6533 §4.1). */
function originalForm(recipient: string): string {
  const [type = '', ...rest] = recipient.split(';')
  const address = printable(rest.join(';'))
  if (type.toLowerCase() !== 'utf-8') return `${printable(type)}; ${address}`
  const plain = address.replace(/\\x\{([0-9a-f]{1,6})\}/gi, (form, hex: string) => {
    const code = Number.parseInt(hex, 16)
    const isCharacter = code >= 0x20 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff)
    return isCharacter ? String.fromCodePoint(code) : form
  })
  return `utf-8; ${plain}`
}

/** One line, whatever a stranger's server or a client said. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, ' ')
}

/** RFC 3461 §4.3: all of it where that was asked for and delivery failed, the header otherwise. */
function returned({ submission, message, isCut, notices }: ReportOptions, isGlobal: boolean): Uint8Array {
  const { headers, root } = parseMessage(message, { maxDepth: 0 })
  const isUtf8 = isGlobal || headers.some(({ raw }) => isBeyondAscii(raw))
  const isWhole =
    submission.mailFromParameters.RET?.toUpperCase() === 'FULL' &&
    notices.some(({ action }) => action === 'failed') &&
    !isCut &&
    message.length <= MAX_RETURNED
  if (isWhole) return part(isUtf8 ? 'message/global' : 'message/rfc822', message)
  return part(isUtf8 ? 'message/global-headers' : 'text/rfc822-headers', message.subarray(0, root.headerEnd))
}
