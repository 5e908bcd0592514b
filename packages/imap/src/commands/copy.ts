// COPY: RFC 3501 §6.4.7. COPYUID: RFC 4315 §3.
import type { CopiedUids } from '@tandem/mailstore'
import { withTryCreate } from '../errors.js'
import { no } from '../refusal.js'
import { formatUidSet } from '../wire/sequence-set.js'
import { type Command, ok, type SelectedContext } from './command.js'
import { findTarget } from './find-mailbox.js'
import { resolveToUids } from './message-set.js'

export const copy: Command = {
  name: 'COPY',
  rfc: 'RFC 3501 §6.4.7',
  state: 'selected',
  hasUidForm: true,
  async run(context) {
    const { uid, user, mailbox } = context
    const { uids, path } = await parseTransfer(context)
    const copied = await user.account
      .transact(async (tx) => {
        const target = await findTarget(tx, path)
        const pairs = await tx.membership.copy(mailbox.id, uids, target.id)
        // RFC 2180 §4.4.1. Thrown in here, so that none of the others is copied either.
        if (!uid && pairs.from.length < uids.length) {
          throw no('Some of the messages no longer exist', 'EXPUNGEISSUED')
        }
        return pairs
      })
      .catch((error: unknown) => {
        throw withTryCreate(error)
      })
    return ok('COPY completed', copyUid(copied))
  },
}

/** The arguments of COPY and MOVE: the messages as UIDs, and where they go. */
export async function parseTransfer(context: SelectedContext): Promise<{ uids: number[]; path: string }> {
  const { args, uid, mailbox, output } = context
  args.sp()
  const set = args.messageSet()
  args.sp()
  const path = args.mailbox()
  args.end()
  const updates = await mailbox.refresh({ expunge: false })
  output.text(mailbox.render(updates, { withUid: uid }))
  return { uids: resolveToUids(context, set), path }
}

/** The response code; none where nothing was copied. */
export function copyUid({ uidValidity, from, to }: CopiedUids): string | null {
  return from.length === 0 ? null : `COPYUID ${uidValidity} ${formatUidSet(from)} ${formatUidSet(to)}`
}
