// LOGIN: RFC 3501 §6.2.3.
import { logIn, requirePrivacy } from '../session/log-in.js'
import { type Command, ok } from './command.js'

export const login: Command = {
  name: 'LOGIN',
  rfc: 'RFC 3501 §6.2.3',
  state: 'notAuthenticated',
  async run({ args, session }) {
    args.sp()
    const name = args.text8('a user name')
    args.sp()
    const password = args.text8('a password')
    args.end()
    requirePrivacy(session)
    return ok('LOGIN completed', await logIn(session, name, password))
  },
}
