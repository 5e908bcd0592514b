// What LOGIN and AUTHENTICATE share: who may try, and what becomes of it. What a failure costs, the guard knows.
import { LoginDeferred, type Principal } from '@tandem/mailstore'
import { renderCapabilities } from '../extensions.js'
import { bannedFarewell, Farewell, no, type Refusal } from '../refusal.js'
import type { Session } from './session.js'

/** Errors: Refusal where a password would travel in the open (RFC 3501 §11.2). */
export function requirePrivacy(session: Session): void {
  if (!session.isPrivate) throw no('Passwords are accepted under TLS only', 'PRIVACYREQUIRED')
}

/**
 * Logs in; gives the response code that lists the new capabilities. `authorizationId`: whom the client wants to be,
 * which has to be itself. Errors: Refusal; Farewell after too many; loginDeferred.
 */
export async function logIn(
  session: Session,
  name: string,
  password: string,
  authorizationId = '',
): Promise<string> {
  const { directory } = session.settings.mailstore
  const principal = await attended(session, () => directory.authenticate(name, password, session.origin))
  // Not whether it was the name or the password (RFC 3501 §11.2).
  if (!principal) throw failLogin(session)
  return completeLogin(session, principal, authorizationId)()
}

/**
 * Runs a step of a login, which ends when the client leaves. Errors: Farewell where too many wrong passwords came from the
 * address, which closes what it has open; what `work` throws.
 */
export async function attended<T>({ connection, settings }: Session, work: () => Promise<T>): Promise<T> {
  const stop = connection.input.attend()
  try {
    return await work()
  } catch (error) {
    const isPutOff = error instanceof LoginDeferred
    const seconds = isPutOff ? settings.mailstore.guard.bannedFor(connection.remoteAddress) : null
    throw seconds === null ? error : bannedFarewell(seconds)
  } finally {
    stop()
  }
}

/** Counts a failure; gives the answer to it: a Refusal, or Farewell after too many. */
export function failLogin(session: Session, text = 'Wrong name or password'): Refusal | Farewell {
  session.failedLogins++
  return session.failedLogins >= session.settings.limits.loginFailures
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
    session.loggedIn()
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
