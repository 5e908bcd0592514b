import type { SecureContext } from 'node:tls'
import { isLoopback, type Logger, type Mailstore } from '@tandem/mailstore'

/** Bounds on what one client can make the server hold or do. */
export interface Limits {
  /** Octets of a command without its literals: before login, and after. */
  lineBeforeLogin: number
  line: number
  /** The same of ID before login: RFC 2971 §3.3 allows 30 pairs of 30 and 1,024. */
  idBeforeLogin: number
  /** Octets of one literal: before login, and after it outside APPEND. */
  literalBeforeLogin: number
  literal: number
  /** Octets of a whole command other than APPEND, its literals included. */
  command: number
  /** Octets of a refused command that are read and thrown away before the connection is closed instead. */
  skip: number
  /** Members of one sequence set. */
  setMembers: number
  /** Nesting and number of keys of one SEARCH. */
  searchDepth: number
  searchKeys: number
  /** BAD answers in a row, and failed logins, after which the connection is closed. */
  badCommands: number
  loginFailures: number
  /**
   * Connections of this listener at a time: all, those from one address (of IPv6 one /64), and those that one user is
   * logged in on. Each worker process counts its own.
   */
  connections: number
  connectionsPerAddress: number
  connectionsPerUser: number
  /** Those from one address that are not logged in. */
  beforeLoginPerAddress: number
  /** Milliseconds from connecting to being logged in, and for a client to read on what is sent. */
  loginTimeout: number
  writeTimeout: number
}

export const DEFAULT_LIMITS: Limits = {
  lineBeforeLogin: 8 * 1024,
  line: 64 * 1024,
  idBeforeLogin: 40 * 1024,
  literalBeforeLogin: 1024,
  literal: 64 * 1024,
  command: 256 * 1024,
  skip: 1024 * 1024,
  setMembers: 10_000,
  searchDepth: 50,
  searchKeys: 1000,
  badCommands: 20,
  loginFailures: 5,
  connections: 10_000,
  // A hundred people behind one address with two programs each: desktop clients keep up to five connections (Thunderbird)
  // or about ten (Apple Mail), phones one to four.
  connectionsPerAddress: 1000,
  // Ten such programs.
  connectionsPerUser: 100,
  // All of those people at once, when the server comes back.
  beforeLoginPerAddress: 200,
  loginTimeout: 60_000,
  writeTimeout: 5 * 60_000,
}

/** RFC 3501 §5.4: at least 30 minutes. */
export const DEFAULT_IDLE_TIMEOUT = 30 * 60_000

export interface ImapListenerOptions {
  mailstore: Mailstore
  log: Logger
  host: string
  /** 0: any free one. */
  port: number
  /** TLS from the first octet (RFC 8314 §3.2) instead of STARTTLS. Needs `tls`. */
  implicitTls: boolean
  /** Asked at each handshake, so that a new certificate needs no restart. Without it there is no STARTTLS. */
  tls?: { getSecureContext(): SecureContext }
  /** Octets of one message in APPEND; advertised (RFC 7889). */
  appendLimit: number
  /**
   * 8-bit characters in the header of a message of APPEND, from a client that did not enable UTF8=ACCEPT: RFC 9755 §4
   * has them refused. Default: accept (ADR 12).
   */
  append8Bit?: 'accept' | 'refuse'
  /** Milliseconds without a command after which a client is logged out. */
  idleTimeout?: number
  limits?: Partial<Limits>
  /** What ID and the greeting say. */
  serverName?: string
  version?: string
  /** From where passwords are accepted without TLS. Default: loopback. */
  allowsPlaintext?: (remoteAddress: string) => boolean
  /** Called after each command, for metrics. */
  onCommand?: (command: CommandReport) => void
}

export interface CommandReport {
  /** `UID FETCH`; `(unknown)` for what is no command. */
  name: string
  /** Null where the connection ended in it. */
  status: 'OK' | 'NO' | 'BAD' | null
  seconds: number
}

/** The options with everything decided: what sessions work with. */
export interface Settings extends Required<Omit<ImapListenerOptions, 'tls' | 'limits' | 'onCommand'>> {
  tls: { getSecureContext(): SecureContext } | null
  limits: Limits
  onCommand: (command: CommandReport) => void
}

export function resolveOptions(options: ImapListenerOptions): Settings {
  if (options.implicitTls && !options.tls) throw new Error('implicitTls needs a certificate: options.tls')
  return {
    mailstore: options.mailstore,
    log: options.log,
    host: options.host,
    port: options.port,
    implicitTls: options.implicitTls,
    tls: options.tls ?? null,
    appendLimit: options.appendLimit,
    append8Bit: options.append8Bit ?? 'accept',
    idleTimeout: options.idleTimeout ?? DEFAULT_IDLE_TIMEOUT,
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    serverName: options.serverName ?? 'Tandem',
    version: options.version ?? '',
    allowsPlaintext: options.allowsPlaintext ?? isLoopback,
    onCommand: options.onCommand ?? (() => {}),
  }
}
