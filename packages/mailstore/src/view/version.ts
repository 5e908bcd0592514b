import type { MailboxView } from './types.js'

/** One message as rows say it. `flags` as in MailboxView; times in seconds since 1970; `keywords` as spelled. */
export interface ViewRow {
  uid: number
  emailId: number
  threadId: number
  modseq: number
  flags: number
  size: number
  receivedAt: number
  savedAt: number
  keywords: string[]
}

export type ViewHeader = Pick<MailboxView, 'mailboxId' | 'uidValidity' | 'uidNext' | 'highestModseq'>

/** A version's columns, and for each row which of the keyword lists it has. */
interface Columns {
  uids: Uint32Array
  emailIds: Float64Array
  threadIds: Float64Array
  flags: Uint8Array
  modseqs: Float64Array
  sizes: Uint32Array
  receivedAt: Float64Array
  savedAt: Float64Array
  keywordList: Uint16Array
}

const columnsOf = new WeakMap<MailboxView, { columns: Columns; lists: readonly (readonly string[])[] }>()

/**
 * The next version: `base` (null: nothing) without the UIDs in `gone`, with `changed` (ascending by UID) put in
 * place or added. Pure; the base stays as it was.
 */
export function buildView(
  header: ViewHeader,
  base: MailboxView | null,
  changed: readonly ViewRow[],
  gone: ReadonlySet<number>,
): MailboxView {
  const old = base ? columnsOf.get(base)! : null
  const lists = old ? [...old.lists] : [[]]
  const listIds = new Map(lists.map((list, i) => [list.join(' '), i]))
  const columns = allocate((old?.columns.uids.length ?? 0) + changed.length)
  let count = 0
  let at = 0
  const keep = (index: number) => copyRow(old!.columns, index, columns, count++)
  const put = (row: ViewRow) => {
    const key = row.keywords.join(' ')
    let list = listIds.get(key)
    if (list === undefined) {
      list = lists.push(row.keywords) - 1
      listIds.set(key, list)
    }
    writeRow(columns, count++, row, list)
  }
  for (const row of changed) {
    for (; old && at < old.columns.uids.length && old.columns.uids[at]! < row.uid; at++) {
      if (!gone.has(old.columns.uids[at]!)) keep(at)
    }
    if (old && old.columns.uids[at] === row.uid) at++
    if (!gone.has(row.uid)) put(row)
  }
  for (; old && at < old.columns.uids.length; at++) if (!gone.has(old.columns.uids[at]!)) keep(at)
  return makeView(header, trim(columns, count), lists)
}

function makeView(header: ViewHeader, columns: Columns, lists: readonly (readonly string[])[]): MailboxView {
  const { keywordList, ...shown } = columns
  const view: MailboxView = {
    ...header,
    ...shown,
    count: columns.uids.length,
    keywords: (index) => lists[keywordList[index]!]!,
    indexOf: (uid) => indexOf(columns.uids, uid),
  }
  columnsOf.set(view, { columns, lists })
  return view
}

/** Binary search: the index of `uid`, or -1. */
function indexOf(uids: Uint32Array, uid: number): number {
  let low = 0
  let high = uids.length - 1
  while (low <= high) {
    const middle = (low + high) >>> 1
    if (uids[middle]! < uid) low = middle + 1
    else if (uids[middle]! > uid) high = middle - 1
    else return middle
  }
  return -1
}

function allocate(rows: number): Columns {
  return {
    uids: new Uint32Array(rows),
    emailIds: new Float64Array(rows),
    threadIds: new Float64Array(rows),
    flags: new Uint8Array(rows),
    modseqs: new Float64Array(rows),
    sizes: new Uint32Array(rows),
    receivedAt: new Float64Array(rows),
    savedAt: new Float64Array(rows),
    keywordList: new Uint16Array(rows),
  }
}

function trim(columns: Columns, rows: number): Columns {
  if (columns.uids.length === rows) return columns
  const entries = Object.entries(columns).map(([name, column]) => [name, column.slice(0, rows)])
  return Object.fromEntries(entries) as Columns
}

function copyRow(from: Columns, index: number, to: Columns, at: number): void {
  to.uids[at] = from.uids[index]!
  to.emailIds[at] = from.emailIds[index]!
  to.threadIds[at] = from.threadIds[index]!
  to.flags[at] = from.flags[index]!
  to.modseqs[at] = from.modseqs[index]!
  to.sizes[at] = from.sizes[index]!
  to.receivedAt[at] = from.receivedAt[index]!
  to.savedAt[at] = from.savedAt[index]!
  to.keywordList[at] = from.keywordList[index]!
}

function writeRow(to: Columns, at: number, row: ViewRow, list: number): void {
  to.uids[at] = row.uid
  to.emailIds[at] = row.emailId
  to.threadIds[at] = row.threadId
  to.flags[at] = row.flags
  to.modseqs[at] = row.modseq
  to.sizes[at] = row.size
  to.receivedAt[at] = row.receivedAt
  to.savedAt[at] = row.savedAt
  to.keywordList[at] = list
}
