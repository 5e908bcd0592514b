// LOGOUT: RFC 3501 §6.1.3.
import { type Command, ok } from './command.js'

export const logout: Command = {
  name: 'LOGOUT',
  rfc: 'RFC 3501 §6.1.3',
  state: 'any',
  announces: 'nothing',
  async run({ args, session, untagged }) {
    args.end()
    session.deselect()
    session.state = { name: 'logout' }
    untagged('BYE Logging out')
    return ok('LOGOUT completed')
  },
}
