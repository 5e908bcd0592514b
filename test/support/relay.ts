import { once } from 'node:events'
import type { Test } from '@tandem/mailstore/testing'
import { SMTPServer } from 'smtp-server'
import { until } from './until.js'

export interface Received {
  from: string
  to: string[]
  text: string
}

/** A smart host that takes every message and keeps it. */
export interface Relay {
  url: string
  received: Received[]
  /** Resolves once it has so many. */
  has(count: number): Promise<void>
}

/** `onReceived` is called before the relay says that it has a message. */
export async function startRelay(
  t: Test,
  onReceived: (message: Received) => void = () => {},
): Promise<Relay> {
  const received: Received[] = []
  let wake = () => {}
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData(stream, { envelope: { mailFrom, rcptTo } }, done) {
      const pieces: Buffer[] = []
      stream.on('data', (piece: Buffer) => pieces.push(piece))
      stream.on('end', () => {
        const message = {
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map((each) => each.address),
          text: Buffer.concat(pieces).toString(),
        }
        received.push(message)
        onReceived(message)
        done()
        wake()
      })
    },
  })
  // A client that is killed resets its connection.
  server.on('error', () => {})
  const listening = server.listen(0, '127.0.0.1')
  await once(listening, 'listening')
  t.teardown(() => new Promise<void>((resolve) => server.close(() => resolve())))
  const { port } = listening.address() as { port: number }
  return {
    url: `smtp://127.0.0.1:${port}`,
    received,
    async has(count) {
      const enough = until(async () => received.length >= count)
      wake = enough.wake
      await enough.done
    },
  }
}
