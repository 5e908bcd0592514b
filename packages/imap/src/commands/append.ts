// APPEND: RFC 3501 §6.3.11. APPENDUID: RFC 4315 §3. TOOBIG: RFC 7889 §4.
import { withTryCreate } from '../errors.js'
import { no } from '../refusal.js'
import type { Parser } from '../wire/parser.js'
import { type Command, ok } from './command.js'
import { parseFlags, toFlagChange } from './flag-change.js'

export const append: Command = {
  name: 'APPEND',
  rfc: 'RFC 3501 §6.3.11',
  state: 'authenticated',
  takesMessage: true,
  async run({ args, session, user }) {
    const { path, flags, receivedAt, bytes } = parseAppend(args)
    const { keywords, deleted } = toFlagChange('add', flags)
    if (bytes.length === 0) throw no('A message cannot be empty', 'CANNOT')
    const { account } = user
    // Before its bytes are stored for nothing.
    if (!(await account.read((r) => r.mailbox.byPath(path)))) {
      throw no('There is no such mailbox', 'TRYCREATE')
    }

    const message = await account.ingest(bytes, { nul: 'refuse', maxSize: session.settings.appendLimit })
    const { uidValidity, uid } = await account
      .transact(async (tx) => {
        const mailbox = await tx.mailbox.byPath(path)
        if (!mailbox) throw no('There is no such mailbox', 'TRYCREATE')
        const [filed] = await tx.email.create([
          { message, mailboxIds: [mailbox.id], keywords, deleted, ...(receivedAt ? { receivedAt } : {}) },
        ])
        return { uidValidity: mailbox.uidValidity, uid: filed!.uids.get(mailbox.id)! }
      })
      .catch((error: unknown) => {
        throw withTryCreate(error)
      })
    return ok('APPEND completed', `APPENDUID ${uidValidity} ${uid}`)
  },
}

interface AppendRequest {
  path: string
  flags: string[]
  receivedAt: Date | null
  bytes: Buffer
}

function parseAppend(args: Parser): AppendRequest {
  args.sp()
  const path = args.mailbox()
  args.sp()
  let flags: string[] = []
  if (args.peek() === '(') {
    flags = parseFlags(args)
    args.sp()
  }
  let receivedAt: Date | null = null
  if (args.peek() === '"') {
    receivedAt = args.dateTime()
    args.sp()
  }
  const bytes = args.literal()
  args.end()
  return { path, flags, receivedAt, bytes }
}
