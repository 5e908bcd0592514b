import type { MailboxView } from '@tandem/mailstore'

export interface RowSpec {
  uid: number
  flags?: number
  keywords?: readonly string[]
  modseq?: number
  emailId?: number
  threadId?: number
  size?: number
  receivedAt?: number
}

/** A view with these rows, as the store would give it. `spare`: rows that the columns are longer than the count. */
export function viewOf(rows: readonly (RowSpec | number)[], uidNext = 1000, spare = 0): MailboxView {
  const specs = rows.map((row): RowSpec => (typeof row === 'number' ? { uid: row } : row))
  const length = specs.length + spare
  const view = {
    mailboxId: 1,
    uidValidity: 7,
    uidNext,
    highestModseq: Math.max(0, ...specs.map((row) => row.modseq ?? 1)),
    count: specs.length,
    uids: new Uint32Array(length),
    emailIds: new Float64Array(length),
    threadIds: new Float64Array(length),
    flags: new Uint8Array(length),
    modseqs: new Float64Array(length),
    sizes: new Uint32Array(length),
    receivedAt: new Float64Array(length),
    savedAt: new Float64Array(length),
    keywords: (index: number) => specs[index]?.keywords ?? [],
    indexOf: (uid: number) => specs.findIndex((row) => row.uid === uid),
  }
  for (const [index, row] of specs.entries()) {
    view.uids[index] = row.uid
    view.emailIds[index] = row.emailId ?? row.uid + 1000
    view.threadIds[index] = row.threadId ?? row.uid + 2000
    view.flags[index] = row.flags ?? 0
    view.modseqs[index] = row.modseq ?? 1
    view.sizes[index] = row.size ?? 100
    view.receivedAt[index] = row.receivedAt ?? 0
  }
  return view
}
