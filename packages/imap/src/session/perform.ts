// One command: found, run, and answered, with what is to be told of the selected mailbox before its tagged answer.
import { MailstoreError } from '@tandem/mailstore'
import type { Answer, Command, Context } from '../commands/command.js'
import { findCommand } from '../commands/table.js'
import { isInDoubt, refusalFor } from '../errors.js'
import { bad, ConnectionLost, Farewell, no, Refusal } from '../refusal.js'
import type { Incoming } from '../wire/command-reader.js'
import { createParser } from '../wire/parser.js'
import { noteClient } from './client-note.js'
import { highestModseqResponse } from './condstore.js'
import { logFault } from './log-fault.js'
import type { Session } from './session.js'

type Received = Extract<Incoming, { type: 'command' }>

/** Errors: Farewell, ConnectionLost: the session is over. */
export async function perform(
  session: Session,
  { head, text, arriving }: Received,
): Promise<'OK' | 'NO' | 'BAD'> {
  const { output } = session.connection
  const found = findCommand(head.name)
  try {
    if (!found) throw bad('There is no such command')
    const context: Context = {
      session,
      tag: head.tag,
      args: createParser(text, head.argumentsAt, session.settings.limits.setMembers, session.isUtf8),
      arriving,
      uid: found.uid,
      output,
      untagged: (response) => output.text(`* ${response}\r\n`),
    }
    const answer = await dispatch(session, found.command, context)
    const farewell = await announce(session, found, answer.announces)
    session.badCommands = 0
    noteClient(session)
    // RFC 7162 §3.2.7: in the tagged OK, unless that has a code of its own.
    const highest = takeHighestModseq(session)
    if (highest !== null && answer.code) output.text(`* ${highestModseqResponse(highest)}\r\n`)
    const code = answer.code ?? (highest === null ? null : `HIGHESTMODSEQ ${highest}`)
    output.text(`${head.tag} OK ${code ? `[${code}] ` : ''}${answer.text}\r\n`)
    if (farewell) throw farewell
    if (answer.afterwards) {
      output.push()
      answer.afterwards()
    } else await output.flush()
    return 'OK'
  } catch (error) {
    const refusal = toRefusal(session, error, head.name)
    await arriving?.discard(refusal.code)
    if (isKeywordLimit(error) && session.state.name === 'selected') {
      output.text(session.state.mailbox.renderKeywordLimit())
    }
    const farewell = refusal.status === 'NO' && found ? await announce(session, found) : null
    const highest = takeHighestModseq(session)
    if (highest !== null) output.text(`* ${highestModseqResponse(highest)}\r\n`)
    await answerRefusal(session, head.tag, refusal)
    if (farewell) throw farewell
    return refusal.status
  }
}

/** Errors: Refusal where the command is not for this state. */
function dispatch(session: Session, command: Command, context: Context): Promise<Answer> {
  const { state } = session
  checkState(session, command)
  switch (command.state) {
    case 'any':
    case 'notAuthenticated':
      return command.run(context)
    case 'authenticated':
      if (state.name !== 'authenticated' && state.name !== 'selected') break
      return command.run({ ...context, user: state.user })
    case 'selected':
      if (state.name !== 'selected') break
      return command.run({ ...context, user: state.user, mailbox: state.mailbox })
    default:
      return command satisfies never
  }
  throw bad('That command is not valid now')
}

/** Errors: Refusal where the command is not for this state. */
export function checkState({ state }: Session, command: Command): void {
  const isLoggedIn = state.name === 'authenticated' || state.name === 'selected'
  if (command.state === 'notAuthenticated' && isLoggedIn) throw bad('You are logged in already')
  if ((command.state === 'authenticated' || command.state === 'selected') && !isLoggedIn) {
    throw bad('You have to log in first')
  }
  if (command.state === 'selected' && state.name !== 'selected') throw bad('No mailbox is selected')
}

/**
 * RFC 3501 §7: what changed in the selected mailbox is told with every command, before its tagged answer. What goes
 * wrong here must not change that answer: the command is done. Gives the BYE that has to follow it.
 */
async function announce(
  session: Session,
  found: { command: Command; uid: boolean },
  override: Command['announces'] = undefined,
): Promise<Farewell | null> {
  const { state, connection } = session
  if (state.name !== 'selected') return null
  const { command, uid } = found
  const usual = uid && command.announces === 'withoutExpunges' ? 'all' : (command.announces ?? 'all')
  const what = override ?? usual
  if (what === 'nothing') return null
  try {
    // RFC 3501 §7.4.1: no EXPUNGE while FETCH, STORE or SEARCH is answered; their UID forms are other commands.
    const updates = await state.mailbox.refresh({ expunge: what === 'all' })
    connection.output.text(state.mailbox.render(updates, { withUid: uid }))
    return null
  } catch (error) {
    if (error instanceof Farewell) return error
    logFault(session, error, command.name)
    return null
  }
}

/** What the client has to be told after this command; null: nothing. */
function takeHighestModseq({ state }: Session): number | null {
  return state.name === 'selected' ? state.mailbox.takeHighestModseq() : null
}

/** Errors: Farewell after too many of them in a row. */
export async function answerRefusal(session: Session, tag: string | null, refusal: Refusal): Promise<void> {
  const { output } = session.connection
  output.text(
    `${tag ?? '*'} ${refusal.status} ${refusal.code ? `[${refusal.code}] ` : ''}${refusal.message}\r\n`,
  )
  session.badCommands = refusal.status === 'BAD' ? session.badCommands + 1 : 0
  if (session.badCommands >= session.settings.limits.badCommands) {
    throw new Farewell('Too many bad commands', 'CLIENTBUG')
  }
  await output.flush()
}

/** The answer to an error; Farewell and ConnectionLost go on to end the session. */
function toRefusal(session: Session, error: unknown, name: string): Refusal {
  if (error instanceof Farewell || error instanceof ConnectionLost) throw error
  if (error instanceof Refusal) return error
  logFault(session, error, name)
  // RFC 3501 §7.1.2: NO says that the command was not completed, which nobody knows. Who hears nothing looks again.
  if (isInDoubt(error)) throw new Farewell('The mailstore was lost before it confirmed that', 'UNAVAILABLE')
  return refusalFor(error) ?? no('The server made a mistake', 'SERVERBUG')
}

function isKeywordLimit(error: unknown): boolean {
  return error instanceof MailstoreError && error.code === 'tooManyKeywords'
}
