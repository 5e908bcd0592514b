// Accepts connections and runs a session on each.
import { createServer, type Server, type Socket } from 'node:net'
import { BACKLOG, createDoor, createPlaces, type Refused } from '@tandem/mailstore'
import { type ImapListenerOptions, resolveOptions } from './options.js'
import { bannedFarewell, Farewell } from './refusal.js'
import { createConnection } from './session/connection.js'
import { runSession } from './session/run.js'
import { createSession, type Session } from './session/session.js'

export interface ImapListener {
  /** Resolves once connections are accepted; gives the port. Errors: what the system says (EADDRINUSE …). */
  listen(): Promise<{ port: number }>
  /** Accepts nothing more; every client gets a BYE after the command it is in. Resolves when all are gone. */
  close(): Promise<void>
  /** Every client gets a BYE, after the command it is in, and may come back. */
  dismiss(): void
}

/** The mailstore's database is gone, and is to come back. */
const RESTART = new Farewell('The mailstore is away for a moment: log in again', 'UNAVAILABLE')

/** Milliseconds that close() gives running commands. */
const GRACE = 10_000

/** IMAP on one port. Errors: where implicitTls is set without tls. */
export function createImapListener(options: ImapListenerOptions): ImapListener {
  const settings = resolveOptions(options)
  const { limits } = settings
  const sessions = new Map<Session, { socket: Socket; over: Promise<void> }>()
  // The session says goodbye at the deadline; who is still in a TLS handshake then, or in a login, is cut off.
  const door = createDoor(settings.mailstore.guard, { ...limits, loginTimeout: limits.loginTimeout + GRACE })
  const users = createPlaces<number>(limits.connectionsPerUser)
  const server: Server = createServer({ noDelay: true }, accept)
  server.on('error', (error) => {
    // Why it can't listen, listen() says itself.
    if (server.listening) settings.log.error({ err: error }, 'imap listener failed')
  })

  function accept(socket: Socket): void {
    const refused = door.enter(socket)
    // To tell it under TLS would cost a handshake.
    if (refused?.why === 'banned') {
      void door.turnAway(socket, refused, settings.implicitTls ? '' : farewell(refused))
      return
    }
    const connection = createConnection(socket, limits.writeTimeout)
    try {
      if (settings.implicitTls) connection.startTls(settings.tls!.getSecureContext())
    } catch (error) {
      settings.log.error({ err: error }, 'imap certificate cannot be used')
      socket.destroy()
      return
    }
    if (refused) {
      connection.output.text(farewell(refused))
      void connection.end()
      return
    }
    const { remoteAddress, remotePort = 0 } = socket
    const loggedIn = () => door.loggedIn(remoteAddress ?? '', remotePort)
    const session = createSession(connection, settings, users, loggedIn)
    const over = runSession(session).finally(() => {
      sessions.delete(session)
    })
    sessions.set(session, { socket, over })
  }

  return {
    listen() {
      return new Promise((resolve, reject) => {
        server.once('error', reject)
        server.listen({ port: settings.port, host: settings.host, backlog: BACKLOG }, () => {
          server.off('error', reject)
          const address = server.address()
          resolve({ port: typeof address === 'object' && address ? address.port : settings.port })
        })
      })
    },
    dismiss() {
      for (const session of sessions.keys()) session.stop(RESTART)
    },
    async close() {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve())
      })
      for (const session of sessions.keys()) session.stop()
      const timer = setTimeout(() => {
        for (const { socket } of sessions.values()) socket.destroy()
      }, GRACE)
      await Promise.all([...sessions.values()].map(({ over }) => over))
      clearTimeout(timer)
      await closed
    },
  }
}

function farewell(refused: Refused): string {
  switch (refused.why) {
    case 'full':
      return '* BYE [UNAVAILABLE] Too many connections\r\n'
    case 'address':
      return '* BYE [LIMIT] Too many connections from your address\r\n'
    case 'banned':
      return `* BYE [UNAVAILABLE] ${bannedFarewell(refused.seconds).message}\r\n`
    default:
      return refused satisfies never
  }
}
