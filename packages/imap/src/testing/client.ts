import { once } from 'node:events'
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { constants, createDeflateRaw, createInflateRaw } from 'node:zlib'

/** Something to tear down after: tap's `t` does. */
export type Test = { teardown(fn: () => unknown): void }

export interface Result {
  /** The untagged responses without "* " and CRLF, a literal in them as it came. */
  untagged: string[]
  /** Continuation requests, without "+ ". */
  continuations: string[]
  status: string
  /** What follows the status: `[CODE] text`. */
  text: string
}

/** The line ended before the answer: whether the command was done is not known. */
export class LineLost extends Error {
  override name = 'LineLost'

  constructor(
    what: string,
    /** What came before the end. */
    readonly untagged: readonly string[] = [],
  ) {
    super([what, ...untagged].join('; '))
  }
}

export interface Client {
  /** The greeting, without "* ". */
  readonly greeting: string
  /**
   * Sends one command with a tag of its own; a Buffer is a synchronizing literal, sent once it is asked for. Errors:
   * LineLost.
   */
  run(...parts: (string | Buffer)[]): Promise<Result>
  /** run, and the untagged responses alone. Errors: where the status is not OK. */
  ok(...parts: (string | Buffer)[]): Promise<string[]>
  login(name?: string, password?: string): Promise<Result>
  append(mailbox: string, message: Buffer | string, options?: string): Promise<Result>
  /** Octets as they are. */
  send(octets: string | Buffer): void
  /** The next response, whatever it is, without CRLF; null once the server has closed. */
  response(): Promise<string | null>
  /** Every response to the end of the connection. */
  rest(): Promise<string[]>
  /** Goes over to TLS. */
  startTls(): Promise<void>
  /** COMPRESS DEFLATE, and compresses from then on. */
  compress(): Promise<void>
  /** Closes without a word. */
  close(): void
  readonly socket: Socket
}

export const PASSWORD = 'correct horse battery'

export interface ConnectOptions {
  tls?: boolean
  maxVersion?: 'TLSv1.2' | 'TLSv1.3'
}

/** Connects; waits for the greeting. */
export async function connect(t: Test, port: number, options: ConnectOptions = {}): Promise<Client> {
  let socket: Socket = options.tls
    ? connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options })
    : connectTcp(port, '127.0.0.1')
  let received = ''
  let ended = false
  let wake = () => {}
  let tags = 0

  let write = (octets: Buffer) => void socket.write(octets)
  const onData = (piece: Buffer) => {
    received += piece.toString('latin1')
    wake()
  }
  const onEnd = () => {
    ended = true
    wake()
  }
  function listen(): void {
    socket.setNoDelay(true)
    socket.on('data', onData)
    for (const event of ['end', 'close', 'error']) socket.on(event, onEnd)
  }
  listen()
  t.teardown(() => socket.destroy())

  const more = () =>
    new Promise<void>((resolve) => {
      wake = resolve
    })

  async function response(): Promise<string | null> {
    for (let from = 0; ; ) {
      const end = received.indexOf('\r\n', from)
      if (end < 0) {
        if (ended) return null
        await more()
        continue
      }
      const literal = /\{(\d+)\}$/.exec(received.slice(from, end))
      if (!literal) {
        const text = received.slice(0, end)
        received = received.slice(end + 2)
        return text
      }
      // On behind the literal's octets.
      from = end + 2 + Number(literal[1])
      while (received.length < from) {
        if (ended) return null
        await more()
      }
    }
  }

  async function run(...parts: (string | Buffer)[]): Promise<Result> {
    const tag = `t${++tags}`
    const result: Result = { untagged: [], continuations: [], status: '', text: '' }
    let next = 0
    const sendOn = () => {
      let line = next === 0 ? `${tag} ` : ''
      while (next < parts.length) {
        const part = parts[next++]!
        if (typeof part === 'string') line += part
        else {
          write(Buffer.from(`${line}{${part.length}}\r\n`, 'latin1'))
          return
        }
      }
      write(Buffer.from(`${line}\r\n`, 'latin1'))
    }
    sendOn()
    for (;;) {
      const text = await response()
      if (text === null) throw new LineLost(`closed in ${String(parts[0])}`, result.untagged)
      if (text.startsWith('+ ')) {
        result.continuations.push(text.slice(2))
        const literal = parts[next - 1]
        if (literal instanceof Buffer) {
          write(literal)
          sendOn()
        }
      } else if (text.startsWith('* ')) result.untagged.push(text.slice(2))
      else if (text.startsWith(`${tag} `)) {
        const [, status, rest] = /^\S+ (\S+) (.*)$/.exec(text)!
        return { ...result, status: status!, text: rest! }
      } else throw new Error(`out of place: ${text}`)
    }
  }

  const client: Omit<Client, 'greeting'> = {
    get socket() {
      return socket
    },
    run,
    async ok(...parts) {
      const result = await run(...parts)
      if (result.status !== 'OK') throw new Error(`${String(parts[0])}: ${result.status} ${result.text}`)
      return result.untagged
    },
    login: (name = 'alice@example.org', password = PASSWORD) => run(`LOGIN "${name}" "${password}"`),
    append: (mailbox, message, options = '') =>
      run(`APPEND ${mailbox} ${options && `${options} `}`, Buffer.from(message)),
    send(octets) {
      write(typeof octets === 'string' ? Buffer.from(octets, 'latin1') : octets)
    },
    response,
    async rest() {
      const responses: string[] = []
      for (;;) {
        const text = await response()
        if (text === null) return responses
        responses.push(text)
      }
    },
    async startTls() {
      socket.removeAllListeners()
      received = ''
      const secure = connectTls({ socket, rejectUnauthorized: false })
      await once(secure, 'secureConnect')
      socket = secure
      ended = false
      listen()
    },
    async compress() {
      await client.ok('COMPRESS DEFLATE')
      const inflate = createInflateRaw()
      const deflate = createDeflateRaw()
      socket.removeAllListeners()
      socket.on('error', () => {})
      socket.pipe(inflate).on('data', onData)
      socket.on('close', () => inflate.end())
      for (const event of ['end', 'close', 'error']) inflate.on(event, onEnd)
      deflate.pipe(socket)
      write = (octets) => {
        deflate.write(octets)
        deflate.flush(constants.Z_SYNC_FLUSH)
      }
    },
    close() {
      socket.destroy()
    },
  }
  const greeting = await response()
  return Object.defineProperty(client, 'greeting', { value: greeting?.replace(/^\* /, '') ?? '' }) as Client
}
