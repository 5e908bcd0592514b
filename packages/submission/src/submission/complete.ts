import { randomUUID } from 'node:crypto'
import type { SenderFault } from '@tandem/mailstore'
import { asAddresses, type Claims, firstHeader, type Header, leavingHeader, MAX_LEAVING } from '@tandem/mime'
import { refusal } from '../errors.js'
import { formatDate } from '../headers.js'
import { refusalOf } from '../refusal.js'

const ADDRESS_FIELDS = ['from', 'sender', 'reply-to', 'to', 'cc', 'bcc']

export interface CompleteOptions {
  hostname: string
  now: Date
  isLocalDomain(domain: string): Promise<boolean>
  judge(claims: Claims): Promise<SenderFault | null>
}

/**
 * Judges a submitted message, in lines that end in CRLF, and gives the header lines it lacks: Date and Message-ID
 * (RFC 6409 §8.2, §8.3). A Message-ID that is there stays, also a malformed one: the author's own copy has the same, and
 * threads by it. Errors: SmtpError 554 for what is no message (RFC 6409 §6.3), 550 for one that speaks in another's name.
 */
export async function missingFields(message: Uint8Array, options: CompleteOptions): Promise<string> {
  // RFC 5321 §4.5.2, RFC 6152 §2: no transfer of NUL.
  if (message.includes(0)) throw refusal(554, '5.6.0', 'the message holds a NUL octet')
  const header = leavingHeader(message)
  if (!header) {
    const most = `${MAX_LEAVING.octets} octets or ${MAX_LEAVING.fields} fields`
    throw refusal(554, '5.6.0', `the header of the message has more than ${most}`)
  }
  const { fields, claims } = header
  const fault = await options.judge(claims)
  if (fault) throw refusalOf(fault)
  // Of a message that is redirected nothing below its Resent block is touched (RFC 5322 §3.6.6).
  if (claims.original) return ''
  const has = (name: string) => firstHeader(fields, name) !== null
  let lines = ''
  if (!has('date')) lines += `Date: ${formatDate(options.now)}\r\n`
  if (!has('message-id')) lines += `Message-ID: <${randomUUID()}@${options.hostname}>\r\n`
  // RFC 6409 §4.2: who alters the message answers for the addresses in its header.
  if (lines !== '') await requireQualified(fields, options)
  return lines
}

async function requireQualified(
  headers: readonly Header[],
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
