// What a session has told its client about the selected mailbox, and what it has to tell next. Pure.
//
// A MailboxView is one moment of the mailbox and never changes. `Told` pins the version whose flags the client knows,
// and its sequence numbers. The two part where messages are gone that may not be announced yet (RFC 3501 §7.4.1): these
// keep their number, and as ghosts what they were, so that a FETCH still finds them (RFC 2180 §4.1.1).
import { FLAG, type MailboxView } from '@tandem/mailstore'
import { lowerBound } from '../wire/sequence-set.js'

export interface Row {
  uid: number
  emailId: number
  threadId: number
  /** Bits of FLAG. */
  flags: number
  keywords: readonly string[]
  size: number
  /** Seconds since 1970: INTERNALDATE, and when it was saved here (RFC 8514 §3). */
  receivedAt: number
  savedAt: number
  modseq: number
}

export interface Told {
  readonly view: MailboxView
  /** Message n is `uids[n - 1]`; ascending. The view's own column while there is no ghost. */
  readonly uids: Uint32Array
  readonly ghosts: ReadonlyMap<number, Row>
  /** The client was told every change up to this modseq: below those of the expunges that are held back. */
  readonly synced: number
}

export type Update =
  /** The flags of a message are others than the client was told. */
  | { type: 'flags'; sequence: number; uid: number }
  /** The client knows the flags, and not the modseq (RFC 7162 §3.1.3). */
  | { type: 'modseq'; sequence: number; uid: number }
  /** Numbers count down as the messages before them go, one after the other (RFC 3501 §7.4.1). */
  | { type: 'expunge'; sequence: number; uid: number }
  /** Messages were added: so many there are now. */
  | { type: 'exists'; count: number }

const NO_GHOSTS: ReadonlyMap<number, Row> = new Map()

/** What SELECT tells. */
export function firstTold(view: MailboxView): Told {
  return { view, uids: view.uids, ghosts: NO_GHOSTS, synced: view.highestModseq }
}

/**
 * Goes over to a newer version. Updates come in the order to send them: flags (with the numbers that the client still
 * has), then expunges (none unless `expunge`), then the new count. UIDs only grow, so what is new stands at the end.
 * `modseq`: flags that were changed and changed back are told of too, because of their modseq.
 */
export function advance(
  told: Told,
  next: MailboxView,
  options: { expunge: boolean; modseq?: boolean },
): { told: Told; updates: Update[] } {
  if (next === told.view && (told.ghosts.size === 0 || !options.expunge)) return { told, updates: [] }
  const flags: Update[] = []
  const expunges: Update[] = []
  const ghosts = new Map<number, Row>()
  const nextUids = next.uids
  const before = told.uids

  let at = 0
  let old = 0
  for (let index = 0; index < before.length; index++) {
    const uid = before[index]!
    while (at < nextUids.length && nextUids[at]! < uid) at++
    while (old < told.view.count && told.view.uids[old]! < uid) old++
    if (nextUids[at] === uid) {
      const isSame =
        told.view.modseqs.at(old) === next.modseqs.at(at) ||
        (!options.modseq && sameFlags(told.view, old, next, at))
      if (!isSame) flags.push({ type: 'flags', sequence: index + 1, uid })
    } else if (options.expunge) {
      expunges.push({ type: 'expunge', sequence: index + 1 - expunges.length, uid })
    } else {
      ghosts.set(uid, told.ghosts.get(uid) ?? rowAt(told.view, old))
    }
  }

  const lastTold = before.length === 0 ? 0 : before[before.length - 1]!
  const added = nextUids.subarray(lowerBound(nextUids, lastTold + 1))
  const uids = ghosts.size === 0 ? nextUids : joined(before, added)
  const updates = [...flags, ...expunges]
  if (added.length > 0) updates.push({ type: 'exists', count: uids.length })
  if (ghosts.size === 0) {
    return { told: { view: next, uids, ghosts: NO_GHOSTS, synced: next.highestModseq }, updates }
  }
  // RFC 7162 §3.2: lower than the modseq of any expunge that is held back.
  return { told: { view: next, uids, ghosts, synced: told.synced }, updates }
}

/** The row of message `sequence`, a ghost's included. */
export function rowOf(told: Told, sequence: number): Row {
  const uid = told.uids[sequence - 1]!
  return told.ghosts.get(uid) ?? rowAt(told.view, told.view.indexOf(uid))
}

/** The number of the message with this UID; 0 where the client was told of none. */
export function sequenceOf(told: Told, uid: number): number {
  const at = lowerBound(told.uids, uid)
  return told.uids[at] === uid ? at + 1 : 0
}

export function rowAt(view: MailboxView, index: number): Row {
  return {
    uid: view.uids[index]!,
    emailId: view.emailIds.at(index),
    threadId: view.threadIds.at(index),
    flags: view.flags.at(index),
    keywords: view.keywords(index),
    size: view.sizes.at(index),
    receivedAt: view.receivedAt.at(index),
    savedAt: view.savedAt.at(index),
    modseq: view.modseqs.at(index),
  }
}

/** Those of the messages, by number, that changed after `modseq`. */
export function changedSince(told: Told, sequences: readonly number[], modseq: number): number[] {
  const { view, ghosts } = told
  if (modseq >= view.highestModseq) return []
  // Without a ghost, numbers are places in the view.
  const isLater = (sequence: number) =>
    (ghosts.size > 0 ? rowOf(told, sequence).modseq : view.modseqs.at(sequence - 1)) > modseq
  return sequences.filter(isLater)
}

/** The UIDs of the messages that are \Deleted. */
export function deletedUids(view: MailboxView): number[] {
  const uids: number[] = []
  for (let index = 0; index < view.count; index++) {
    if (view.flags.at(index) & FLAG.deleted) uids.push(view.uids[index]!)
  }
  return uids
}

function sameFlags(a: MailboxView, i: number, b: MailboxView, j: number): boolean {
  if (a.flags.at(i) !== b.flags.at(j)) return false
  return sameKeywords(a.keywords(i), b.keywords(j))
}

export function sameKeywords(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((keyword) => b.includes(keyword)))
}

function joined(a: Uint32Array, b: Uint32Array): Uint32Array {
  const both = new Uint32Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}
