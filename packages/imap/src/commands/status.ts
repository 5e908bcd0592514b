// STATUS: RFC 3501 §6.3.10, RFC 9051 §6.3.11. SIZE: RFC 8438. HIGHESTMODSEQ: RFC 7162 §3.1.7.
// MAILBOXID: RFC 8474 §4.3. APPENDLIMIT: RFC 7889 §3.1.
import { formatId, type Mailbox, type Reader } from '@tandem/mailstore'
import { renderMailboxName } from '../render/listed.js'
import { becomeAware } from '../session/condstore.js'
import type { Parser } from '../wire/parser.js'
import { type Command, ok, type UserContext } from './command.js'
import { findMailbox } from './find-mailbox.js'

interface StatusContext extends UserContext {
  /** How many messages are \Recent, per mailbox; empty unless RECENT is asked for. */
  recent: ReadonlyMap<number, number>
}

/** One row for each item; all but RECENT come from the mailbox's counters. */
const ITEMS: Readonly<Record<string, (mailbox: Mailbox, context: StatusContext) => string | number>> = {
  MESSAGES: (mailbox) => mailbox.messages,
  // There is no counter for it, because it moves without a change; almost always it is none.
  RECENT: (mailbox, { recent }) => recent.get(mailbox.id) ?? 0,
  UIDNEXT: (mailbox) => mailbox.uidNext,
  UIDVALIDITY: (mailbox) => mailbox.uidValidity,
  UNSEEN: (mailbox) => mailbox.unseen,
  DELETED: (mailbox) => mailbox.deleted,
  SIZE: (mailbox) => mailbox.size,
  HIGHESTMODSEQ: (mailbox) => mailbox.highestModseq,
  MAILBOXID: (mailbox) => `(${formatId('mailbox', mailbox.id)})`,
  APPENDLIMIT: (_mailbox, { session }) => session.settings.appendLimit,
}

export const status: Command = {
  name: 'STATUS',
  rfc: 'RFC 3501 §6.3.10',
  state: 'authenticated',
  async run(context) {
    const { args, user, output } = context
    args.sp()
    const path = args.mailbox()
    args.sp()
    const items = parseStatusItems(args)
    args.end()
    const text = await user.account.read(async (r) => {
      const mailbox = await findMailbox(r, path)
      return (await prepareStatus(r, [mailbox], items, context))(mailbox)
    })
    output.text(text)
    return ok('STATUS completed')
  },
}

/** The items in parentheses, or one without, each once, as they are named in ITEMS. */
export function parseStatusItems(args: Parser): string[] {
  const item = () => {
    const name = args.keyword('a status item')
    if (!Object.hasOwn(ITEMS, name)) throw args.fail('a known status item')
    return name
  }
  return args.peek() === '(' ? [...new Set(args.list(item))] : [item()]
}

/** Reads what the counters don't say, for all the mailboxes at once; gives the STATUS response of each. */
export async function prepareStatus(
  r: Reader,
  mailboxes: readonly Mailbox[],
  items: readonly string[],
  context: UserContext,
): Promise<(mailbox: Mailbox) => string> {
  // RFC 7162 §3.1: this item makes a command a CONDSTORE-enabling one.
  if (items.includes('HIGHESTMODSEQ')) becomeAware(context)
  const recent = items.includes('RECENT') ? await r.mailbox.countRecent(mailboxes) : new Map<number, number>()
  const statusContext = { ...context, recent }
  return (mailbox) => {
    const values = items.map((name) => `${name} ${ITEMS[name]!(mailbox, statusContext)}`)
    const name = renderMailboxName(mailbox.path, context.session.isUtf8)
    return `* STATUS ${name} (${values.join(' ')})\r\n`
  }
}
