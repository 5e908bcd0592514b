// What the end of a transaction means for each recipient.
import type { Outcome } from '@tandem/mailstore'
import type { SMTPError } from 'nodemailer/lib/smtp-connection'
import type { Ending } from './client.js'
import type { Sent } from './outgoing.js'

/** What became of one recipient: its own reply to RCPT where that was no, else how all of it ended. */
export function judge(
  address: string,
  { last, refused, isUnknown, speaksDsn, hasBegun }: Ending,
  host: string,
): Sent {
  const end = refused.get(address) ?? last
  const sent = { address, host: hasBegun ? host : null, isPassedOn: false, isUnknown: false }
  if (typeof end === 'string')
    return { ...sent, state: 'relayed', reply: oneLine(end), isPassedOn: speaksDsn }
  return { ...sent, ...judgeError(end), isUnknown: isUnknown && !refused.has(address) }
}

/** Replies that tell of this server's standing with the relay, not of the message: RFC 4954 §6. */
const ABOUT_US = new Set([530, 534, 535, 538])

/** Failed for good is only what the relay says of this sender, recipient or message. */
export function judgeError(error: SMTPError): Pick<Outcome, 'state' | 'reply'> {
  const { code, response, responseCode = 0 } = error
  if (code === 'EAUTH') return { state: 'queued', reply: '454 4.7.0 the relay refused our login' }
  if (response && responseCode >= 400) {
    const isOurs = code !== 'EENVELOPE' && code !== 'EMESSAGE'
    const isFinal = responseCode >= 500 && !isOurs && !ABOUT_US.has(responseCode)
    return { state: isFinal ? 'failed' : 'queued', reply: oneLine(response) }
  }
  // RFC 6531 §3.5, RFC 3463 §3.7
  if (code === 'ENOUTF8')
    return {
      state: 'failed',
      reply: '553 5.6.7 the next host does not take addresses beyond ASCII',
    }
  // RFC 6152 §3, RFC 3463 §3.7
  if (code === 'ESIGNED') {
    const why = 'the next host does not take 8-bit text, and the message is signed as it is'
    return { state: 'failed', reply: `554 5.6.3 ${why}` }
  }
  if (code === 'EENCODING') {
    return { state: 'failed', reply: '554 5.6.3 the next host does not take 8-bit text in such an encoding' }
  }
  // Refused by nodemailer itself: larger than the relay's SIZE, or no address at all.
  if (code === 'EMESSAGE')
    return { state: 'failed', reply: '552 5.3.4 the next host does not take messages this large' }
  if (code === 'EENVELOPE')
    return { state: 'failed', reply: '553 5.1.3 an address of the envelope is malformed' }
  // Not sent to its end, so nobody took it.
  if (code === 'ESTREAM') return { state: 'queued', reply: '451 4.3.0 the message could not be read here' }
  return { state: 'queued', reply: `451 4.4.1 the next host cannot be reached${code ? ` (${code})` : ''}` }
}

/** RFC 8621 §7, smtpReply: the lines of a reply as one. */
export function oneLine(reply: string): string {
  const [first = '', ...rest] = reply.split(/\r?\n/).map((line) => line.replace(/^(\d{3})-/, '$1 '))
  return [first, ...rest.map((line) => withoutCommonPrefix(line, first))].join(' ').trim()
}

/** "Any prefix in common with the first line": the code and the enhanced status, whole words. */
function withoutCommonPrefix(line: string, first: string): string {
  const prefix = /^\d{3} (?:[245]\.\d{1,3}\.\d{1,3} )?/.exec(first)?.[0] ?? ''
  return line.startsWith(prefix) ? line.slice(prefix.length) : line.replace(/^\d{3} /, '')
}
