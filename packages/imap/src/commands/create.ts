// CREATE: RFC 3501 §6.3.3, RFC 9051 §6.3.4. MAILBOXID: RFC 8474 §4.1. USE: RFC 6154 §3, in the syntax of RFC 4466 §2.2.
import { formatId, type Role } from '@tandem/mailstore'
import { bad, no } from '../refusal.js'
import { roleOf } from '../render/special-use.js'
import type { Parser } from '../wire/parser.js'
import { type Command, ok } from './command.js'
import { madeOtherwise, renderMailbox } from './list/response.js'

export const create: Command = {
  name: 'CREATE',
  rfc: 'RFC 3501 §6.3.3',
  state: 'authenticated',
  async run({ args, session, user, output }) {
    args.sp()
    const path = args.mailbox()
    const uses = args.more() ? parseUses(args) : []
    args.end()
    const role = toRole(uses)
    const oldName = madeOtherwise(session, path)
    const { mailbox, listed } = await user.account.transact(async (tx) => {
      const mailbox = await tx.mailbox.createPath(path, role)
      if (oldName === null) return { mailbox, listed: '' }
      const mailboxes = await tx.mailbox.list(user.principal.id)
      return { mailbox, listed: renderMailbox(mailboxes, mailbox.id, oldName, session.isUtf8) }
    })
    output.text(listed)
    return ok('CREATE completed', `MAILBOXID (${formatId('mailbox', mailbox.id)})`)
  },
}

/** The parameters of CREATE, of which there is one. */
function parseUses(args: Parser): string[] {
  const uses = args.list(() => {
    if (args.keyword('USE') !== 'USE') throw bad('A parameter of CREATE that is not known')
    args.sp()
    return args.list(() => {
      args.expect('\\')
      return `\\${args.atom('a special use')}`
    }, true)
  }, true)
  if (uses.length > 1) throw bad('USE is there twice')
  return uses.flat()
}

/** RFC 6154 §3: what can't be had is refused, and the mailbox not made. */
function toRole(uses: readonly string[]): Role | null {
  const roles = new Set(
    uses.map((use) => {
      const role = roleOf(use)
      if (!role) throw no('There is no such special use', 'USEATTR')
      return role
    }),
  )
  if (roles.size > 1) throw no('A mailbox has one special use', 'USEATTR')
  return [...roles][0] ?? null
}
