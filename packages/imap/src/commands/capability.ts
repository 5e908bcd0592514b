// CAPABILITY: RFC 3501 §6.1.1.
import { renderCapabilities } from '../extensions.js'
import { type Command, ok } from './command.js'

export const capability: Command = {
  name: 'CAPABILITY',
  rfc: 'RFC 3501 §6.1.1',
  state: 'any',
  async run({ args, session, untagged }) {
    args.end()
    untagged(`CAPABILITY ${renderCapabilities(session)}`)
    return ok('CAPABILITY completed')
  },
}
