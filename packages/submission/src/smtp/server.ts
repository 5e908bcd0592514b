// What `smtp-server` leaves open: enhanced status codes of our own, AUTH that is only there where it may be used, and
// further SASL mechanisms.
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { domainToUnicode } from 'node:url'
import {
  channelBindings,
  createDoor,
  type Door,
  type DoorLimits,
  hangDoor,
  isLoopback,
  type LoginOrigin,
  type Mailstore,
  mailboxPath,
  type Refused,
} from '@tandem/mailstore'
import { SMTPServer, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server'
import { SMTPConnection, type SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection'
import { replyFor } from '../errors.js'
import { decodeResponse, type Mechanism, type Mechanisms } from './sasl.js'

/** Connections at a time, and how long they may take to log in. */
export type ConnectionLimits = Partial<DoorLimits>

/** A server whose handlers may begin an error's message with its enhanced status code (see `refusal`). */
export class Server extends SMTPServer {
  /** More lines for the reply to EHLO. */
  features: () => readonly string[] = () => []

  /** `mechanisms`: beside those of the library. */
  constructor(
    options: SMTPServerOptions,
    readonly mechanisms: Mechanisms = new Map(),
  ) {
    super({ ...options, authMethods: [...(options.authMethods ?? []), ...mechanisms.keys()] })
  }

  #door: Door | null = null

  /** Lets in no more than `limits` allow, and nobody whom the guard banned. */
  guardConnections(guard: Mailstore['guard'], limits: DoorLimits): void {
    this.#door = createDoor(guard, limits)
    const isSilent = this.options.secure === true
    hangDoor(this.server, this.#door, (refused) => (isSilent ? '' : turnedAway(refused)))
  }

  loggedIn({ remoteAddress, remotePort }: SMTPServerSession): void {
    this.#door?.loggedIn(remoteAddress, remotePort)
  }

  override connect(socket: Socket | TLSSocket, options?: SMTPConnectionOptions | null): void {
    const connection = new Connection(this, socket, options)
    this.connections.add(connection)
    connection.on('error', (error: Error) => this.emit('error', error))
    connection.init()
  }
}

function turnedAway(refused: Refused): string {
  switch (refused.why) {
    case 'full':
      return '421 4.3.2 too many connections, try again later\r\n'
    case 'address':
      return '421 4.7.0 too many connections from your address\r\n'
    case 'banned':
      return `421 4.7.0 ${bannedText(refused.seconds)}\r\n`
    default:
      return refused satisfies never
  }
}

/** What clients at an address are told that the guard banned. */
export const bannedText = (seconds: number) =>
  `too many wrong passwords from your address, try again in ${seconds} seconds`

/** By session: aborted once its client is gone. */
const leaving = new WeakMap<SMTPServerSession, AbortController>()

/** Where a login comes from. */
export function originOf(session: SMTPServerSession): LoginOrigin {
  const known = leaving.get(session) ?? new AbortController()
  leaving.set(session, known)
  return { address: session.remoteAddress, protocol: 'submission', signal: known.signal }
}

/** What stands before a path, and the path: brackets in quotes are none. */
const PATH = /^([^:]*:\s*)<((?:[^<>"]|"(?:[^"\\]|\\.)*")*)>(?=\s|$)/
/** An address with which the library reads the rest of the command. */
const STAND_IN = 'a@b.test'

function withULabels(address: string): string {
  const at = address.lastIndexOf('@') + 1
  const domain = address.slice(at)
  return /(?:^|\.)xn--/i.test(domain) ? address.slice(0, at) + (domainToUnicode(domain) || domain) : address
}

class Connection extends SMTPConnection {
  #isGreeting = false

  override _onClose(): void {
    leaving.get(this.session)?.abort()
    super._onClose()
  }

  /** The library has one status for each code: 553 would always be 5.1.3, a bad address. */
  override send(code: number, data?: string | string[] | null, context?: string | false): void {
    const hasStatus = typeof data === 'string' && /^[245]\.\d{1,3}\.\d{1,3} /.test(data)
    const isList = this.#isGreeting && code === 250 && Array.isArray(data)
    const { features } = this._server as Server
    const lines = isList ? [...data.map(this.#withoutHidden), ...features()] : data
    super.send(code, lines, hasStatus ? false : context)
  }

  /** The library lists the same mechanisms on every connection. */
  #withoutHidden = (line: string): string => {
    if (this.secure || !line.startsWith('AUTH ')) return line
    const { mechanisms } = this._server as Server
    return line
      .split(' ')
      .filter((name) => !mechanisms.get(name)?.underTls)
      .join(' ')
  }

  /** The library's own reading refuses addresses that exist, `a..b@` and `"a b"@` among them. */
  override _parseAddressCommand(name: string, command: Buffer | string) {
    const [before, start, path = ''] = PATH.exec(command.toString()) ?? []
    const address = mailboxPath(path)
    if (before === undefined || address === null) return super._parseAddressCommand(name, command)
    const parameters = command.toString().slice(before.length)
    const parsed = super._parseAddressCommand(name, `${start}<${STAND_IN}>${parameters}`)
    return parsed && { ...parsed, address: withULabels(address) }
  }

  // RFC 4954 §3: the mechanisms that are advertised before TLS and after it may differ.
  override handler_EHLO(command: Buffer, callback: () => void): void {
    this.#isGreeting = true
    if (!this.#mayLogIn) this.session.disabledCommands = [...this._server.options.disabledCommands, 'AUTH']
    super.handler_EHLO(command, () => {})
    delete this.session.disabledCommands
    this.#isGreeting = false
    callback()
  }

  override handler_AUTH(command: Buffer, callback: () => void): void {
    if (!this.#mayLogIn) {
      // RFC 4954 §6
      this.send(538, '5.7.11 a login needs TLS: begin with STARTTLS')
      callback()
      return
    }
    const [, name = '', response, ...rest] = command.toString().trim().split(/\s+/)
    const mechanism = (this._server as Server).mechanisms.get(name.toUpperCase())
    if (!mechanism || this.session.user) {
      super.handler_AUTH(command, callback)
    } else if (rest.length > 0 || (mechanism.underTls && !this.secure)) {
      this.send(504, '5.5.4 that mechanism is not there')
      callback()
    } else {
      void this.#exchange(mechanism, response ?? null, callback)
    }
  }

  /** RFC 4954 §4: lines go to and fro until the mechanism is done. `callback` lets the next line come. */
  async #exchange(mechanism: Mechanism, response: string | null, callback: () => void): Promise<void> {
    let proceed = callback
    const ask = async (challenge: string): Promise<string> => {
      const line = await new Promise<Buffer>((resolve) => {
        this._nextHandler = (command, next) => {
          proceed = next
          resolve(command)
        }
        this.send(334, Buffer.from(challenge).toString('base64'))
        proceed()
      })
      return decodeResponse(line.toString('latin1').trim())
    }
    try {
      // RFC 4954 §4: "=" is an empty initial response.
      const initialResponse = response === null ? null : decodeResponse(response === '=' ? '' : response)
      const bindings = this._socket instanceof TLSSocket ? channelBindings(this._socket) : null
      this.session.user = await mechanism.run({ session: this.session, bindings, initialResponse, ask })
      this.session.transmissionType = this._transmissionType()
      this.send(235, '2.7.0 logged in')
    } catch (error) {
      const { code, status, text } = replyFor(error)
      this.send(code, `${status} ${text}`)
    }
    proceed()
  }

  get #mayLogIn(): boolean {
    return this.secure || isLoopback(this.remoteAddress)
  }
}

/** What both listeners advertise and allow. RFC 5321 §4.5.3 has the limits. */
export function commonOptions(limits: {
  hostname: string
  maxSize: number
  maxRecipients: number
}): SMTPServerOptions {
  return {
    name: limits.hostname,
    banner: 'Tandem',
    heloResponse: '%s',
    size: limits.maxSize,
    maxRecipients: limits.maxRecipients,
    // RFC 4954 §4: a base64 line of AUTH may have 12,288 octets.
    maxCommandLength: 12_288,
    // RFC 5321 §4.5.3.2.7
    socketTimeout: 5 * 60_000,
    disableReverseLookup: true,
    hideENHANCEDSTATUSCODES: false,
    hideSMTPUTF8: true,
    hideDSN: true,
    hideREQUIRETLS: true,
    // Commands the library answers as jests, or for proxies that are not there.
    disabledCommands: ['WIZ', 'SHELL', 'KILL', 'XCLIENT', 'XFORWARD'],
    logger: false,
  }
}
