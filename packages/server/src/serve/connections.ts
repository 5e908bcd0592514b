// Counts connections by listener. Node tells of every socket that a server of this process accepts, so the listeners
// need not count theirs.
import { subscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import type { Metrics } from '../metrics.js'
import type { Address } from './messages.js'

/** Counts those that come to one of the addresses, as long as the process lives. */
export function countConnections(addresses: readonly Address[], metrics: Metrics): void {
  const open = new Map<string, number>()
  const change = (listener: string, by: number) => {
    open.set(listener, (open.get(listener) ?? 0) + by)
    metrics.set('tandem_connections', { listener }, open.get(listener)!)
  }
  subscribe('net.server.socket', (message) => {
    const { socket } = message as { socket: Socket }
    const listener = addresses.find(({ port }) => port === socket.localPort)?.name
    if (listener === undefined) return
    metrics.add('tandem_connections_total', { listener })
    change(listener, 1)
    socket.once('close', () => change(listener, -1))
  })
}
