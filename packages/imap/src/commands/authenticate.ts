// AUTHENTICATE: RFC 3501 §6.2.2; the initial response of RFC 4959; PLAIN, RFC 4616.
import { bad, ConnectionLost, no } from '../refusal.js'
import { logIn, requirePrivacy } from '../session/log-in.js'
import { decodeUtf8, type Parser } from '../wire/parser.js'
import { type Command, type Context, ok } from './command.js'

/** What a mechanism does once it is chosen: gives the response code of a login, or throws. */
type Mechanism = (context: Context, initialResponse: string | null) => Promise<string>

const MECHANISMS: Readonly<Record<string, Mechanism>> = { PLAIN: plain }

export const authenticate: Command = {
  name: 'AUTHENTICATE',
  rfc: 'RFC 3501 §6.2.2',
  state: 'notAuthenticated',
  async run(context) {
    const { args, session } = context
    args.sp()
    const name = args.keyword('a mechanism')
    const initialResponse = args.atEnd() ? null : parseInitialResponse(args)
    args.end()
    const mechanism = MECHANISMS[name]
    if (!mechanism) throw no('That mechanism is not supported', 'CANNOT')
    requirePrivacy(session)
    return ok('AUTHENTICATE completed', await mechanism(context, initialResponse))
  },
}

async function plain(context: Context, initialResponse: string | null): Promise<string> {
  // A mechanism where the client begins: without the initial response it is asked for with an empty challenge.
  const message = decodeBase64(initialResponse ?? (await challenge(context, '')))
  const fields = decodeUtf8(message).split('\0')
  const [authorizationId, name, password] = fields
  if (fields.length !== 3 || !name || !password) throw bad('That is not a PLAIN message')
  return logIn(context.session, name, password, authorizationId)
}

/** RFC 4959 §3: base64, or "=" for an empty one. */
function parseInitialResponse(args: Parser): string {
  args.sp()
  const response = args.take(/[A-Za-z0-9+/=]/)
  if (response === '') throw args.fail('an initial response')
  return response === '=' ? '' : response
}

/** Sends a challenge; the client's response in base64. Errors: BAD where it cancels with "*". */
async function challenge({ output, session }: Context, text: string): Promise<string> {
  output.text(`+ ${text}\r\n`)
  await output.flush()
  const { connection, settings } = session
  const line = await session.awaitClient(() => connection.input.line(settings.limits.lineBeforeLogin))
  if (line.type === 'end') throw new ConnectionLost('the client is gone')
  if (line.type === 'tooLong') {
    if ((await connection.input.skipLine(settings.limits.skip)) === null)
      throw new ConnectionLost('a line too long')
    throw bad('Line too long')
  }
  if (line.text === '*') throw bad('Authentication cancelled')
  return line.text
}

/** Octets as a binary string. RFC 4648 §4, with padding and nothing that isn't in the alphabet (RFC 4959 §3). */
function decodeBase64(text: string): string {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw bad('That is not base64')
  return Buffer.from(text, 'base64').toString('latin1')
}
