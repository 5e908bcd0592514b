// STATUS: RFC 3501 §6.3.10. MAILBOXID: RFC 8474 §4.3. APPENDLIMIT: RFC 7889 §3.1.
import { formatId, type Mailbox } from '@tandem/mailstore'
import { no } from '../refusal.js'
import { countFrom } from '../session/selected-mailbox.js'
import { encodeAString } from '../wire/encode.js'
import { encodeMailboxName } from '../wire/mutf7.js'
import { type Command, ok, type UserContext } from './command.js'

type Value = string | number | Promise<number>

/** One row for each item; all but RECENT come from the mailbox's counters. */
const ITEMS: Readonly<Record<string, (mailbox: Mailbox, context: UserContext) => Value>> = {
  MESSAGES: (mailbox) => mailbox.messages,
  RECENT: (mailbox, context) => countRecent(mailbox, context),
  UIDNEXT: (mailbox) => mailbox.uidNext,
  UIDVALIDITY: (mailbox) => mailbox.uidValidity,
  UNSEEN: (mailbox) => mailbox.unseen,
  MAILBOXID: (mailbox) => `(${formatId('mailbox', mailbox.id)})`,
  APPENDLIMIT: (_mailbox, { session }) => session.settings.appendLimit,
}

export const status: Command = {
  name: 'STATUS',
  rfc: 'RFC 3501 §6.3.10',
  state: 'authenticated',
  async run(context) {
    const { args, user, untagged } = context
    args.sp()
    const path = args.mailbox()
    args.sp()
    const names = args.list(() => {
      const name = args.keyword('a status item')
      if (!Object.hasOwn(ITEMS, name)) throw args.fail('a known status item')
      return name
    })
    args.end()

    const mailbox = await user.account.read((r) => r.mailbox.byPath(path))
    if (!mailbox) throw no('There is no such mailbox', 'NONEXISTENT')
    const values: string[] = []
    for (const name of new Set(names)) values.push(`${name} ${await ITEMS[name]!(mailbox, context)}`)
    untagged(`STATUS ${encodeAString(encodeMailboxName(mailbox.path))} (${values.join(' ')})`)
    return ok('STATUS completed')
  },
}

/** There is no counter for it, because it moves without a change; almost always it is none. */
async function countRecent(mailbox: Mailbox, { user }: UserContext): Promise<number> {
  if (mailbox.recentUid >= mailbox.uidNext) return 0
  return countFrom(await user.account.view(mailbox.id), mailbox.recentUid)
}
