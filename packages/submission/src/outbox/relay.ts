// To other domains: one SMTP transaction with the relay (a smart host) for all recipients of a message.
import { domainToASCII } from 'node:url'
import type { Logger, Outcome } from '@tandem/mailstore'
import SMTPConnection, { type SMTPEnvelope, type SMTPError } from 'nodemailer/lib/smtp-connection'
import { isLoopback } from '../smtp/server.js'

export interface RelayedMessage {
  /** '' is the null path. */
  mailFrom: string
  recipients: readonly string[]
  bytes: Uint8Array
}

export interface Relay {
  /** One attempt: what became of each recipient. Never rejects; an aborted one leaves all queued. */
  send(message: RelayedMessage, signal: AbortSignal): Promise<Outcome[]>
}

export interface RelayOptions {
  /** `smtp://user:pass@host:port`, or `smtps://` for TLS from the first octet. */
  url: string
  /** What to say in EHLO. */
  hostname: string
  log?: Logger | undefined
}

/** RFC 5321 §4.5.3.2: the greeting may take 5 minutes, the reply to the message 10. */
const TIMEOUTS = { connectionTimeout: 60_000, greetingTimeout: 5 * 60_000, socketTimeout: 10 * 60_000 }

/** Throws where `url` is none of a relay; its message does not repeat the password. */
export function createRelay({ url, hostname, log }: RelayOptions): Relay {
  const { host, port, secure, auth } = parseRelayUrl(url)
  const isHere = host === 'localhost' || isLoopback(host)
  const options = {
    ...TIMEOUTS,
    host,
    port,
    secure,
    name: hostname,
    // STARTTLS is used wherever it is offered; a password goes over TLS or over loopback only.
    requireTLS: !secure && auth !== null && !isHere,
    tls: { rejectUnauthorized: !isHere },
  }

  return {
    async send(message, signal) {
      const connection = new SMTPConnection(options)
      const envelope: Envelope = {
        from: wireForm(message.mailFrom),
        to: message.recipients.map(wireForm),
        size: message.bytes.length,
        use8BitMime: message.bytes.some((octet) => octet > 127),
      }
      const close = () => connection.close()
      signal.addEventListener('abort', close)
      try {
        const last = await converse(connection, auth, envelope, message.bytes, signal)
        return message.recipients.map((address) => judge(address, envelope, last))
      } catch (error) {
        log?.warn({ err: error }, 'the relay did not take a message')
        return message.recipients.map((address) => judge(address, envelope, error as SMTPError))
      } finally {
        signal.removeEventListener('abort', close)
        close()
      }
    },
  }
}

/** What `nodemailer` writes into the envelope it is given. */
type Envelope = SMTPEnvelope & { rejectedErrors?: SMTPError[] }

interface Credentials {
  user: string
  pass: string
}

/** Greeting to end of data: the last reply. Rejects with what ended it before. */
function converse(
  connection: SMTPConnection,
  auth: Credentials | null,
  envelope: Envelope,
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<string> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(new Error('the attempt was ended'))
    // For good: an error after the end has no other listener.
    connection.on('error', reject)
    connection.on('end', () => reject(new Error('the connection was closed')))
    signal.addEventListener('abort', () => reject(new Error('the attempt was ended')), { once: true })
    const send = () => {
      connection.send(envelope, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), (error, info) => {
        if (error) reject(error)
        else resolve(info.response)
      })
    }
    connection.connect((error) => {
      if (error) reject(error)
      else if (auth && connection.allowsAuth) {
        connection.login({ credentials: auth }, (failed) => (failed ? reject(failed) : send()))
      } else send()
    })
  })
}

/** What became of one recipient: its own reply to RCPT where that was no, else how all of it ended. */
function judge(address: string, { rejectedErrors = [] }: Envelope, last: string | SMTPError): Outcome {
  const own = rejectedErrors.find(({ recipient }) => recipient === wireForm(address))
  const end = own ?? last
  if (typeof end === 'string') return { address, state: 'relayed', reply: oneLine(end) }
  return { address, ...judgeError(end) }
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
  // Refused by nodemailer itself: larger than the relay's SIZE, or no address at all.
  if (code === 'EMESSAGE')
    return { state: 'failed', reply: '552 5.3.4 the relay does not take messages this large' }
  if (code === 'EENVELOPE')
    return { state: 'failed', reply: '553 5.1.3 an address of the envelope is malformed' }
  return { state: 'queued', reply: `451 4.4.1 the relay cannot be reached${code ? ` (${code})` : ''}` }
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

/** Errors tell what is wrong without the URL itself, which may hold a password. */
export function parseRelayUrl(text: string): {
  host: string
  port: number
  secure: boolean
  auth: Credentials | null
} {
  const url = URL.canParse(text) ? new URL(text) : null
  const secure = url?.protocol === 'smtps:'
  if (!url || !(secure || url.protocol === 'smtp:') || url.hostname === '') {
    throw new Error('TANDEM_RELAY_URL: want smtp://user:pass@host:port or smtps://user:pass@host:port')
  }
  if ((url.pathname !== '' && url.pathname !== '/') || url.search || url.hash) {
    throw new Error('TANDEM_RELAY_URL: nothing may follow the port')
  }
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(url.port) || (secure ? 465 : 587),
    secure,
    auth: url.username
      ? { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) }
      : null,
  }
}

/** The domain as A-labels, which need no SMTPUTF8. */
function wireForm(address: string): string {
  const at = address.lastIndexOf('@')
  const domain = at < 0 ? '' : domainToASCII(address.slice(at + 1))
  return domain ? `${address.slice(0, at)}@${domain}` : address
}
