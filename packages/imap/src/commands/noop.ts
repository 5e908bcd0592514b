// NOOP, and CHECK, which has no more to do: every change is on disk when its command is answered.
// RFC 3501 §6.1.2, §6.4.1.
import { type Command, ok } from './command.js'

export const noop: Command = {
  name: 'NOOP',
  rfc: 'RFC 3501 §6.1.2',
  state: 'any',
  async run({ args }) {
    args.end()
    return ok('NOOP completed')
  },
}

export const check: Command = {
  name: 'CHECK',
  rfc: 'RFC 3501 §6.4.1',
  state: 'selected',
  async run({ args }) {
    args.end()
    return ok('CHECK completed')
  },
}
