// LMTP and submission, so slowly that it is known which command had its answer.
import { PASSWORD } from '../support/tandem.js'
import { Lost, Refused } from './answers.js'
import { openLines } from './lines.js'
import type { Server } from './servers.js'

/** What became of a recipient: the reply, where it was a 250; null: none came, or one that says later. */
export type Ending = string | null

export interface Smtp {
  /** Sends a message; a reply for each recipient (LMTP), or one for all. Errors: Refused, Lost: before its end was sent. */
  send(from: string, to: readonly string[], message: Uint8Array): Promise<Ending[]>
  close(): void
}

export async function openSmtp(server: Server, kind: 'lmtp' | 'submission', user = ''): Promise<Smtp> {
  const lines = await openLines(server.address(kind))

  async function reply(): Promise<string> {
    for (;;) {
      const line = await lines.next()
      if (line[3] !== '-') return line
    }
  }
  async function say(command: string, wanted = '2'): Promise<string> {
    lines.write(`${command}\r\n`)
    const line = await reply()
    if (line.startsWith(wanted)) return line
    throw new Refused(`${command}: ${line}`, line.startsWith('4'))
  }

  await reply()
  await say(kind === 'lmtp' ? 'LHLO mta.example.net' : 'EHLO client.example.net')
  if (user) await say(`AUTH PLAIN ${Buffer.from(`\0${user}\0${PASSWORD}`).toString('base64')}`)
  return {
    async send(from, to, message) {
      await say(`MAIL FROM:<${from}>`)
      for (const address of to) await say(`RCPT TO:<${address}>`)
      await say('DATA', '354')
      lines.write(message)
      lines.write('.\r\n')
      const endings: Ending[] = []
      for (const _ of kind === 'lmtp' ? to : [to]) {
        const line = await reply().catch((error: unknown) => {
          if (error instanceof Lost) return null
          throw error
        })
        if (line && !/^[24]/.test(line)) throw new Error(`the end of a message: ${line}`)
        endings.push(line?.startsWith('250') ? line : null)
      }
      return endings
    },
    close: () => lines.close(),
  }
}
