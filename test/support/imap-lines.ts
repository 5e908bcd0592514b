import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { connect } from 'node:tls'
import { PASSWORD, type Tandem } from './tandem.js'

/** An IMAP client that shows every line, where a library would read them for itself. */
export interface ImapLines {
  /** The untagged responses to a command, without `* `. Errors: where the answer is not OK. */
  ok(command: string): Promise<string[]>
  append(mailbox: string, message: Buffer, flags?: string): Promise<void>
}

/** Logged in over TLS; closed when `t` ends. Responses with literals are not understood. */
export async function openImapLines(
  t: { teardown(fn: () => unknown): void },
  tandem: Tandem,
  user: string,
): Promise<ImapLines> {
  const socket = connect({ ...tandem.address('imaps'), rejectUnauthorized: false })
  t.teardown(() => socket.destroy())
  await once(socket, 'secureConnect')
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]()
  const next = async () => String((await lines.next()).value)
  await next()

  async function ok(command: string | Buffer): Promise<string[]> {
    socket.write(Buffer.concat([Buffer.from('t '), Buffer.from(command), Buffer.from('\r\n')]))
    const untagged: string[] = []
    for (;;) {
      const line = await next()
      if (line.startsWith('* ')) untagged.push(line.slice(2))
      else if (line.startsWith('t OK')) return untagged
      else throw new Error(`${command}: ${line}`)
    }
  }

  await ok(`LOGIN ${user} "${PASSWORD}"`)
  return {
    ok,
    async append(mailbox, message, flags = '()') {
      await ok(Buffer.concat([Buffer.from(`APPEND ${mailbox} ${flags} {${message.length}+}\r\n`), message]))
    },
  }
}
