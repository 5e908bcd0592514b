// DELETE: RFC 3501 §6.3.4, RFC 9051 §6.3.5. A mailbox with others below it is not deleted (HASCHILDREN, RFC 9051 §7.1).
import { type Command, ok } from './command.js'
import { findMailbox } from './find-mailbox.js'
import { denormalized, renderDeleted } from './list/response.js'

export const deleteMailbox: Command = {
  name: 'DELETE',
  rfc: 'RFC 3501 §6.3.4',
  state: 'authenticated',
  async run({ args, session, user, output }) {
    args.sp()
    const path = args.mailbox()
    args.end()
    const { id, kept, isGone } = await user.account.transact(async (tx) => {
      const mailbox = await findMailbox(tx, path)
      const isGone = await tx.mailbox.destroy(mailbox.id, { removeEmails: true })
      return { id: mailbox.id, kept: mailbox.path, isGone }
    })
    if (!isGone) await user.account.finishDestroy(id)
    // Nothing is left to take leave of. Other sessions that have it selected get a BYE (RFC 2180 §3.3).
    const { state } = session
    if (state.name === 'selected' && state.mailbox.id === id) session.state = { name: 'authenticated', user }
    const oldName = session.isRev2 ? denormalized(path) : null
    if (oldName !== null) output.text(renderDeleted(kept, oldName))
    return ok('DELETE completed')
  },
}
