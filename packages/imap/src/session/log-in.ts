// What LOGIN and AUTHENTICATE share: who may try, and what a failure costs.
import type { Principal } from '@tandem/mailstore'
import { renderCapabilities } from '../extensions.js'
import { Farewell, no, type Refusal } from '../refusal.js'
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
  const principal = await session.settings.mailstore.directory.authenticate(name, password)
  // Not whether it was the name or the password (RFC 3501 §11.2).
  if (!principal) throw await failLogin(session, name)
  return completeLogin(session, principal, authorizationId)()
}

/** Counts a failure; gives the answer to it after a pause that grows: a Refusal, or Farewell after too many. */
export async function failLogin(
  session: Session,
  name: string,
  text = 'Wrong name or password',
): Promise<Refusal | Farewell> {
  const { limits, log, pause } = session.settings
  session.failedLogins++
  log.info({ remoteAddress: session.connection.remoteAddress, name }, 'imap login failed')
  await pause(FIRST_PAUSE * 2 ** (session.failedLogins - 1))
  return session.failedLogins >= limits.loginFailures
    ? new Farewell('Too many failed logins', 'AUTHENTICATIONFAILED')
    : no(text, 'AUTHENTICATIONFAILED')
}

/**
 * The end of a login whose password was right: to be called, it gives the response code that lists the new
 * capabilities. Errors: Refusal where the client wants to act for somebody else, and where the user has too many
 * connections, the latter once it is called.
 */
export function completeLogin(session: Session, principal: Principal, authorizationId: string): () => string {
  const { mailstore, log } = session.settings
  const wanted = authorizationId.toLowerCase()
  if (wanted !== '' && wanted !== principal.name && !principal.addresses.includes(wanted)) {
    throw no('Nobody can act for somebody else', 'AUTHORIZATIONFAILED')
  }
  return () => {
    // RFC 5530 §3. Not before: somebody who doesn't know the password learns nothing of it.
    if (!session.users.take(principal.id)) {
      log.warn(
        { remoteAddress: session.connection.remoteAddress, name: principal.name },
        'imap user has too many connections',
      )
      throw no('You have too many connections', 'LIMIT')
    }
    session.failedLogins = 0
    session.forgetLogin = mailstore.sessions.begin(principal, (why) => {
      log.info(
        { remoteAddress: session.connection.remoteAddress, name: principal.name, why },
        'imap session ended',
      )
      session.end(why)
    })
    session.use.principal = principal
    const account = mailstore.account(principal.accountId)
    session.state = { name: 'authenticated', user: { principal, account } }
    log.info({ remoteAddress: session.connection.remoteAddress, name: principal.name }, 'imap login')
    return `CAPABILITY ${renderCapabilities(session)}`
  }
}
