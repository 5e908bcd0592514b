// VANISHED (EARLIER): RFC 7162 §3.2.10.1.
import type { Account } from '@tandem/mailstore'
import type { Told } from '../selected/told.js'
import { above, expungedOf, missingOf } from '../selected/vanished.js'
import type { Output } from '../wire/output.js'
import { formatRanges, type SequenceSet } from '../wire/sequence-set.js'

/** Ranges in one response: lines stay near 8,000 octets. */
const RANGES_PER_LINE = 500

export interface VanishedRequest {
  /** The UIDs that the client knows; null: all there were. */
  known: SequenceSet | null
  since: number
  /** Expunges up to this UID are known. */
  matched?: number
}

/** Tells what was expunged of the UIDs known after `since`; where that is forgotten, all of them that are not there. */
export async function tellVanished(
  account: Account,
  told: Told,
  output: Output,
  { known, since, matched = 0 }: VanishedRequest,
): Promise<void> {
  // A quiet mailbox has missed nothing, however much was forgotten elsewhere.
  if (since >= told.view.highestModseq) return
  const expunged = await account.read((r) => r.changes.vanished(told.view.mailboxId, since))
  const gone = expunged ? expungedOf(known, told, expunged) : missingOf(known, told)
  const ranges = above(gone, matched)
  for (let at = 0; at < ranges.length; at += RANGES_PER_LINE) {
    output.text(`* VANISHED (EARLIER) ${formatRanges(ranges.slice(at, at + RANGES_PER_LINE))}\r\n`)
    await output.relieve()
  }
}
