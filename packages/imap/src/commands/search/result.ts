// What SEARCH answers, and what it saves. Pure.
import { encodeString } from '../../wire/encode.js'
import { formatUidSet } from '../../wire/sequence-set.js'
import type { SearchOptions } from './options.js'

/** A message that matches. */
export interface Found {
  sequence: number
  uid: number
  modseq: number
}

export interface ResultForm {
  /** Whether the numbers are UIDs. */
  uid: boolean
  /** Whether MODSEQ is among the criteria: then the answer has one, unless nothing was found. */
  withModseq: boolean
}

/** The SEARCH response (RFC 3501 §7.2.5, RFC 7162 §3.1.6). `found`: ascending. */
export function renderSearch(found: readonly Found[], { uid, withModseq }: ResultForm): string {
  const numbers = found.map((each) => (uid ? each.uid : each.sequence))
  const highest = withModseq && found.length > 0 ? ` (MODSEQ ${highestModseq(found)})` : ''
  return `${['SEARCH', ...numbers].join(' ')}${highest}`
}

/**
 * The ESEARCH response (RFC 4731 §3.1, §3.2); null where nothing but SAVE was asked for (RFC 5182 §1). Without a match
 * there is no MIN, MAX or ALL in it.
 */
export function renderEsearch(
  found: readonly Found[],
  options: SearchOptions,
  { uid, withModseq, tag }: ResultForm & { tag: string },
): string | null {
  if (options.size === 1 && options.has('SAVE')) return null
  const number = (each: Found) => (uid ? each.uid : each.sequence)
  const items = [`ESEARCH (TAG ${encodeString(tag)})`]
  if (uid) items.push('UID')
  if (found.length > 0) {
    if (options.has('MIN')) items.push(`MIN ${number(found[0]!)}`)
    if (options.has('MAX')) items.push(`MAX ${number(found.at(-1)!)}`)
    if (options.has('ALL')) items.push(`ALL ${formatUidSet(found.map(number))}`)
  }
  if (options.has('COUNT')) items.push(`COUNT ${found.length}`)
  if (withModseq && found.length > 0) items.push(`MODSEQ ${highestModseq(returnedOf(found, options))}`)
  return items.join(' ')
}

/** What of the messages found is returned, and is what `$` holds (RFC 5182 §2.4) and MODSEQ is of (RFC 4731 §3.2). */
export function returnedOf(found: readonly Found[], options: SearchOptions): readonly Found[] {
  const hasEnds = options.has('MIN') || options.has('MAX')
  if (!hasEnds || options.has('ALL') || options.has('COUNT') || found.length === 0) return found
  const ends = [...(options.has('MIN') ? [found[0]!] : []), ...(options.has('MAX') ? [found.at(-1)!] : [])]
  return ends.length === 2 && ends[0] === ends[1] ? [ends[0]!] : ends
}

function highestModseq(found: readonly Found[]): number {
  return found.reduce((highest, { modseq }) => Math.max(highest, modseq), 0)
}
