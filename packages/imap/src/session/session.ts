// One client's session: its state, and the clock that ends it.

import type { LoginOrigin, Places, SessionEnd } from '@tandem/mailstore'
import type { Settings } from '../options.js'
import { Farewell } from '../refusal.js'
import type { ClientNote } from './client-note.js'
import type { Connection } from './connection.js'
import type { State } from './state.js'

export interface Session {
  /** In its process, in the order of coming. */
  readonly number: number
  readonly settings: Settings
  readonly connection: Connection
  state: State
  /** What ENABLE turned on (RFC 5161 §3.1). */
  readonly enabled: Set<string>
  /** Whether the client speaks IMAP4rev2: it sent ENABLE IMAP4rev2 (RFC 9051 §6.3.1, appendix A). */
  readonly isRev2: boolean
  /** Whether mailbox names and quoted strings are UTF-8 on the wire: RFC 9051 §4.3, §5.1; RFC 9755 §3. */
  readonly isUtf8: boolean
  failedLogins: number
  /** The login need not be watched any more. */
  forgetLogin: () => void
  /** What the client says of itself (RFC 2971), and who logged in; for the store to note. */
  readonly use: ClientNote
  /** BAD answers since the last other one. */
  badCommands: number
  /** Whether passwords may be sent here: under TLS, or from where plain text is allowed. */
  readonly isPrivate: boolean
  /** The places of those who are logged in, by principal id. */
  readonly users: Places<number>
  /** Where a login on it comes from. */
  readonly origin: LoginOrigin
  /** The deadline for logging in is over. */
  loggedIn(): void
  /** Leaves the mailbox, if one is selected. */
  deselect(): void
  /** Runs `wait` for the client's next words; when that takes too long, BYE. Errors: what `wait` throws. */
  awaitClient<T>(wait: () => Promise<T>): Promise<T>
  /** BYE, at once where the client is waited for, else after the running command. */
  stop(last?: Farewell): void
  /** The login stands no more: as stop(), but a command that runs on is cut off. */
  end(why: SessionEnd): void
  /** Errors: Farewell once it is to stop. */
  checkStopped(): void
  /** For commands that take long, between two of their responses. Errors: Farewell once the login stands no more. */
  checkEnded(): void
}

let sessions = 0

const SHUTDOWN = new Farewell('The server is shutting down', 'UNAVAILABLE')
const ENDS: Record<SessionEnd, Farewell> = {
  // RFC 5530 §3
  expired: new Farewell('The password or name that this session logged in with is valid no more', 'EXPIRED'),
  kicked: new Farewell('An administrator has ended this session: log in again'),
}

/** Milliseconds that a running command has once the login stands no more. */
const END_GRACE = 500

export function createSession(
  connection: Connection,
  settings: Settings,
  users: Places<number>,
  loggedIn: () => void,
): Session {
  const loginDeadline = Date.now() + settings.limits.loginTimeout
  let timer: NodeJS.Timeout | null = null
  let isWaiting = false
  let farewell: Farewell | null = null
  let hasEnded = false

  /** Only while the client is waited for: nothing else is being written then. */
  function bye(text: string, code: string | null = null): void {
    connection.output.text(`* BYE ${code ? `[${code}] ` : ''}${text}\r\n`)
    void connection.end()
  }
  function leave(last: Farewell): void {
    if (farewell) return
    farewell = last
    if (isWaiting) bye(last.message, last.code)
  }
  function arm(): void {
    if (timer) clearTimeout(timer)
    if (!isWaiting) return
    // Before login the time is counted from the greeting, so that a trickle of octets doesn't hold a place.
    const before = session.state.name === 'notAuthenticated'
    const rest = before ? Math.max(0, loginDeadline - Date.now()) : settings.idleTimeout
    timer = setTimeout(() => bye(before ? 'Login takes too long' : 'Autologout: idle for too long'), rest)
  }

  const session: Session = {
    number: ++sessions,
    settings,
    connection,
    users,
    origin: { address: connection.remoteAddress, protocol: 'imap', signal: connection.signal },
    loggedIn,
    state: { name: 'notAuthenticated' },
    enabled: new Set(),
    get isRev2() {
      return session.enabled.has('IMAP4rev2')
    },
    get isUtf8() {
      return session.isRev2 || session.enabled.has('UTF8=ACCEPT')
    },
    failedLogins: 0,
    forgetLogin: () => {},
    use: { client: null, principal: null },
    badCommands: 0,
    get isPrivate() {
      return connection.isSecure || settings.allowsPlaintext(connection.remoteAddress)
    },
    deselect() {
      const { state } = session
      if (state.name === 'selected') session.state = { name: 'authenticated', user: state.user }
    },
    async awaitClient(wait) {
      session.checkStopped()
      isWaiting = true
      arm()
      try {
        return await wait()
      } finally {
        isWaiting = false
        arm()
      }
    },
    stop: (last = SHUTDOWN) => leave(last),
    end(why) {
      hasEnded = true
      leave(ENDS[why])
      // Told between two responses where the command looks; else in its midst, where nothing can be told.
      if (!isWaiting) setTimeout(() => connection.cut(), END_GRACE).unref()
    },
    checkStopped() {
      if (farewell) throw farewell
    },
    checkEnded() {
      if (hasEnded && farewell) throw farewell
    },
  }
  connection.onData = () => {
    if (timer) arm()
  }
  return session
}
