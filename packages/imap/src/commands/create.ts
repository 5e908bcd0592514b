// CREATE: RFC 3501 §6.3.3. MAILBOXID: RFC 8474 §4.1.
import { formatId } from '@tandem/mailstore'
import { type Command, ok } from './command.js'

export const create: Command = {
  name: 'CREATE',
  rfc: 'RFC 3501 §6.3.3',
  state: 'authenticated',
  async run({ args, user }) {
    args.sp()
    const path = args.mailbox()
    args.end()
    const mailbox = await user.account.transact((tx) => tx.mailbox.createPath(path))
    return ok('CREATE completed', `MAILBOXID (${formatId('mailbox', mailbox.id)})`)
  },
}
