// One message of a command that takes messages, on its way from the client into the store. Literal8: RFC 3516 §4.4.
import type { IngestedMessage } from '@tandem/mailstore'
import { withUnknownCte } from '../errors.js'
import { no } from '../refusal.js'
import type { UserContext } from './command.js'

/**
 * Takes the literal before which `args` stands, and stores and parses it as it arrives; `args` then stands behind it.
 * What is refused before its first octet is never asked for; what fails in its midst leaves nothing in the store, and
 * the rest of the command is read and thrown away by the session's loop.
 * Errors: Refusal (BAD where it isn't a literal or has a NUL, UNKNOWN-CTE for a NUL in a literal8, TOOBIG),
 * MailstoreError, ConnectionLost.
 */
export async function receiveMessage({ args, arriving, user }: UserContext): Promise<IngestedMessage> {
  const isLiteral8 = args.accept('~')
  const size = args.announcement()
  if (!arriving) throw args.fail('a literal')
  // RFC 3502 §6.3.11: so the client takes the whole command back.
  if (size === 0) throw no('A message cannot be empty', 'CANNOT')
  await arriving.begin()
  const message = await user.account.ingest(arriving.octets(), { nul: 'refuse' }).catch((error: unknown) => {
    throw isLiteral8 ? withUnknownCte(error) : error
  })
  await arriving.nextLine()
  return message
}
