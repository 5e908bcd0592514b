// The least of an LMTP client (RFC 2033), on one line for many messages.
import { once } from 'node:events'
import { connect } from 'node:net'
import { LineLost } from '@tandem/imap/testing'

export interface Lmtp {
  readonly closed: boolean
  /** The reply to the message's end. Errors: LineLost. */
  deliver(to: string, message: Buffer): Promise<string>
  close(): void
}

export async function openLmtp(address: { host: string; port: number }): Promise<Lmtp> {
  const socket = connect(address)
  socket.on('error', () => {})
  socket.setNoDelay(true)
  let held = ''
  let closed = false
  let wake = () => {}
  socket.on('data', (bytes: Buffer) => {
    held += bytes.toString('latin1')
    wake()
  })
  socket.on('close', () => {
    closed = true
    wake()
  })
  await once(socket, 'connect')

  /** The last line of a reply. */
  async function reply(): Promise<string> {
    for (;;) {
      const match = /^(?:\d{3}-.*\r\n)*(\d{3} .*)\r\n/.exec(held)
      if (match) {
        held = held.slice(match[0].length)
        return match[1]!
      }
      if (closed) throw new LineLost('the line ended')
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  const say = (octets: string | Buffer) => {
    socket.write(octets)
    return reply()
  }
  await reply()
  await say('LHLO sender.example.net\r\n')
  return {
    get closed() {
      return closed
    },
    async deliver(to, message) {
      await say('MAIL FROM:<sender@example.net>\r\n')
      await say(`RCPT TO:<${to}>\r\n`)
      await say('DATA\r\n')
      return say(Buffer.concat([message, Buffer.from('.\r\n')]))
    },
    close() {
      socket.destroy()
    },
  }
}
