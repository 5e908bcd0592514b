import type { AddressInfo } from 'node:net'
import { BACKLOG, type Logger } from '@tandem/mailstore'
import type { SMTPServerSession } from 'smtp-server'
import type { Server } from './server.js'

export interface Listener {
  /** Resolves once it listens; rejects where the address is taken or not ours. */
  listen(): Promise<{ host: string; port: number }>
  /** Takes no more connections, lets messages that are being received be answered, and resolves. */
  close(): Promise<void>
}

/** How long messages that are under way may take once the listener closes. */
const GRACE = 10_000

export interface ListenerOptions {
  server: Server
  host: string
  port: number
  log?: Logger | undefined
  /** Those whose message is being received or stored. */
  busy: ReadonlySet<SMTPServerSession>
}

export function createListener({ server, host, port, log, busy }: ListenerOptions): Listener {
  server.options.closeTimeout = GRACE
  // Mostly clients that went away; a fault of ours is logged where it happens.
  server.on('error', (error) => log?.debug({ err: error }, 'a mail client went away'))

  const dismissIdle = () => {
    for (const connection of server.connections) {
      if (!busy.has(connection.session)) connection.send(421, '4.3.2 this server is going down')
    }
  }

  return {
    listen() {
      return new Promise((resolve, reject) => {
        server.server.once('error', reject)
        server.listen({ port, host, backlog: BACKLOG }, () => {
          server.server.off('error', reject)
          const address = server.server.address() as AddressInfo
          resolve({ host: address.address, port: address.port })
        })
      })
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(resolve))
      dismissIdle()
      server.on('idle', dismissIdle)
      await closed
    },
  }
}
