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
export async function receiveMessage(context: UserContext): Promise<IngestedMessage> {
  const { args, arriving, session, user } = context
  // RFC 6855 §4; RFC 9755 §4 has done away with it.
  const isMarked = args.peekAtom() === 'UTF8'
  if (isMarked) {
    args.keyword()
    args.sp()
    args.expect('(')
  }
  const isLiteral8 = args.accept('~')
  if (isMarked && !isLiteral8) throw args.fail('a literal8')
  const size = args.announcement()
  if (!arriving) throw args.fail('a literal')
  // RFC 3502 §6.3.11: so the client takes the whole command back.
  if (size === 0) throw no('A message cannot be empty', 'CANNOT')
  await arriving.begin()
  const isRefused = session.settings.append8Bit === 'refuse' && !session.isUtf8
  const octets = isRefused ? sevenBitHeader(arriving.octets()) : arriving.octets()
  const message = await user.account.ingest(octets, { nul: 'refuse' }).catch((error: unknown) => {
    throw isLiteral8 ? withUnknownCte(error) : error
  })
  await arriving.nextLine()
  if (isMarked) args.expect(')')
  return message
}

const LF = 10
const CR = 13
const EIGHT_BIT =
  'The header has 8-bit characters: they are accepted after ENABLE UTF8=ACCEPT or ENABLE IMAP4rev2'

/** RFC 9755 §4: 8-bit characters in header fields come from clients only that know what they mean. */
async function* sevenBitHeader(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let isHeader = true
  let lineLength = 0
  for await (const piece of pieces) {
    for (let at = 0; isHeader && at < piece.length; at++) {
      const octet = piece[at]!
      if (octet >= 0x80) throw no(EIGHT_BIT, 'CANNOT')
      if (octet === LF) {
        isHeader = lineLength > 0
        lineLength = 0
      } else if (octet !== CR) lineLength++
    }
    yield piece
  }
}
