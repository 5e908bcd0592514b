// MOVE: RFC 6851. COPYUID comes untagged and before the EXPUNGEs (§4.3).
import type { Transactor } from '@tandem/mailstore'
import { withTryCreate } from '../errors.js'
import { no } from '../refusal.js'
import { type Command, ok } from './command.js'
import { copyUid, parseTransfer } from './copy.js'
import { findTarget } from './find-mailbox.js'

export const move: Command = {
  name: 'MOVE',
  rfc: 'RFC 6851 §3',
  state: 'selected',
  hasUidForm: true,
  async run(context) {
    const { uid, user, mailbox, untagged } = context
    const { uids, path } = await parseTransfer(context)
    if (mailbox.readOnly) throw no('The mailbox is selected read-only', 'READ-ONLY')
    const target = async (tx: Transactor) => (await findTarget(tx, path)).id
    const moved = await user.account.move(mailbox.id, uids, target).catch((error: unknown) => {
      throw withTryCreate(error)
    })
    const code = copyUid(moved)
    if (code) untagged(`OK [${code}] Moved`)
    if (uid || moved.from.length === uids.length) return ok('MOVE completed')
    // RFC 2180 §4.2.3, of STORE: it is no failure that others expunged some of them.
    if (moved.from.length > 0) return ok('MOVE completed', 'EXPUNGEISSUED')
    throw no('The messages no longer exist', 'EXPUNGEISSUED')
  },
}
