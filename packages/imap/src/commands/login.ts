// LOGIN: RFC 3501 §6.2.3.
import { logIn, requirePrivacy } from '../session/log-in.js'
import { decodeUtf8 } from '../wire/scanner.js'
import { type Command, ok } from './command.js'

export const login: Command = {
  name: 'LOGIN',
  rfc: 'RFC 3501 §6.2.3',
  state: 'notAuthenticated',
  async run({ args, session }) {
    args.sp()
    const name = decodeUtf8(args.looseString('a user name'))
    args.sp()
    const password = decodeUtf8(args.looseString('a password'))
    args.end()
    requirePrivacy(session)
    return ok('LOGIN completed', await logIn(session, name, password))
  },
}
