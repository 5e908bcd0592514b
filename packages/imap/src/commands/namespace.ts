// NAMESPACE: RFC 2342 §5. One personal namespace without a prefix; nothing is shared yet.
import { type Command, ok } from './command.js'

export const namespace: Command = {
  name: 'NAMESPACE',
  rfc: 'RFC 2342 §5',
  state: 'authenticated',
  async run({ args, untagged }) {
    args.end()
    untagged('NAMESPACE (("" "/")) NIL NIL')
    return ok('NAMESPACE completed')
  },
}
