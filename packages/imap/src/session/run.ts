// The life of one connection: greeting, commands one after the other, the last word.
//
// A command that goes wrong is answered and forgotten; whatever else happens here ends this connection and no other.
import { MailstoreError } from '@tandem/mailstore'
import type { Answer, Command, Context } from '../commands/command.js'
import { findCommand } from '../commands/table.js'
import { isServersFault, refusalFor } from '../errors.js'
import { renderCapabilities } from '../extensions.js'
import { bad, ConnectionLost, Farewell, no, Refusal } from '../refusal.js'
import {
  type AnnouncedLiteral,
  type Head,
  type Incoming,
  type ReadingRules,
  readCommand,
} from '../wire/command-reader.js'
import { createParser } from '../wire/parser.js'
import { noteClient } from './client-note.js'
import { highestModseqResponse } from './condstore.js'
import type { Session } from './session.js'

/** Resolves once the connection is closed; never rejects. */
export async function runSession(session: Session): Promise<void> {
  const { connection, settings } = session
  try {
    connection.output.text(
      `* OK [CAPABILITY ${renderCapabilities(session)}] ${settings.serverName} ready\r\n`,
    )
    await connection.output.flush()
    while (session.state.name !== 'logout') await step(session)
  } catch (error) {
    sayFarewell(session, error)
  }
  noteClient(session, { isLeaving: true })
  await session.deselect()
  if (session.use.principal) session.users.leave(session.use.principal.id)
  await connection.end()
}

type Received = Extract<Incoming, { type: 'command' }>

async function step(session: Session): Promise<void> {
  const { connection, settings } = session
  const incoming = await session.awaitClient(() => readCommand(connection.input, readingRules(session)))
  const started = performance.now()
  let name = '(unknown)'
  let status: 'OK' | 'NO' | 'BAD' | null = null
  try {
    switch (incoming.type) {
      case 'end':
        throw new ConnectionLost('the client is gone')
      case 'refused':
        name = (incoming.name && findCommand(incoming.name) && incoming.name) || name
        status = incoming.refusal.status
        await answerRefusal(session, incoming.tag, incoming.refusal)
        return
      case 'command':
        name = findCommand(incoming.head.name) ? incoming.head.name : name
        status = await perform(session, incoming)
        return
      default:
        incoming satisfies never
    }
  } finally {
    if (incoming.type !== 'end') {
      settings.onCommand({ name, status, seconds: (performance.now() - started) / 1000 })
    }
  }
}

async function perform(session: Session, { head, text, arriving }: Received): Promise<'OK' | 'NO' | 'BAD'> {
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

function checkState({ state }: Session, command: Command): void {
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

async function answerRefusal(session: Session, tag: string | null, refusal: Refusal): Promise<void> {
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
  return refusalFor(error) ?? no('The server made a mistake', 'SERVERBUG')
}

function isKeywordLimit(error: unknown): boolean {
  return error instanceof MailstoreError && error.code === 'tooManyKeywords'
}

function sayFarewell(session: Session, error: unknown): void {
  if (error instanceof ConnectionLost) {
    if (error.cause) logFault(session, error.cause, error.message)
    return
  }
  if (!(error instanceof Farewell)) logFault(session, error, 'the session')
  const { message, code } =
    error instanceof Farewell ? error : new Farewell('The server made a mistake', 'SERVERBUG')
  session.connection.output.text(`* BYE ${code ? `[${code}] ` : ''}${message}\r\n`)
}

/** Never with arguments: they hold mail and passwords. */
function logFault(session: Session, error: unknown, command: string): void {
  if (error instanceof MailstoreError && !isServersFault(error)) return
  const { state, settings, connection } = session
  const user = state.name === 'authenticated' || state.name === 'selected' ? state.user.principal.name : null
  settings.log.error(
    { err: error, command, user, remoteAddress: connection.remoteAddress },
    'imap command failed',
  )
}

function readingRules(session: Session): ReadingRules {
  const { limits, appendLimit } = session.settings
  const { output } = session.connection
  const isBefore = session.state.name === 'notAuthenticated'
  return {
    maxLine: isBefore ? limits.lineBeforeLogin : limits.line,
    maxSkip: limits.skip,
    maxMessage: appendLimit,
    admit(head, literal) {
      try {
        admit(head, literal)
        return null
      } catch (error) {
        if (error instanceof Refusal) return error
        throw error
      }
    },
    async proceed() {
      output.text('+ Ready for literal data\r\n')
      await output.flush()
    },
    // The first argument may be a literal itself: the mailbox name of APPEND.
    arrives: (head, lines) =>
      !isBefore &&
      findCommand(head.name)?.command.takesMessages === true &&
      (lines.length > 1 || !/^ \{\d+\+?\}$/.test(lines[0]!.slice(head.argumentsAt))),
    wait: session.awaitClient,
  }

  function admit(head: Head, { size, before }: AnnouncedLiteral): void {
    // RFC 3501 §7.5: so that errors can be rejected line by line.
    const found = findCommand(head.name)
    if (!found) throw bad('There is no such command')
    checkState(session, found.command)
    if (isBefore && size > limits.literalBeforeLogin) {
      throw no(`A literal may have ${limits.literalBeforeLogin} octets before login`, 'LIMIT')
    }
    if (size > limits.literal || before + size > limits.command) {
      throw no(`A literal may have ${limits.literal} octets`, 'LIMIT')
    }
  }
}
