import { PASSWORD } from '../support/tandem.js'
import { Refused } from './answers.js'
import { openLines } from './lines.js'
import type { Server } from './servers.js'

export interface Imap {
  /** The untagged responses without `* `, and what follows the tagged OK. Errors: Refused, Lost. */
  command(...parts: (string | Uint8Array)[]): Promise<{ untagged: string[]; text: string }>
  close(): void
}

/** A literal that waits for nobody (LITERAL+), with what it holds. */
export const literal = (bytes: Uint8Array): (string | Uint8Array)[] => [`{${bytes.length}+}\r\n`, bytes]

/** The UIDs of a set: `3,5:7`. */
export function parseUids(set: string): number[] {
  return set.split(',').flatMap((range) => {
    const [first, last = first] = range.split(':').map(Number) as [number, number?]
    return Array.from({ length: last! - first + 1 }, (_, i) => first + i)
  })
}

/** Logged in. Responses with literals are not understood. Errors: Refused, Lost. */
export async function openImapSession(server: Server, user: string): Promise<Imap> {
  const lines = await openLines(server.address('imap'))
  const imap: Imap = {
    async command(...parts) {
      lines.write(Buffer.concat(['a ', ...parts, '\r\n'].map((part) => Buffer.from(part))))
      const untagged: string[] = []
      for (;;) {
        const line = await lines.next()
        if (line.startsWith('* ')) untagged.push(line.slice(2))
        else if (line.startsWith('a OK ')) return { untagged, text: line.slice(5) }
        else throw new Refused(`${String(parts[0])}: ${line}`, line.startsWith('a NO [UNAVAILABLE]'))
      }
    },
    close: () => lines.close(),
  }
  await lines.next()
  await imap.command(`LOGIN ${user} "${PASSWORD}"`)
  return imap
}
