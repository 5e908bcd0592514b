// SCRAM-SHA-256 and SCRAM-SHA-256-PLUS: RFC 5802, RFC 7677. The messages are the directory's; here they travel.
import type { ScramError, ScramFailure } from '@tandem/mailstore'
import { bad } from '../../refusal.js'
import { attended, completeLogin, failLogin } from '../../session/log-in.js'
import type { Session } from '../../session/session.js'
import { challenge, decodeResponse, type Mechanism } from './exchange.js'

export const scram: Mechanism = (context, initialResponse) => exchange(context, initialResponse, false)
export const scramPlus: Mechanism = (context, initialResponse) => exchange(context, initialResponse, true)

async function exchange(
  context: Parameters<Mechanism>[0],
  initialResponse: string | null,
  plus: boolean,
): Promise<string> {
  const { session } = context
  const { mailstore } = session.settings
  const login = mailstore.directory.scram({ plus, bindings: session.connection.bindings }, session.origin)
  const opening = decodeResponse(initialResponse ?? (await challenge(context, '')))
  const first = await attended(session, () => login.first(opening))
  if (first.type === 'failed') throw failed(session, first)
  const proof = decodeResponse(await challenge(context, first.message))
  const final = await attended(session, () => login.final(proof))
  if (final.type === 'failed') throw failed(session, final)
  // RFC 5802 §5: before the client is told of success.
  const complete = completeLogin(session, final.principal, final.authorizationId)
  // RFC 9051 §6.2.2: additional data with success is a challenge, which an empty response answers.
  if ((await challenge(context, final.message)) !== '') throw bad('An empty response expected')
  return complete()
}

/** What no client that keeps to the syntax says. */
const SYNTAX: readonly ScramError[] = [
  'invalid-encoding',
  'extensions-not-supported',
  'invalid-username-encoding',
  'other-error',
]

function failed(session: Session, { error }: ScramFailure): Error {
  if (SYNTAX.includes(error)) return bad(`That is not a SCRAM message: ${error}`)
  return failLogin(session, error === 'invalid-proof' ? undefined : `SCRAM failed: ${error}`)
}
