// What `tandem trace` is told of a session.
import { findCommand } from '../commands/table.js'
import type { Incoming } from '../wire/command-reader.js'
import type { SelectedMailbox } from './selected-mailbox.js'
import type { Session } from './session.js'
import type { User } from './state.js'

type Received = Pick<Extract<Incoming, { type: 'command' }>, 'head' | 'text'>

/**
 * Commands whose arguments are shown; none of them has a secret, or words of a message but in a literal. Of the others
 * (SEARCH has what somebody looks for) only the name is.
 */
const SHOWN = new Set(
  `APPEND COPY CREATE DELETE ENABLE EXAMINE EXPUNGE FETCH LIST LSUB MOVE RENAME SELECT STATUS STORE SUBSCRIBE
  UNSUBSCRIBE`.split(/\s+/),
)

/** Who is not logged in has no account that could be watched: LOGIN and AUTHENTICATE are never told. */
export function traced<T extends string>(
  session: Session,
  command: Received,
  work: () => Promise<T>,
): Promise<T> {
  const { state, settings } = session
  if (state.name !== 'authenticated' && state.name !== 'selected') return work()
  const describe = () => ({
    protocol: 'imap' as const,
    session: `session ${session.number}`,
    text: describeCommand(command),
  })
  return settings.mailstore.trace.command(state.user.account.id, describe, work, (status) => status)
}

/** The client was told what is new in its mailbox, as it idles. `before`: the modseq up to which it knew all. */
export function tracePush(
  session: Session,
  { account }: User,
  { id, told }: SelectedMailbox,
  before: number,
) {
  session.settings.mailstore.trace.pushed(account.id, () => ({
    protocol: 'imap',
    session: `session ${session.number}`,
    text: 'IDLE',
    moved: { [`mailbox ${id}`]: [before, told.view.highestModseq] },
  }))
}

/** Literals are left out: of them, only the announcement is in the lines. */
export function describeCommand({ head, text }: Received): string {
  // It may be a line of a message, from a client that lost its place.
  if (!findCommand(head.name)) return '(unknown)'
  if (!SHOWN.has(head.name.replace(/^UID /, ''))) return head.name
  const [first = '', ...others] = text.lines
  const args = [first.slice(head.argumentsAt), ...others].join('')
  const shown = head.name === 'APPEND' ? withoutMessages(args) : args
  return head.name + Buffer.from(shown, 'latin1').toString()
}

/** Nothing but the mailbox, flags, dates and the announcements of literals, whatever a client sends in their place. */
function withoutMessages(args: string): string {
  const [mailbox = ''] = /^ *(?:"(?:[^"\\]|\\.)*"|[^ ]*)/.exec(args) ?? []
  // A string is taken whole, so that nothing in it is taken for flags.
  const others = args.slice(mailbox.length).match(/"(?:[^"\\]|\\.)*"?|\([^)]*\)|~?\{\d+\+?\}/g) ?? []
  const shown = others.filter((each) => !each.startsWith('"') || DATE_TIME.test(each))
  return [mailbox, ...shown].join(' ')
}

const DATE_TIME = /^" *\d{1,2}-\w{3}-\d{4} +[\d:]{7,8} +[+-][\d:]{4,5}"$/
