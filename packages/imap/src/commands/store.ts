// STORE: RFC 3501 §6.4.6.
import type { FlagChange } from '@tandem/mailstore'
import { no } from '../refusal.js'
import { withNamed, withoutSilent } from '../selected/store-updates.js'
import type { Parser } from '../wire/parser.js'
import type { SequenceSet } from '../wire/sequence-set.js'
import { type Command, ok } from './command.js'
import { parseFlags, toFlagChange } from './flag-change.js'
import { resolveToUids } from './message-set.js'

export const store: Command = {
  name: 'STORE',
  rfc: 'RFC 3501 §6.4.6',
  state: 'selected',
  hasUidForm: true,
  announces: 'withoutExpunges',
  async run(context) {
    const { args, uid, user, mailbox, output } = context
    const { set, change, silent } = parseStore(args)
    if (mailbox.readOnly) throw no('The mailbox is selected read-only', 'READ-ONLY')
    const earlier = await mailbox.refresh({ expunge: false })
    output.text(mailbox.render(earlier, { withUid: uid }))
    const named = resolveToUids(context, set)

    const before = mailbox.told
    if (named.length > 0) await user.account.store(mailbox.id, named, change)
    const updates = await mailbox.refresh({ expunge: false })

    const after = mailbox.told
    const due = silent
      ? withoutSilent(updates, before, after, named, change)
      : withNamed(updates, after, named)
    output.text(mailbox.render(due, { withUid: uid }))
    // RFC 2180 §4.2: what others expunged was passed over.
    if (uid || named.every((each) => !after.ghosts.has(each))) return ok('STORE completed')
    if (silent) return ok('STORE completed', 'EXPUNGEISSUED')
    throw no('Some of the messages no longer exist', 'EXPUNGEISSUED')
  },
}

const MODES: Readonly<Record<string, FlagChange['mode']>> = { '': 'replace', '+': 'add', '-': 'remove' }

function parseStore(args: Parser): { set: SequenceSet; change: FlagChange; silent: boolean } {
  args.sp()
  const set = args.sequenceSet()
  args.sp()
  const item = /^([+-]?)FLAGS(\.SILENT)?$/.exec(args.keyword('FLAGS, +FLAGS or -FLAGS'))
  if (!item) throw args.fail('FLAGS, +FLAGS or -FLAGS')
  args.sp()
  const flags = parseFlags(args)
  args.end()
  return { set, change: toFlagChange(MODES[item[1]!]!, flags), silent: item[2] !== undefined }
}
