// What a command is, and what its handler is given.

import type { SelectedMailbox } from '../session/selected-mailbox.js'
import type { Session } from '../session/session.js'
import type { User } from '../session/state.js'
import type { Arriving } from '../wire/arriving.js'
import type { Output } from '../wire/output.js'
import type { Parser } from '../wire/parser.js'

export interface Context {
  session: Session
  tag: string
  /** Stands after the command's name: at the space before its arguments, or at the end. */
  args: Parser
  /** The messages that are yet to come, of a command that takes them; else null. */
  arriving: Arriving | null
  /** Whether this is the UID form. */
  uid: boolean
  output: Output
  /** An untagged response, without `* ` and CRLF. */
  untagged(text: string): void
}

export interface UserContext extends Context {
  user: User
}

export interface SelectedContext extends UserContext {
  mailbox: SelectedMailbox
}

/** How a command ended well; what goes wrong is thrown (refusal.ts). */
export interface Answer {
  text: string
  code: string | null
  /** Instead of what the command's row says. */
  announces?: Row['announces']
  /** Called once the answer is with the socket, before anything else is read. */
  afterwards?: () => void
}

export const ok = (text: string, code: string | null = null): Answer => ({ text, code })

interface Row {
  name: string
  /** Where it is specified. */
  rfc: string
  /** What of the mailbox's changes its answer is preceded by. Default: all. The UID form may tell of expunges. */
  announces?: 'all' | 'withoutExpunges' | 'nothing'
  /** Its literals are messages, up to the append limit, but for one in the place of its first argument. */
  takesMessages?: true
}

/** `state`: the least state it is valid in (RFC 3501 §6); `notAuthenticated` is valid only there. */
export type Command = Row &
  (
    | { state: 'any'; run(context: Context): Promise<Answer> }
    | { state: 'notAuthenticated'; run(context: Context): Promise<Answer> }
    | { state: 'authenticated'; run(context: UserContext): Promise<Answer> }
    | {
        state: 'selected'
        /** Whether `UID <name>` is a command, too. */
        hasUidForm?: true
        run(context: SelectedContext): Promise<Answer>
      }
  )
