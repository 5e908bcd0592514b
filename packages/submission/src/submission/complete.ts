import { randomUUID } from 'node:crypto'
import { asAddresses, firstHeader, parseMessage } from '@tandem/mime'
import { refusal } from '../errors.js'
import { formatDate } from '../headers.js'

/** A parser keeps no more of a header: an author, or a Bcc that is to be taken away, would be missed. */
const MAX_HEADER = 1024 * 1024
const MAX_FIELDS = 10_000

const ADDRESS_FIELDS = ['from', 'sender', 'reply-to', 'to', 'cc', 'bcc']

export interface CompleteOptions {
  hostname: string
  now: Date
  isLocalDomain(domain: string): Promise<boolean>
  /** Whether an address is one of the submitter's. */
  isOwn(address: string): Promise<boolean>
}

/**
 * Judges a submitted message, and gives the header lines it lacks: Date and Message-ID (RFC 6409 §8.2, §8.3).
 * A Message-ID that is there stays, also a malformed one: the author's own copy has the same, and threads by it.
 * Errors: SmtpError 554 for what is no message (RFC 6409 §6.3), 550 for one that speaks in another's name.
 */
export async function missingFields(message: Uint8Array, options: CompleteOptions): Promise<string> {
  // RFC 5321 §4.5.2, RFC 6152 §2: no transfer of NUL.
  if (message.includes(0)) throw refusal(554, '5.6.0', 'the message holds a NUL octet')
  const { headers, root } = parseMessage(message, { maxDepth: 0 })
  if (root.headerEnd > MAX_HEADER || headers.length > MAX_FIELDS) {
    const most = `${MAX_HEADER} octets or ${MAX_FIELDS} fields`
    throw refusal(554, '5.6.0', `the header of the message has more than ${most}`)
  }
  const has = (name: string) => firstHeader(headers, name) !== null
  // RFC 5322 §3.6: From and Date are the two that every message has.
  if (!has('from')) throw refusal(554, '5.6.0', 'the message has no From field')
  await requireOwn(headers, options)
  let lines = ''
  if (!has('date')) lines += `Date: ${formatDate(options.now)}\r\n`
  if (!has('message-id')) lines += `Message-ID: <${randomUUID()}@${options.hostname}>\r\n`
  // RFC 6409 §4.2: who alters the message answers for the addresses in its header.
  if (lines !== '') await requireQualified(headers, options)
  return lines
}

/** RFC 6409 §6.1: the author, and whoever sends for him, is the one who logged in. */
async function requireOwn(
  headers: ReturnType<typeof parseMessage>['headers'],
  { isOwn }: CompleteOptions,
): Promise<void> {
  for (const { name, raw } of headers) {
    if (!['from', 'sender'].includes(name.toLowerCase())) continue
    for (const { email } of asAddresses(raw)) {
      if (!(await isOwn(email))) throw refusal(550, '5.7.1', `the address in ${name} is not one of yours`)
    }
  }
}

async function requireQualified(
  headers: ReturnType<typeof parseMessage>['headers'],
  { isLocalDomain }: CompleteOptions,
): Promise<void> {
  for (const { name, raw } of headers) {
    if (!ADDRESS_FIELDS.includes(name.toLowerCase())) continue
    for (const { email } of asAddresses(raw)) {
      const domain = email.slice(email.lastIndexOf('@') + 1)
      if (!email.includes('@') || !(isQualified(domain) || (await isLocalDomain(domain)))) {
        throw refusal(554, '5.6.0', `an address in ${name} has no complete domain`)
      }
    }
  }
}

/** More than one label, or an address literal. */
export function isQualified(domain: string): boolean {
  return /^[^.]+(?:\.[^.]+)+$/.test(domain) || /^\[.+\]$/.test(domain)
}
