// APPEND: RFC 3501 §6.3.11. Several messages at once: RFC 3502. APPENDUID: RFC 4315 §3. TOOBIG: RFC 7889 §4.
import type { IngestedMessage } from '@tandem/mailstore'
import { withTryCreate } from '../errors.js'
import { no } from '../refusal.js'
import type { Parser } from '../wire/parser.js'
import { formatUidSet } from '../wire/sequence-set.js'
import { type Command, ok, type UserContext } from './command.js'
import { findTarget } from './find-mailbox.js'
import { parseFlags, toFlagChange } from './flag-change.js'
import { denormalized, renderMailbox } from './list/response.js'
import { receiveMessage } from './receive-message.js'

/** Messages of one APPEND: their summaries are held until all are there. */
const MAX_MESSAGES = 500

export const append: Command = {
  name: 'APPEND',
  rfc: 'RFC 3501 §6.3.11',
  state: 'authenticated',
  takesMessages: true,
  async run(context) {
    const { args, session, user, output } = context
    args.sp()
    const path = args.mailbox()
    args.sp()
    const oldName = session.isRev2 ? denormalized(path) : null
    const appends = await receiveMessages(context, path)
    // RFC 3502 §6.3.11: all of them or none.
    const { mailbox, uids, listed } = await user.account
      .transact(async (tx) => {
        const mailbox = await findTarget(tx, path)
        const filed = await tx.email.create(appends.map((each) => ({ ...each, mailboxIds: [mailbox.id] })))
        const uids = filed.map((each) => each!.uids.get(mailbox.id)!)
        // RFC 9051 §6.3.12
        const mailboxes = oldName === null ? null : await tx.mailbox.list(user.principal.id)
        return { mailbox, uids, listed: mailboxes ? renderMailbox(mailboxes, mailbox.id, oldName) : '' }
      })
      .catch((error: unknown) => {
        throw withTryCreate(error)
      })
    output.text(listed)
    return ok('APPEND completed', `APPENDUID ${mailbox.uidValidity} ${formatUidSet(uids)}`)
  },
}

interface Append extends AppendOptions {
  message: IngestedMessage
}

/** Takes the messages one after the other, each with what stands before it, to the end of the command. */
async function receiveMessages(context: UserContext, path: string): Promise<Append[]> {
  const { args, user } = context
  const appends: Append[] = []
  do {
    if (appends.length === MAX_MESSAGES) throw no(`APPEND takes ${MAX_MESSAGES} messages`, 'LIMIT')
    const options = parseOptions(args)
    // Before its octets come for nothing.
    if (appends.length === 0) await user.account.read((r) => findTarget(r, path))
    appends.push({ ...options, message: await receiveMessage(context) })
  } while (args.more())
  args.end()
  return appends
}

/** Bare ones only where no other word can be meant: UTF8 (RFC 6855 §4) is one. */
const FLAGS_AHEAD = /[(\\$]/y

interface AppendOptions {
  keywords: readonly string[]
  deleted: boolean
  receivedAt?: Date
}

/** What stands before a message: flags, with or without parentheses, and date. */
function parseOptions(args: Parser): AppendOptions {
  const flags: string[] = []
  while (args.aheadMatches(FLAGS_AHEAD)) {
    flags.push(...(args.peek() === '(' ? parseFlags(args) : [args.flag()]))
    args.sp()
  }
  const { keywords, deleted } = toFlagChange('add', flags)
  if (args.peek() !== '"') return { keywords, deleted }
  const receivedAt = args.dateTime()
  args.sp()
  return { keywords, deleted, receivedAt }
}
