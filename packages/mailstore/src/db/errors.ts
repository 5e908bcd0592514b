import { MailstoreError } from '../errors.js'
import { isSurelyUndone } from './begin.js'
import { refusedForRoom } from './disk.js'

/** Postgres's disk_full: the statement, and its transaction, was not done. */
const DISK_FULL = '53100'

/** Driver and server codes that mean: the database can't do it just now, nothing is wrong with the question. */
const UNAVAILABLE = new Set([
  'CONNECT_TIMEOUT',
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  'CONNECTION_ENDED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  '53200', // out_of_memory
  '53300', // too_many_connections
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now
])

/**
 * Runs `work`. A full disk becomes a MailstoreError `diskFull`, a lost or refused connection `unavailable`. The outcome of
 * the latter is `none` where one transaction is all that `work` writes and its COMMIT was never sent, or where the caller
 * says that it only reads.
 */
export async function reaching<T>(
  work: () => Promise<T>,
  kind: 'reads' | 'oneTransaction' | 'manySteps' = 'oneTransaction',
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Error)) throw error
    if ('code' in error && error.code === DISK_FULL) throw refusedForRoom(error)
    if (!UNAVAILABLE.has('code' in error ? String(error.code) : '')) throw error
    const isNone = kind === 'reads' || (kind === 'oneTransaction' && isSurelyUndone(error))
    throw new MailstoreError('unavailable', 'the database cannot be reached', {
      cause: error,
      outcome: isNone ? 'none' : 'unknown',
    })
  }
}
