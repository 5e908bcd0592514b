// What LOGIN and AUTHENTICATE share: who may try, and what a failure costs.

import { renderCapabilities } from '../extensions.js'
import { Farewell, no } from '../refusal.js'
import type { Session } from './session.js'

/** Milliseconds before the first failed login is answered; each further one takes twice as long. */
const FIRST_PAUSE = 500

/** Errors: Refusal where a password would travel in the open (RFC 3501 §11.2). */
export function requirePrivacy(session: Session): void {
  if (!session.isPrivate) throw no('Passwords are accepted under TLS only', 'PRIVACYREQUIRED')
}

/**
 * Logs in; gives the response code that lists the new capabilities. `authorizationId`: whom the client wants to be,
 * which has to be itself. Errors: Refusal, after a pause; Farewell after too many.
 */
export async function logIn(
  session: Session,
  name: string,
  password: string,
  authorizationId = '',
): Promise<string> {
  const { mailstore, limits, log, pause } = session.settings
  const principal = await mailstore.directory.authenticate(name, password)
  if (!principal) {
    session.failedLogins++
    log.info({ remoteAddress: session.connection.remoteAddress, name }, 'imap login failed')
    await pause(FIRST_PAUSE * 2 ** (session.failedLogins - 1))
    if (session.failedLogins >= limits.loginFailures) {
      throw new Farewell('Too many failed logins', 'AUTHENTICATIONFAILED')
    }
    // Not whether it was the name or the password (RFC 3501 §11.2).
    throw no('Wrong name or password', 'AUTHENTICATIONFAILED')
  }
  const wanted = authorizationId.toLowerCase()
  if (wanted !== '' && wanted !== principal.name && !principal.addresses.includes(wanted)) {
    throw no('Nobody can act for somebody else', 'AUTHORIZATIONFAILED')
  }
  session.failedLogins = 0
  const account = mailstore.account(principal.accountId)
  session.state = { name: 'authenticated', user: { principal, account } }
  log.info({ remoteAddress: session.connection.remoteAddress, name: principal.name }, 'imap login')
  return `CAPABILITY ${renderCapabilities(session)}`
}
