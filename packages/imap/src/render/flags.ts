// Flags as IMAP spells them (RFC 3501 §2.3.2), and the untagged responses that tell of changes. Pure.
import { FLAG, type MailboxView } from '@tandem/mailstore'
import { countRecent, type Row, type Told, type Update } from '../selected/told.js'

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

/** PERMANENTFLAGS; `\*` because keywords can be made (RFC 3501 §7.1). */
export function renderPermanentFlags(keywords: Iterable<string>, readOnly: boolean): string {
  if (readOnly) return '()'
  return `(${[...SYSTEM_FLAGS.map((flag) => flag.name), ...keywords, '\\*'].join(' ')})`
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

/** Updates as untagged responses. `withUid`: within a UID command each FETCH has the UID (RFC 3501 §6.4.8). */
export function renderUpdates(
  updates: readonly Update[],
  told: Told,
  options: { recentFrom: number; withUid: boolean },
): string {
  let text = ''
  // Flags stand before expunges, with the numbers from before them.
  for (const update of updates) {
    switch (update.type) {
      case 'flags': {
        const row = rowOfUid(told, update.uid)
        const uid = options.withUid ? `UID ${update.uid} ` : ''
        text += `* ${update.sequence} FETCH (${uid}FLAGS ${renderFlags(row, update.uid >= options.recentFrom)})\r\n`
        break
      }
      case 'expunge':
        text += `* ${update.sequence} EXPUNGE\r\n`
        break
      case 'exists':
        text += `* ${update.count} EXISTS\r\n* ${countRecent(told, options.recentFrom)} RECENT\r\n`
        break
      default:
        update satisfies never
    }
  }
  return text
}

function rowOfUid(told: Told, uid: number): Pick<Row, 'flags' | 'keywords'> {
  const index = told.view.indexOf(uid)
  return { flags: told.view.flags.at(index), keywords: told.view.keywords(index) }
}
