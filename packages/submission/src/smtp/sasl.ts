// SASL mechanisms beyond those that `smtp-server` knows: RFC 4954 §4.
import type { ChannelBindings } from '@tandem/mailstore'
import type { SMTPServerSession } from 'smtp-server'
import { refusal } from '../errors.js'

export interface Exchange {
  readonly session: SMTPServerSession
  /** Null without TLS. */
  readonly bindings: ChannelBindings | null
  /** What came with the AUTH command itself. */
  readonly initialResponse: string | null
  /** Sends a challenge; the client's response. Both without base64. Errors: SmtpError 501 where it cancels. */
  ask(challenge: string): Promise<string>
}

export interface Mechanism {
  /** Needs TLS, whatever is allowed without. */
  underTls?: true
  /** Resolves with the session's user. Errors: SmtpError, which the client is told. */
  run(exchange: Exchange): Promise<unknown>
}

export type Mechanisms = ReadonlyMap<string, Mechanism>

/** What a client sent, from base64 to text. Errors: SmtpError 501 (RFC 4954 §4). */
export function decodeResponse(line: string): string {
  if (line === '*') throw refusal(501, '5.7.0', 'the login was cancelled')
  if (line.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(line)) {
    throw refusal(501, '5.5.2', 'that is not base64')
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(line, 'base64'))
  } catch {
    throw refusal(501, '5.5.2', 'that is not UTF-8')
  }
}
