import type { MailboxView } from '@tandem/mailstore'
import { buildView } from '@tandem/mailstore/testing'

export interface RowSpec {
  uid: number
  flags?: number
  keywords?: readonly string[]
  modseq?: number
  emailId?: number
  threadId?: number
  size?: number
  receivedAt?: number
  savedAt?: number
}

/** A view with these rows, as the store gives it. `highestModseq`: where expunges have raised it above the rows'. */
export function viewOf(rows: readonly (RowSpec | number)[], uidNext = 1000, highestModseq = 0): MailboxView {
  const specs = rows.map((row): RowSpec => (typeof row === 'number' ? { uid: row } : row))
  const header = {
    mailboxId: 1,
    uidValidity: 7,
    uidNext,
    highestModseq: Math.max(highestModseq, ...specs.map((row) => row.modseq ?? 1)),
  }
  const full = specs.map((row) => ({
    emailId: row.uid + 1000,
    threadId: row.uid + 2000,
    flags: 0,
    modseq: 1,
    size: 100,
    receivedAt: 0,
    savedAt: 0,
    keywords: [],
    ...row,
  }))
  return buildView(header, null, full, new Set())
}
