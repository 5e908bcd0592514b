import type { Principal } from '../directory/types.js'

/**
 * Why a session ends. `expired`: the password was changed, or the account or the address that it logged in with is
 * gone. `kicked`: an administrator ended it; the same login is right again.
 */
export type SessionEnd = 'expired' | 'kicked'

/** Sessions of all protocols, which end with the login that opened them. */
export interface Sessions {
  /**
   * To be called once a login succeeded: `onEnd` is called, once, when it stands no more, and within a second on every
   * process. Gives what is to be called when the session is over. A principal that did not log in never ends.
   */
  begin(principal: Principal, onEnd: (why: SessionEnd) => void): () => void
}
