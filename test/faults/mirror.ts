// An IMAP client that keeps each mailbox it saw, and is told what changed since by QRESYNC (RFC 7162 §3.2.5).
import { type Imap, parseUids } from './imap.js'
import { type Boxes, parseFetch } from './truth.js'

interface Known {
  uidValidity: number
  highestModseq: number
  messages: Map<number, { flags: string[]; modseq: number }>
}

export interface Mirror {
  /** Goes from what is known to now in each of these mailboxes, and gives where that is not what was read. */
  sync(imap: Imap, boxes: Boxes): Promise<string[]>
  /** Mailboxes that were followed by what changed, and those that had to be read anew. */
  readonly deltas: number
  readonly restarts: number
}

export function createMirror(): Mirror {
  const known = new Map<string, Known>()
  let deltas = 0
  let restarts = 0

  async function follow(imap: Imap, box: string, path: string): Promise<Known> {
    const before = known.get(box)
    const since = before ? ` (QRESYNC (${before.uidValidity} ${before.highestModseq}))` : ''
    const { untagged } = await imap.command(`SELECT ${path}${since}`)
    const number = (code: string) =>
      Number(untagged.map((line) => new RegExp(`^OK \\[${code} (\\d+)\\]`).exec(line)?.[1]).find(Boolean))
    const now = { uidValidity: number('UIDVALIDITY'), highestModseq: number('HIGHESTMODSEQ') }
    const isSame = before?.uidValidity === now.uidValidity
    if (before && isSame) deltas++
    else if (before) restarts++
    const messages = new Map(isSame ? before.messages : [])
    const rows = isSame ? untagged : (await imap.command('UID FETCH 1:* (UID FLAGS MODSEQ)')).untagged
    for (const line of rows) {
      const vanished = /^VANISHED \(EARLIER\) (\S+)/.exec(line)?.[1]
      for (const uid of vanished ? parseUids(vanished) : []) messages.delete(uid)
      const row = parseFetch(line)
      if (row) messages.set(row.uid, { flags: row.flags, modseq: row.modseq })
    }
    return { ...now, messages }
  }

  return {
    async sync(imap, boxes) {
      const wrong: string[] = []
      for (const box of known.keys()) if (!boxes.has(box)) known.delete(box)
      for (const [box, { path, messages }] of boxes) {
        const now = await follow(imap, box, path)
        known.set(box, now)
        const said = (uid: number, row: { flags: string[]; modseq: number } | undefined) =>
          row ? `${uid} [${row.flags.join(' ')}] ${row.modseq}` : `${uid} gone`
        for (const uid of new Set([...messages.keys(), ...now.messages.keys()])) {
          const [told, is] = [said(uid, now.messages.get(uid)), said(uid, messages.get(uid))]
          if (told !== is) wrong.push(`QRESYNC of ${path}: told ${told}, is ${is}`)
        }
      }
      return wrong
    },
    get deltas() {
      return deltas
    },
    get restarts() {
      return restarts
    },
  }
}
