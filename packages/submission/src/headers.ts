import { isIPv6 } from 'node:net'

/** Where a message came from, for its trace line. */
export interface Trace {
  /** What the client called itself in EHLO, and the address it came from. None for mail from our own queue. */
  from?: { helo: string; address: string }
  /** This server's name. */
  by: string
  /** RFC 3848; left out for mail from our own queue. */
  protocol?: string
  id: string
  /** The one recipient; left out where there are several (RFC 5321 §7.2). */
  recipient?: string
  date: Date
}

/** RFC 5321 §4.4, Return-path-line; '' is the null path. */
export function returnPath(address: string): string {
  return `Return-Path: <${address}>\r\n`
}

/** The addresses that a message came to an account for, a line each: RFC 9228. */
export function deliveredTo(addresses: readonly string[]): string {
  return addresses.map((address) => `Delivered-To: ${address}\r\n`).join('')
}

/** RFC 5321 §4.4, Time-stamp-line. */
export function received({ from, by, protocol, id, recipient, date }: Trace): string {
  const lines = from ? [`from ${fromDomain(from.helo, from.address)}`] : []
  lines.push(`by ${by}${protocol ? ` with ${protocol}` : ''} id ${id}`)
  if (recipient) lines.push(`for <${recipient}>`)
  return `Received: ${lines.join('\r\n\t')};\r\n\t${formatDate(date)}\r\n`
}

/** RFC 3848, the value of `with`. AUTH and STARTTLS exist with EHLO only, so either says ESMTP. */
export function protocolName(session: {
  lmtp: boolean
  extended: boolean
  tls: boolean
  auth: boolean
  /** With SMTPUTF8: RFC 6531 §4.3. */
  utf8?: boolean
}): string {
  const suffix = `${session.tls ? 'S' : ''}${session.auth ? 'A' : ''}`
  if (session.utf8) return `${session.lmtp ? 'UTF8LMTP' : 'UTF8SMTP'}${suffix}`
  if (session.lmtp) return `LMTP${suffix}`
  return session.extended || suffix ? `ESMTP${suffix}` : 'SMTP'
}

/** RFC 5322 §3.3, in UTC. */
export function formatDate(date: Date): string {
  return date.toUTCString().replace('GMT', '+0000')
}

/** RFC 5321 §4.1.3. */
export function addressLiteral(address: string): string {
  return isIPv6(address) ? `[IPv6:${address}]` : `[${address}]`
}

/** What the client says it is, where that is a domain or an address literal; what we saw in any case. */
function fromDomain(helo: string, address: string): string {
  const seen = addressLiteral(address)
  const isName = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*\.?$/i.test(helo)
  const isLiteral = /^\[(?:ipv6:)?[0-9a-f:.]+\]$/i.test(helo)
  return `${isName || isLiteral ? helo : seen} (${seen})`
}

/** The message with header lines before it. */
export function prepend(lines: string, message: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(lines), message])
}
