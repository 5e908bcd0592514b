// CLOSE: RFC 3501 §6.4.2. UNSELECT: RFC 3691.
import { deletedUids } from '../selected/told.js'
import { type Command, ok } from './command.js'

export const close: Command = {
  name: 'CLOSE',
  rfc: 'RFC 3501 §6.4.2',
  state: 'selected',
  announces: 'nothing',
  async run({ args, session, user, mailbox }) {
    args.end()
    if (!mailbox.readOnly) {
      // Those that are \Deleted now, told or not; without a word of them.
      await mailbox.refresh({ expunge: false })
      const uids = deletedUids(mailbox.told.view)
      if (uids.length > 0) await user.account.expunge(mailbox.id, uids, { onlyDeleted: true })
    }
    session.deselect()
    return ok('CLOSE completed')
  },
}

export const unselect: Command = {
  name: 'UNSELECT',
  rfc: 'RFC 3691 §2',
  state: 'selected',
  announces: 'nothing',
  async run({ args, session }) {
    args.end()
    session.deselect()
    return ok('UNSELECT completed')
  },
}
