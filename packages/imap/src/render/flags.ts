// Flags as IMAP spells them (RFC 3501 §2.3.2), and the untagged responses that tell of changes. Pure.
import { FLAG, type MailboxView } from '@tandem/mailstore'
import { countRecent, isRecent, type RecentUids } from '../selected/recent.js'
import { type Row, rowAt, type Told, type Update } from '../selected/told.js'
import { formatRanges, rangesOf } from '../wire/sequence-set.js'

/** The system flags with the store's bits and words. \Deleted has no keyword: it belongs to the membership. */
export const SYSTEM_FLAGS = [
  { name: '\\Answered', bit: FLAG.answered, keyword: '$answered' },
  { name: '\\Flagged', bit: FLAG.flagged, keyword: '$flagged' },
  { name: '\\Deleted', bit: FLAG.deleted, keyword: null },
  { name: '\\Seen', bit: FLAG.seen, keyword: '$seen' },
  { name: '\\Draft', bit: FLAG.draft, keyword: '$draft' },
] as const

/** All of one message's flags, in parentheses. */
export function renderFlags(row: Pick<Row, 'flags' | 'keywords'>, recent: boolean): string {
  const names: string[] = recent ? ['\\Recent'] : []
  for (const flag of SYSTEM_FLAGS) if (row.flags & flag.bit) names.push(flag.name)
  names.push(...row.keywords)
  return `(${names.join(' ')})`
}

/** The FLAGS response: the system flags and the keywords in use (RFC 3501 §7.2.6). */
export function renderMailboxFlags(keywords: Iterable<string>): string {
  return `(${[...SYSTEM_FLAGS.map((flag) => flag.name), ...keywords].join(' ')})`
}

/** PERMANENTFLAGS; `\*` where keywords can be made (RFC 3501 §7.1). */
export function renderPermanentFlags(
  keywords: Iterable<string>,
  readOnly: boolean,
  { canMake } = { canMake: true },
): string {
  if (readOnly) return '()'
  return `(${[...SYSTEM_FLAGS.map((flag) => flag.name), ...keywords, ...(canMake ? ['\\*'] : [])].join(' ')})`
}

/** The keywords in use in the mailbox, each once, in the order of the messages. */
export function keywordsOf(view: MailboxView): Set<string> {
  const keywords = new Set<string>()
  // The arrays are shared by all rows with the same keywords.
  const seen = new Set<readonly string[]>()
  for (let index = 0; index < view.count; index++) {
    const words = view.keywords(index)
    if (words.length === 0 || seen.has(words)) continue
    seen.add(words)
    for (const word of words) keywords.add(word)
  }
  return keywords
}

/** How a session is told of changes. */
export interface Manner {
  /** Null in IMAP4rev2, which knows neither \Recent nor RECENT (RFC 9051 appendix E, 12). */
  recent: RecentUids | null
  /** Within a UID command each FETCH has the UID (RFC 3501 §6.4.8). */
  withUid: boolean
  /** The client knows CONDSTORE: each FETCH has the UID and the modseq (RFC 7162 §3.2.4). */
  withModseq: boolean
  /** The client knows QRESYNC: VANISHED instead of EXPUNGE (RFC 7162 §3.2.10.2). */
  withVanished: boolean
}

/** Updates as untagged responses. */
export function renderUpdates(updates: readonly Update[], told: Told, manner: Manner): string {
  let text = ''
  const vanished: number[] = []
  const fetch = ({ sequence, uid }: { sequence: number; uid: number }, withFlags: boolean) => {
    const row = rowAt(told.view, told.view.indexOf(uid))
    const items = [
      ...(manner.withUid || manner.withModseq ? [`UID ${uid}`] : []),
      ...(withFlags ? [`FLAGS ${renderFlags(row, isRecent(manner.recent ?? [], uid))}`] : []),
      ...(manner.withModseq ? [`MODSEQ (${row.modseq})`] : []),
    ]
    return `* ${sequence} FETCH (${items.join(' ')})\r\n`
  }
  // Flags stand before expunges, with the numbers from before them.
  for (const update of updates) {
    switch (update.type) {
      case 'flags':
        text += fetch(update, true)
        break
      case 'modseq':
        text += fetch(update, false)
        break
      case 'expunge':
        if (manner.withVanished) vanished.push(update.uid)
        else text += `* ${update.sequence} EXPUNGE\r\n`
        break
      case 'exists':
        text += renderVanished(vanished.splice(0))
        text += `* ${update.count} EXISTS\r\n`
        if (manner.recent) text += `* ${countRecent(told, manner.recent)} RECENT\r\n`
        break
      default:
        update satisfies never
    }
  }
  return text + renderVanished(vanished)
}

/** One response for all of them; nothing for none. `uids`: ascending. */
function renderVanished(uids: readonly number[]): string {
  return uids.length === 0 ? '' : `* VANISHED ${formatRanges(rangesOf(uids))}\r\n`
}
