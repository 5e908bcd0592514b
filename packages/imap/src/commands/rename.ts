// RENAME: RFC 3501 §6.3.5, RFC 9051 §6.3.6. Renaming INBOX moves its messages and keeps it.
import { afterChange } from '../errors.js'
import { type Command, ok } from './command.js'
import { madeOtherwise, renderMailbox } from './list/response.js'

export const rename: Command = {
  name: 'RENAME',
  rfc: 'RFC 3501 §6.3.5',
  state: 'authenticated',
  async run({ args, session, user, output }) {
    args.sp()
    const from = args.mailbox()
    args.sp()
    const to = args.mailbox()
    args.end()
    await user.account.renameMailbox(from, to)
    // RFC 9051 §6.3.6: where a name was normalized, the client is told which is which; not of INBOX.
    const isOdd = (madeOtherwise(session, from) ?? madeOtherwise(session, to)) !== null
    if (isOdd && from.toUpperCase() !== 'INBOX') {
      const renamed = user.account.read(async (r) => {
        const mailbox = await r.mailbox.byPath(to)
        return mailbox
          ? renderMailbox(await r.mailbox.list(user.principal.id), mailbox.id, from, session.isUtf8)
          : ''
      })
      output.text(
        await renamed.catch((error: unknown) => {
          throw afterChange(error)
        }),
      )
    }
    return ok('RENAME completed')
  },
}
