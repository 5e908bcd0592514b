import { MailstoreError } from '../errors.js'

/** Driver and server codes that mean: the database can't be reached just now, nothing is wrong with the question. */
const UNAVAILABLE = new Set([
  'CONNECT_TIMEOUT',
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  'CONNECTION_ENDED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOENT',
  '53300', // too_many_connections
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now
])

/** Runs `work`; a lost or refused connection becomes a MailstoreError `unavailable`. */
export async function reaching<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (!UNAVAILABLE.has(code)) throw error
    throw new MailstoreError('unavailable', 'the database cannot be reached', { cause: error })
  }
}
