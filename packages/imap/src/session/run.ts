// The life of one connection: greeting, commands one after the other, the last word.
//
// A command that goes wrong is answered and forgotten; whatever else happens here ends this connection and no other.
import { findCommand } from '../commands/table.js'
import { renderCapabilities } from '../extensions.js'
import { ConnectionLost, Farewell } from '../refusal.js'
import { readCommand } from '../wire/command-reader.js'
import { noteClient } from './client-note.js'
import { logFault } from './log-fault.js'
import { answerRefusal, perform } from './perform.js'
import { readingRules } from './reading-rules.js'
import type { Session } from './session.js'
import { traced } from './traced.js'

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
  session.forgetLogin()
  noteClient(session, { isLeaving: true })
  if (session.use.principal) session.users.leave(session.use.principal.id)
  await connection.end()
}

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
        status = await traced(session, incoming, () => perform(session, incoming))
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
