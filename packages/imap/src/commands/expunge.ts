// EXPUNGE: RFC 3501 §6.4.3. UID EXPUNGE: RFC 4315 §2.1.
import { no } from '../refusal.js'
import { deletedUids } from '../selected/told.js'
import { type Command, ok } from './command.js'
import { resolveToUids } from './message-set.js'

export const expunge: Command = {
  name: 'EXPUNGE',
  rfc: 'RFC 3501 §6.4.3',
  state: 'selected',
  hasUidForm: true,
  async run(context) {
    const { args, uid, user, mailbox, output } = context
    if (uid) args.sp()
    const set = uid ? args.messageSet() : null
    args.end()
    if (mailbox.readOnly) throw no('The mailbox is selected read-only', 'READ-ONLY')

    const updates = await mailbox.refresh({ expunge: false })
    output.text(mailbox.render(updates, { withUid: uid }))
    const uids = set ? resolveToUids(context, set) : deletedUids(mailbox.told.view)
    if (uids.length > 0) await user.account.expunge(mailbox.id, uids, { onlyDeleted: true })
    return ok('EXPUNGE completed')
  },
}
