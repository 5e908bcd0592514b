// AUTHENTICATE: RFC 3501 §6.2.2; the initial response of RFC 4959.
import { no } from '../refusal.js'
import { requirePrivacy } from '../session/log-in.js'
import { type Mechanism, parseInitialResponse } from './authenticate/exchange.js'
import { plain } from './authenticate/plain.js'
import { scram, scramPlus } from './authenticate/scram.js'
import { type Command, ok } from './command.js'

/** Each is listed as AUTH=… in extensions.ts. `underTls`: it needs a TLS connection, whatever is allowed without. */
const MECHANISMS: ReadonlyMap<string, { run: Mechanism; underTls?: true }> = new Map([
  ['PLAIN', { run: plain }],
  ['SCRAM-SHA-256', { run: scram }],
  ['SCRAM-SHA-256-PLUS', { run: scramPlus, underTls: true }],
])

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
    const mechanism = MECHANISMS.get(name)
    if (!mechanism || (mechanism.underTls && !session.connection.isSecure)) {
      throw no('That mechanism is not supported', 'CANNOT')
    }
    // SCRAM too, though it shows no password: what follows the login would be open to all, and whoever listens could
    // try passwords against the exchange at leisure.
    requirePrivacy(session)
    return ok('AUTHENTICATE completed', await mechanism.run(context, initialResponse))
  },
}
