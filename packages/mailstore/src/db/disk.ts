// Whether the disk of the database has room, as this process knows it: whoever watches the disk says so (`setFull`), or
// Postgres refused a write for want of it. A process works on one database, so this is the process's.
import { MailstoreError } from '../errors.js'

/** Room on the disk of the database. */
export interface Disk {
  /** While it is full no bytes are taken in; all that changes or deletes goes on, on what is held in reserve for it. */
  setFull(isFull: boolean): void
  /** Also for a while after Postgres refused a write. */
  isFull(): boolean
}

/** Milliseconds. */
const MEMORY = 30_000

const FULL = 'the disk of the database is full: nothing can be added, deleting works'

let isSaidFull = false
let refusedAt = Number.NEGATIVE_INFINITY

export const disk: Disk = {
  setFull(isFull) {
    isSaidFull = isFull
    if (!isFull) refusedAt = Number.NEGATIVE_INFINITY
  },
  isFull: () => isSaidFull || performance.now() - refusedAt < MEMORY,
}

/** Errors: diskFull. */
export function requireRoom(): void {
  if (isSaidFull) throw diskFull()
}

/** Postgres refused a write: its error for the caller. */
export function refusedForRoom(cause: Error): MailstoreError {
  refusedAt = performance.now()
  return diskFull(cause)
}

function diskFull(cause?: Error): MailstoreError {
  return new MailstoreError('diskFull', FULL, cause && { cause })
}
