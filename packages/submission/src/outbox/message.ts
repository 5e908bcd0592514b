// What is sent of what was submitted: RFC 8621 §7.5, RFC 6409 §8.
import { type Account, formatId, MailstoreError, type Submission } from '@tandem/mailstore'
import { firstHeader, type Header, parseMessage } from '@tandem/mime'
import { formatDate, prepend, withoutFields } from '../headers.js'

/**
 * Removed from what is sent: RFC 8621 §7.5 wants Bcc removed, RFC 5321 §4.4 no Return-Path in a message that
 * sets out.
 */
const UNSENT_FIELDS = ['bcc', 'resent-bcc', 'return-path']

/** Errors: blobNotFound. */
export async function readMessage(
  account: Account,
  submission: Submission,
  hostname: string,
): Promise<Uint8Array> {
  const blob = await account.blobs.open(submission.digest)
  if (!blob) throw new MailstoreError('blobNotFound', `submission ${submission.id} has lost its message`)
  const bytes = await blob.read()
  const { headers } = parseMessage(bytes, { maxDepth: 0 })
  const message = withoutFields(bytes, UNSENT_FIELDS, headers)
  const lines = missingLines(headers, submission, hostname)
  return lines === '' ? message : prepend(lines, message)
}

/**
 * RFC 6409 §8.2, §8.3: the submission listener adds them; an email that a client stored may have neither. Each attempt
 * writes the same, so that a message that is sent twice is known by its id.
 */
function missingLines(headers: Header[], { id, createdAt }: Submission, hostname: string): string {
  const has = (name: string) => firstHeader(headers, name) !== null
  return (
    (has('date') ? '' : `Date: ${formatDate(createdAt)}\r\n`) +
    (has('message-id') ? '' : `Message-ID: <${formatId('submission', id)}@${hostname}>\r\n`)
  )
}
