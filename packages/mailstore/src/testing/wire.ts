// What a store and its database say to each other, counted between them.
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import type { Test } from '../testing.js'

/**
 * Sums since the last call of `take`, over the connections that serve commands: those that notices and ids go over are
 * left out, because their statements come when they come.
 */
export interface Traffic {
  /** Executions of statements, BEGIN and COMMIT included. */
  statements: number
  /** Rows that statements gave or changed. */
  rows: number
  sent: number
  received: number
}

export interface Wire {
  /** The database's URL by way of the counter. */
  url: string
  /** What was counted since the last call. */
  take(): Traffic
}

const none = (): Traffic => ({ statements: 0, rows: 0, sent: 0, received: 0 })

/** What only the connections of notices and ids say. */
const ASIDE = /\blisten\b|pg_notify|id_counter/i

/** A relay on loopback that reads the message frames of Postgres's protocol 3.0 (no TLS) as they pass. */
export async function countingWire(t: Test, url: string): Promise<Wire> {
  const target = new URL(url)
  let traffic = none()
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const database = connect(Number(target.port || 5432), target.hostname)
    let isAside = false
    // What Parse and Query bring is text; the first frame of the client, StartupMessage, has no type.
    const fromClient = frames(false, (type, body) => {
      if (type === 'P' || type === 'Q') isAside ||= ASIDE.test(body.toString('latin1'))
      if (!isAside && (type === 'E' || type === 'Q')) traffic.statements++
    })
    // CommandComplete: `SELECT 5`, `INSERT 0 5`, `BEGIN`.
    const fromDatabase = frames(true, (type, body) => {
      if (isAside || type !== 'C') return
      traffic.rows += Number(/(\d+)\0$/.exec(body.toString('latin1'))?.[1] ?? 0)
    })
    client.on('data', (bytes) => {
      fromClient(bytes)
      if (!isAside) traffic.sent += bytes.length
    })
    database.on('data', (bytes) => {
      fromDatabase(bytes)
      if (!isAside) traffic.received += bytes.length
    })
    for (const socket of [client, database]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => {})
      socket.once('close', () => {
        sockets.delete(socket)
        client.destroy()
        database.destroy()
      })
    }
    client.pipe(database)
    database.pipe(client)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const relayed = new URL(url)
  relayed.hostname = '127.0.0.1'
  relayed.port = `${(server.address() as { port: number }).port}`
  return {
    url: relayed.href,
    take() {
      const taken = traffic
      traffic = none()
      return taken
    },
  }
}

/** Cuts a stream into frames: a type of one octet, a length that counts itself, the body. */
function frames(typed: boolean, onFrame: (type: string, body: Buffer) => void): (bytes: Buffer) => void {
  let held: Buffer = Buffer.alloc(0)
  let hasType = typed
  return (bytes) => {
    held = held.length === 0 ? bytes : Buffer.concat([held, bytes])
    let at = 0
    for (;;) {
      const head = hasType ? 1 : 0
      if (held.length - at < head + 4) break
      const end = at + head + held.readUInt32BE(at + head)
      if (end > held.length) break
      if (hasType) onFrame(String.fromCharCode(held[at]!), held.subarray(at + head + 4, end))
      hasType = true
      at = end
    }
    held = held.subarray(at)
  }
}
