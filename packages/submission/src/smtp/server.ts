// What `smtp-server` leaves open: enhanced status codes of our own, and AUTH that is only there where it may be used.
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { SMTPConnection, type SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection'

/** A server whose handlers may begin an error's message with its enhanced status code (see `refusal`). */
export class Server extends SMTPServer {
  override connect(socket: Socket | TLSSocket, options?: SMTPConnectionOptions | null): void {
    const connection = new Connection(this, socket, options)
    this.connections.add(connection)
    connection.on('error', (error: Error) => this.emit('error', error))
    connection.init()
  }
}

class Connection extends SMTPConnection {
  /** The library has one status for each code: 553 would always be 5.1.3, a bad address. */
  override send(code: number, data?: string | string[] | null, context?: string | false): void {
    const hasStatus = typeof data === 'string' && /^[245]\.\d{1,3}\.\d{1,3} /.test(data)
    super.send(code, data, hasStatus ? false : context)
  }

  // RFC 4954 §3: the mechanisms that are advertised before TLS and after it may differ.
  override handler_EHLO(command: Buffer, callback: () => void): void {
    if (this.#mayLogIn) {
      super.handler_EHLO(command, callback)
      return
    }
    this.session.disabledCommands = [...this._server.options.disabledCommands, 'AUTH']
    super.handler_EHLO(command, () => {})
    delete this.session.disabledCommands
    callback()
  }

  override handler_AUTH(command: Buffer, callback: () => void): void {
    if (this.#mayLogIn) {
      super.handler_AUTH(command, callback)
    } else {
      // RFC 4954 §6
      this.send(538, '5.7.11 a login needs TLS: begin with STARTTLS')
      callback()
    }
  }

  get #mayLogIn(): boolean {
    return this.secure || isLoopback(this.remoteAddress)
  }
}

/** 127.0.0.0/8 or ::1, also in the form that a dual-stack socket gives. */
export function isLoopback(address: string): boolean {
  return address === '::1' || /^(?:::ffff:)?127(?:\.\d{1,3}){3}$/i.test(address)
}

/** What both listeners advertise and allow. RFC 5321 §4.5.3 has the limits. */
export function commonOptions(limits: {
  hostname: string
  maxSize: number
  maxConnections: number
  maxRecipients: number
}): SMTPServerOptions {
  return {
    name: limits.hostname,
    banner: 'Tandem',
    heloResponse: '%s',
    size: limits.maxSize,
    maxClients: limits.maxConnections,
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
