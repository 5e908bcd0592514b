import { MailstoreError } from '@tandem/mailstore'
import { isServersFault } from '../errors.js'
import type { Session } from './session.js'

/** Logs an error that is the server's. Never with arguments: they hold mail and passwords. */
export function logFault(session: Session, error: unknown, command: string): void {
  if (error instanceof MailstoreError && !isServersFault(error)) return
  const { state, settings, connection } = session
  const user = state.name === 'authenticated' || state.name === 'selected' ? state.user.principal.name : null
  settings.log.error(
    { err: error, command, user, remoteAddress: connection.remoteAddress },
    'imap command failed',
  )
}
