import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import type { Test } from '../../src/testing.js'

/**
 * What becomes of a statement. `cut`: the connection goes before the server sees it. `swallow`: the server sees it, and
 * the connection goes with the server's answer.
 */
export type Fate = 'pass' | 'cut' | 'swallow'

export interface Proxy {
  /** Of the database, through the proxy. */
  url: string
  /** Asked with the text of each statement a client sends; 'pass' at first. */
  judge: (statement: string) => Fate
  /** Accepts connections and closes them at once, as a load balancer without a server does. */
  isClosing: boolean
  /** Connections that are still to be answered as by a database that recovers, and closed. */
  refusals: number
  /** Whether lost connections are reset rather than closed. */
  resets: boolean
  /** Loses every connection. */
  cutAll(): void
}

/** A TCP proxy that understands as much of Postgres's protocol as it takes to tell statements apart. */
export async function startProxy(t: Test, databaseUrl: string): Promise<Proxy> {
  const target = new URL(databaseUrl)
  const clients = new Set<Socket>()
  const server = createServer((client) => {
    client.on('error', () => {})
    if (proxy.isClosing) return void client.destroy()
    if (proxy.refusals > 0) {
      proxy.refusals--
      return void client.once('data', () => client.end(RECOVERING))
    }
    clients.add(client)
    client.once('close', () => clients.delete(client))
    relay(client, connect(Number(target.port), target.hostname), proxy)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const url = new URL(databaseUrl)
  url.port = String(typeof address === 'object' && address ? address.port : 0)
  const proxy: Proxy = {
    url: url.href,
    judge: () => 'pass',
    isClosing: false,
    refusals: 0,
    resets: false,
    cutAll() {
      for (const client of clients) lose(client, proxy.resets)
    },
  }
  t.teardown(() => {
    server.close()
    proxy.cutAll()
  })
  return proxy
}

/** ErrorResponse: cannot_connect_now. */
const RECOVERING = (() => {
  const fields = Buffer.from('SFATAL\0VFATAL\0C57P03\0Mthe database system is in recovery mode\0\0')
  const head = Buffer.from('E\0\0\0\0')
  head.writeInt32BE(4 + fields.length, 1)
  return Buffer.concat([head, fields])
})()

function lose(client: Socket, resets: boolean): void {
  if (resets) client.resetAndDestroy()
  else client.destroy()
}

function relay(client: Socket, upstream: Socket, proxy: Proxy): void {
  let isSwallowing = false
  const read = statementReader((statement) => proxy.judge(statement))
  client.on('data', (bytes) => {
    const { pass, fate } = read(bytes)
    if (pass.length > 0) upstream.write(pass)
    if (fate === 'swallow') isSwallowing = true
    // The server is told by the end of its own connection, after what passed.
    if (fate === 'cut') lose(client, proxy.resets)
  })
  upstream.on('data', (bytes) => {
    if (isSwallowing) lose(client, proxy.resets)
    else client.write(bytes)
  })
  client.on('close', () => upstream.end())
  upstream.on('close', () => client.destroy())
  upstream.on('error', () => client.destroy())
}

/** Splits what a client sends into messages: what may pass, and the fate of the first statement that may not. */
function statementReader(
  judge: (statement: string) => Fate,
): (bytes: Buffer) => { pass: Buffer; fate: Fate } {
  let held: Buffer = Buffer.alloc(0)
  let isStarted = false
  const prepared = new Map<string, string>()
  return (bytes) => {
    held = Buffer.concat([held, bytes])
    let at = 0
    let fate: Fate = 'pass'
    // The first message has no type; the length counts itself.
    for (let head = isStarted ? 1 : 0; held.length >= at + head + 4; head = 1) {
      const end = at + head + held.readInt32BE(at + head)
      if (held.length < end) break
      const [first = '', second = ''] = held.toString('utf8', at + head + 4, end).split('\0', 2)
      const type = isStarted ? String.fromCharCode(held[at]!) : ''
      isStarted = true
      if (type === 'P') prepared.set(first, second)
      const statement = type === 'Q' ? first : type === 'B' ? (prepared.get(second) ?? '') : null
      if (statement !== null && fate === 'pass') fate = judge(statement.trim())
      if (fate === 'cut') break
      at = end
    }
    const pass = held.subarray(0, at)
    held = held.subarray(at)
    return { pass, fate }
  }
}
