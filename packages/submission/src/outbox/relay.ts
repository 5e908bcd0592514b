// To other domains by a smart host: one SMTP transaction with it for all recipients of a message.
import { isLoopback, type Logger } from '@tandem/mailstore'
import { type Credentials, transact } from './client.js'
import { judge } from './judge.js'
import type { Relay } from './outgoing.js'

export interface RelayOptions {
  /** `smtp://user:pass@host:port`, or `smtps://` for TLS from the first octet. */
  url: string
  /** What to say in EHLO. */
  hostname: string
  log?: Logger | undefined
}

/** RFC 5321 §4.5.3.2: the greeting may take 5 minutes, the reply to the message 10. */
export const TIMEOUTS = { connectionTimeout: 60_000, greetingTimeout: 5 * 60_000, socketTimeout: 10 * 60_000 }

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
      const ending = await transact(options, auth, message, signal)
      if (typeof ending.last !== 'string') log?.warn({ err: ending.last }, 'the relay did not take a message')
      return message.recipients.map(({ address }) => judge(address, ending, host))
    },
  }
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
