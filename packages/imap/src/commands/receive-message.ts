// One message of a command that takes messages, on its way into the store. Literal8: RFC 3516 §4.4.
import type { IngestedMessage } from '@tandem/mailstore'
import { withUnknownCte } from '../errors.js'
import { no } from '../refusal.js'
import type { UserContext } from './command.js'

/**
 * Takes the literal before which `args` stands, and stores and parses it; `args` then stands behind it.
 * Errors: Refusal (BAD where it isn't a literal or has a NUL, UNKNOWN-CTE for a NUL in a literal8), MailstoreError.
 */
export async function receiveMessage({ args, session, user }: UserContext): Promise<IngestedMessage> {
  const isLiteral8 = args.accept('~')
  const bytes = args.literal()
  // RFC 3502 §6.3.11: so the client takes the whole command back.
  if (bytes.length === 0) throw no('A message cannot be empty', 'CANNOT')
  const { appendLimit } = session.settings
  return user.account.ingest(bytes, { nul: 'refuse', maxSize: appendLimit }).catch((error: unknown) => {
    throw isLiteral8 ? withUnknownCte(error) : error
  })
}
