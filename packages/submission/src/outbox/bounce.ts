// The report of a delivery that failed: RFC 3464 in a multipart/report (RFC 6522), from nobody (RFC 5321 §4.5.5).

import type { Outcome, Submission } from '@tandem/mailstore'
import { parseMessage } from '@tandem/mime'
import MimeNode from 'nodemailer/lib/mime-node'
import { formatDate, prepend, returnPath } from '../headers.js'

export interface BounceOptions {
  hostname: string
  now: Date
  submission: Submission
  /** The message that was sent; its header goes with the report. */
  message: Uint8Array
  failed: readonly Outcome[]
}

/** The bytes of a report to the sender, ready to be filed. */
export async function composeBounce(options: BounceOptions): Promise<Uint8Array> {
  const { hostname, now, submission } = options
  const root = new MimeNode('multipart/report; report-type=delivery-status', { hostname })
  root.setHeader([
    { key: 'From', value: { name: 'Mail Delivery System', address: `mailer-daemon@${hostname}` } },
    { key: 'To', value: submission.mailFrom },
    { key: 'Subject', value: 'Undelivered mail' },
    { key: 'Date', value: formatDate(now) },
    // RFC 3834 §5: no vacation message answers this.
    { key: 'Auto-Submitted', value: 'auto-replied' },
  ])
  root.createChild('text/plain; charset=utf-8').setContent(explanation(options))
  root.createChild('message/delivery-status').setContent(deliveryStatus(options))
  root.createChild('text/rfc822-headers').setContent(headerOf(options.message))
  return prepend(returnPath(''), await root.build())
}

function explanation({ hostname, failed }: BounceOptions): string {
  const lines = failed.map(({ address, reply }) => `  ${address}\r\n    ${reply}`)
  return `${hostname} could not deliver your message to:\r\n\r\n${lines.join('\r\n\r\n')}\r\n\r\nNo more attempts will be made. The header of your message follows.\r\n`
}

/** RFC 3464 §2.2, §2.3. */
function deliveryStatus({ hostname, submission, failed, now }: BounceOptions): string {
  const message = [`Reporting-MTA: dns; ${hostname}`, `Arrival-Date: ${formatDate(submission.createdAt)}`]
  const recipients = failed.map(({ address, reply }) => [
    `Final-Recipient: rfc822; ${ascii(address)}`,
    'Action: failed',
    `Status: ${statusOf(reply)}`,
    `Diagnostic-Code: smtp; ${ascii(reply)}`,
    `Last-Attempt-Date: ${formatDate(now)}`,
  ])
  return [message, ...recipients].map((fields) => `${fields.join('\r\n')}\r\n`).join('\r\n')
}

/** RFC 3463: the reply's own status, where it is one of failure. */
export function statusOf(reply: string): string {
  return /^\d{3} (5\.\d{1,3}\.\d{1,3})(?: |$)/.exec(reply)?.[1] ?? '5.0.0'
}

/** The fields are ASCII (RFC 3464 §2.1) and one line each. */
function ascii(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?')
}

function headerOf(message: Uint8Array): Buffer {
  const end = parseMessage(message, { maxDepth: 0 }).root.headerEnd
  return Buffer.from(message.subarray(0, end))
}
