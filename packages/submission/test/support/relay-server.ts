import type { AddressInfo } from 'node:net'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'

export interface Taken {
  from: string
  to: string[]
  message: string
  tls: boolean
  user: string | undefined
}

/** A server that relays nothing: it keeps what it takes, and answers as it is told. */
export interface RelayServer {
  port: number
  /** Cuts every connection off. */
  cut(): void
  taken: Taken[]
  /** By recipient: a reply to RCPT other than 250. */
  replies: Map<string, [code: number, text: string]>
  /** A reply to the whole message other than 250. */
  dataReply: [code: number, text: string] | null
  /** Resolves with the next message's envelope while the server has not answered it: answer by calling back. */
  holdNext(): Promise<() => void>
}

type Test = { teardown(fn: () => unknown): void }

export async function openRelayServer(t: Test, options: SMTPServerOptions = {}): Promise<RelayServer> {
  let hold: ((answer: () => void) => void) | null = null
  const relay: RelayServer = {
    port: 0,
    cut: () => {},
    taken: [],
    replies: new Map(),
    dataReply: null,
    holdNext: () =>
      new Promise((resolve) => {
        hold = resolve
      }),
  }
  const refuse = ([code, text]: [number, string]) => Object.assign(new Error(text), { responseCode: code })
  const server = new SMTPServer({
    authOptional: true,
    disableReverseLookup: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    onRcptTo({ address }, _session, done) {
      const reply = relay.replies.get(address)
      done(reply ? refuse(reply) : null)
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const answer = () => {
          if (relay.dataReply) return done(refuse(relay.dataReply))
          const { mailFrom, rcptTo } = session.envelope
          relay.taken.push({
            from: mailFrom ? mailFrom.address : '',
            to: rcptTo.map(({ address }) => address),
            message: Buffer.concat(chunks).toString('latin1'),
            tls: session.secure,
            user: session.user as string | undefined,
          })
          done(null, 'taken')
        }
        const holder = hold
        hold = null
        if (holder) holder(answer)
        else answer()
      })
    },
    ...options,
  })
  server.on('error', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  relay.cut = () => {
    for (const connection of server.connections) connection._socket.destroy()
  }
  relay.port = (server.server.address() as AddressInfo).port
  t.teardown(() => {
    for (const connection of server.connections) connection.close()
    return new Promise<void>((resolve) => server.close(resolve))
  })
  return relay
}
