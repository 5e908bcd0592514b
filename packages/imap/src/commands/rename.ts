// RENAME: RFC 3501 §6.3.5. Renaming INBOX moves its messages and keeps it.
import { type Command, ok } from './command.js'

export const rename: Command = {
  name: 'RENAME',
  rfc: 'RFC 3501 §6.3.5',
  state: 'authenticated',
  async run({ args, user }) {
    args.sp()
    const from = args.mailbox()
    args.sp()
    const to = args.mailbox()
    args.end()
    await user.account.renameMailbox(from, to)
    return ok('RENAME completed')
  },
}
