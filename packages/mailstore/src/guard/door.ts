/**
 * The limits on connections that every listener has: all, those from one address, those from one address that have not
 * logged in, and a deadline until which they have to. Where all places are taken, the newcomer takes that of whoever has
 * most connections that have not logged in, so that nobody closes a listener for the others.
 */
import type { Server, Socket } from 'node:net'
import { networkOf } from './network.js'
import { createPlaces } from './places.js'
import type { Guard } from './types.js'

export interface DoorLimits {
  /** Connections at a time: all, and those from one address (of IPv6 one /64). */
  connections: number
  connectionsPerAddress: number
  /** Those from one address that have not logged in. Not of addresses that many people are behind. */
  beforeLoginPerAddress: number
  /** Milliseconds to log in; a TLS handshake is part of it. Infinity where nobody logs in. */
  loginTimeout: number
}

export type Refused =
  | { why: 'full' | 'address' }
  /** Too many wrong passwords came from the address. */
  | { why: 'banned'; seconds: number }

export interface Door {
  /** Null where it may come in; it leaves when it is closed. */
  enter(socket: Socket): Refused | null
  /** The connection from this address and port logged in: the deadline is over. */
  loggedIn(address: string, port: number): void
  /** Tells it `text`, late where it is banned, and closes. '': closes without a word. */
  turnAway(socket: Socket, refused: Refused, text: string): Promise<void>
}

interface Visit {
  network: string
  socket: Socket
  timer: NodeJS.Timeout | null
}

/** Milliseconds before somebody who is banned is told so: who comes again and again, comes seldom. */
const BANNED_PAUSE = 5_000
/** Milliseconds for a client to take the last words. */
const LAST_WORDS = 2_000

export type DoorGuard = Pick<Guard, 'bannedFor' | 'isShared' | 'pause' | 'turnedAway'>

export function createDoor(guard: DoorGuard, limits: DoorLimits): Door {
  /** Those that have not logged in, in the order of coming. */
  const strangers = new Map<string, Visit>()
  const strangersOf = createPlaces<string>(Number.POSITIVE_INFINITY)
  const all = createPlaces<string>(limits.connectionsPerAddress)
  /** Else nobody logs in, and nobody can be told to have had time for it. */
  const isTimed = Number.isFinite(limits.loginTimeout)
  let open = 0

  function noStranger(key: string): void {
    const visit = strangers.get(key)
    if (!visit) return
    if (visit.timer) clearTimeout(visit.timer)
    strangers.delete(key)
    strangersOf.leave(visit.network)
  }

  /** Frees a place that somebody holds who has more of them than the newcomer. */
  function makeRoom(newcomer: string): boolean {
    if (!isTimed) return false
    let victim: Visit | null = null
    for (const visit of strangers.values()) {
      const most = victim ? strangersOf.taken(victim.network) : strangersOf.taken(newcomer)
      if (strangersOf.taken(visit.network) > most) victim = visit
    }
    victim?.socket.destroy()
    return victim !== null
  }

  function refusal(address: string, network: string): Refused | null {
    const seconds = guard.bannedFor(address)
    if (seconds !== null) return { why: 'banned', seconds }
    const tooMany = !guard.isShared(address) && strangersOf.taken(network) >= limits.beforeLoginPerAddress
    if (tooMany || all.taken(network) >= limits.connectionsPerAddress) return { why: 'address' }
    return open < limits.connections || makeRoom(network) ? null : { why: 'full' }
  }

  return {
    enter(socket) {
      const address = socket.remoteAddress ?? ''
      const network = networkOf(address)
      const refused = refusal(address, network)
      if (refused) {
        guard.turnedAway()
        return refused
      }
      const key = `${address} ${socket.remotePort}`
      const timer = isTimed ? setTimeout(() => socket.destroy(), limits.loginTimeout).unref() : null
      open++
      all.take(network)
      strangersOf.take(network)
      strangers.set(key, { network, socket, timer })
      socket.once('close', () => {
        open--
        all.leave(network)
        noStranger(key)
      })
      return null
    },

    loggedIn: (address, port) => noStranger(`${address} ${port}`),

    async turnAway(socket, { why }, text) {
      socket.on('error', () => {})
      if (why === 'banned') await guard.pause(BANNED_PAUSE, new AbortController().signal)
      if (text === '') socket.destroy()
      else {
        socket.end(text)
        socket.resume()
        setTimeout(() => socket.destroy(), LAST_WORDS).unref()
      }
    },
  }
}

/** Puts the door before a server's own listeners of `connection`. `textOf`: what those who may not come in are told. */
export function hangDoor(server: Server, door: Door, textOf: (refused: Refused) => string): void {
  const listeners = server.listeners('connection')
  server.removeAllListeners('connection')
  server.on('connection', (socket: Socket) => {
    const refused = door.enter(socket)
    if (refused) void door.turnAway(socket, refused, textOf(refused))
    else for (const listener of listeners) listener.call(server, socket)
  })
}
