import { bytesOfPage, createPageWriter, type Page, readPages, type ViewRow } from './pages.js'
import type { MailboxView } from './types.js'

export type { ViewRow } from './pages.js'

export type ViewHeader = Pick<MailboxView, 'mailboxId' | 'uidValidity' | 'uidNext' | 'highestModseq'>

/** What stands behind a view, for the next version to share. */
interface Inside {
  pages: readonly Page[]
  /** The row that each page starts with, and the count after the last. */
  starts: Uint32Array
  /** The array that `uids` is the beginning of. Rows beyond a version's own count belong to later ones. */
  room: { uids: Uint32Array; used: number }
  /** One array for each list of keywords, shared by all versions. */
  lists: Map<string, readonly string[]>
}

const insides = new WeakMap<MailboxView, Inside>()

/** Beyond so many different lists of keywords, sharing starts anew: those nobody has any more are then let go. */
const MAX_LISTS = 10_000
/** Room for so many more UIDs, or an eighth, is made at once, so that the next arrivals need no copy. */
const SPARE_UIDS = 1_024
const OVERHEAD_BYTES = 2_048

/**
 * The next version: `base` (null: nothing) without the UIDs in `gone`, with `changed` (ascending by UID) put in
 * place or added. The base stays as it was; pages in which nothing changed are shared with it, so that the cost is
 * that of the pages touched. Pure.
 */
export function buildView(
  header: ViewHeader,
  base: MailboxView | null,
  changed: readonly ViewRow[],
  gone: ReadonlySet<number>,
): MailboxView {
  const old = base ? insides.get(base)! : null
  const lists = old && old.lists.size < MAX_LISTS ? old.lists : new Map<string, readonly string[]>()
  const writer = createPageWriter((keywords) => {
    const key = keywords.join(' ')
    const list = lists.get(key) ?? keywords
    if (list === keywords) lists.set(key, list)
    return list
  })
  const wanted = gone.size === 0 ? changed : changed.filter((row) => !gone.has(row.uid))
  const uids = base?.uids ?? new Uint32Array(0)
  const removed = [...gone].map((uid) => indexOf(uids, uid)).filter((index) => index >= 0)
  removed.sort((a, b) => a - b)
  const added: number[] = []

  let next = 0
  let nextRemoved = 0
  for (const [number, page] of old?.pages.entries() ?? []) {
    const start = old!.starts[number]!
    const end = old!.starts[number + 1]!
    const isLast = number === old!.pages.length - 1
    // Rows between two pages go to the first of them; those after the last, to the last.
    const isOurs = (row: ViewRow | undefined) => row !== undefined && (isLast || row.uid < uids[end]!)
    if (!isOurs(wanted[next]) && !(removed[nextRemoved]! < end)) {
      writer.share(page)
      continue
    }
    let at = start
    const copyTo = (stop: number) => {
      while (at < stop) {
        const until = removed[nextRemoved]! < stop ? removed[nextRemoved]! : stop
        writer.copy(page, at - start, until - start)
        at = until
        if (removed[nextRemoved] === until && until < stop) {
          nextRemoved++
          at++
        }
      }
    }
    for (; isOurs(wanted[next]); next++) {
      const row = wanted[next]!
      const place = Math.min(end, lowerBound(uids, row.uid))
      copyTo(place)
      if (uids[place] === row.uid) at++
      else added.push(row.uid)
      writer.put(row)
    }
    copyTo(end)
    writer.flush()
  }
  for (; next < wanted.length; next++) {
    added.push(wanted[next]!.uid)
    writer.put(wanted[next]!)
  }
  return makeView(header, writer.end(), nextUids(uids, old, removed, added), lists)
}

/** The UIDs without those at `removed`, with `added`: shared where none of them goes, and none comes in between. */
function nextUids(
  uids: Uint32Array,
  old: Inside | null,
  removed: readonly number[],
  added: readonly number[],
): { uids: Uint32Array; room: Inside['room'] } {
  const count = uids.length - removed.length + added.length
  if (old && removed.length === 0 && added.length === 0) return { uids, room: old.room }
  const inOrder = uids.length === 0 || added.length === 0 || added[0]! > uids[uids.length - 1]!
  if (
    old &&
    removed.length === 0 &&
    inOrder &&
    old.room.used === uids.length &&
    count <= old.room.uids.length
  ) {
    // Nobody looks beyond his own count, and nobody else went on from here.
    old.room.uids.set(added, uids.length)
    old.room.used = count
    return { uids: old.room.uids.subarray(0, count), room: old.room }
  }
  const spare = old ? Math.max(SPARE_UIDS, count >>> 3) : 0
  const room = { uids: new Uint32Array(count + spare), used: count }
  let from = 0
  let to = 0
  for (const index of removed) {
    room.uids.set(uids.subarray(from, index), to)
    to += index - from
    from = index + 1
  }
  room.uids.set(uids.subarray(from), to)
  room.uids.set(added, to + uids.length - from)
  const all = room.uids.subarray(0, count)
  if (!inOrder) all.sort()
  return { uids: all, room }
}

function makeView(
  header: ViewHeader,
  pages: Page[],
  { uids, room }: { uids: Uint32Array; room: Inside['room'] },
  lists: Inside['lists'],
): MailboxView {
  const { starts, ...columns } = readPages(pages)
  const view: MailboxView = {
    ...header,
    ...columns,
    count: uids.length,
    uids,
    indexOf: (uid) => indexOf(uids, uid),
  }
  insides.set(view, { pages, starts, room, lists })
  return view
}

/** Octets that a version holds, those it shares with others included. */
export function bytesOfView(view: MailboxView): number {
  const { pages, room } = insides.get(view)!
  return pages.reduce((sum, page) => sum + bytesOfPage(page), OVERHEAD_BYTES + room.uids.byteLength)
}

/** How many pages two versions have in common. */
export function sharedPages(a: MailboxView, b: MailboxView): number {
  const held = new Set(insides.get(a)!.pages)
  return insides.get(b)!.pages.filter((page) => held.has(page)).length
}

/** Binary search: the index of `uid`, or -1. */
function indexOf(uids: Uint32Array, uid: number): number {
  const index = lowerBound(uids, uid)
  return uids[index] === uid ? index : -1
}

/** The first index whose UID is not below `uid`. */
function lowerBound(uids: Uint32Array, uid: number): number {
  let low = 0
  let high = uids.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (uids[middle]! < uid) low = middle + 1
    else high = middle
  }
  return low
}
