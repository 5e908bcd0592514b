import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

/** A client that says what it is told, and waits for each reply. */
export interface LineClient {
  /** The greeting, then replies in order; the lines of one reply joined by a line feed. */
  reply(): Promise<string>
  /** Sends a line; the reply. */
  say(line: string): Promise<string>
  /** Sends bytes as they are. */
  write(bytes: string | Uint8Array): void
  /** After the server's 220 to STARTTLS. */
  upgrade(): Promise<void>
  /** Resolves once the server has closed. */
  closed: Promise<void>
  destroy(): void
  readonly socket: Socket
}

export interface Address {
  host: string
  port: number
}

export async function openClient({ host, port }: Address): Promise<LineClient> {
  let socket: Socket = connect(port, host)
  await once(socket, 'connect')
  const replies: string[] = []
  const waiting: ((reply: string) => void)[] = []
  let text = ''
  let lines: string[] = []
  let end = () => {}
  const closed = new Promise<void>((resolve) => {
    end = resolve
  })

  const onData = (chunk: Buffer) => {
    const parts = (text + chunk.toString()).split('\r\n')
    text = parts.pop()!
    for (const line of parts) {
      lines.push(line)
      if (line[3] === '-') continue
      const reply = lines.join('\n')
      lines = []
      const next = waiting.shift()
      if (next) next(reply)
      else replies.push(reply)
    }
  }
  const listen = () => {
    socket.on('data', onData)
    socket.on('error', () => {})
    socket.on('close', () => {
      for (const resolve of waiting.splice(0)) resolve('closed')
      end()
    })
  }
  listen()

  const client: LineClient = {
    closed,
    async reply() {
      const there = replies.shift()
      if (there !== undefined) return there
      if (socket.destroyed) return 'closed'
      return new Promise((resolve) => waiting.push(resolve))
    },
    say(line) {
      socket.write(`${line}\r\n`)
      return client.reply()
    },
    write: (bytes) => void socket.write(bytes),
    async upgrade() {
      socket.removeAllListeners()
      socket = connectTls({ socket, rejectUnauthorized: false })
      await once(socket, 'secureConnect')
      listen()
    },
    destroy: () => void socket.destroy(),
    get socket() {
      return socket
    },
  }
  return client
}

/** The credentials of AUTH PLAIN (RFC 4616 §2). */
export function plain(name: string, password: string, authzid = ''): string {
  return Buffer.from(`${authzid}\0${name}\0${password}`).toString('base64')
}
