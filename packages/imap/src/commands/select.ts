// SELECT, EXAMINE: RFC 3501 §6.3.1, §6.3.2. MAILBOXID: RFC 8474 §4.2.
import { type Account, formatId, type Mailbox } from '@tandem/mailstore'
import { no } from '../refusal.js'
import { createSelectedMailbox, describeSelection } from '../session/selected-mailbox.js'
import { type Answer, type Command, ok, type UserContext } from './command.js'

export const select: Command = {
  name: 'SELECT',
  rfc: 'RFC 3501 §6.3.1',
  state: 'authenticated',
  announces: 'nothing',
  run: (context) => run(context, false),
}

export const examine: Command = {
  name: 'EXAMINE',
  rfc: 'RFC 3501 §6.3.2',
  state: 'authenticated',
  announces: 'nothing',
  run: (context) => run(context, true),
}

async function run(
  { args, session, user, output, untagged }: UserContext,
  readOnly: boolean,
): Promise<Answer> {
  args.sp()
  const path = args.mailbox()
  args.end()
  // Also where the new one can't be selected: RFC 3501 §6.3.1.
  await session.deselect()
  const { account } = user
  const found = await account.read((r) => r.mailbox.byPath(path))
  if (!found) throw no('There is no such mailbox', 'NONEXISTENT')

  const recentFrom = readOnly ? found.recentUid : await claimRecent(account, found)
  const view = await account.view(found.id)
  const mailbox = createSelectedMailbox({
    account,
    view,
    readOnly,
    recentFrom,
    claimedBefore: found.uidNext,
  })
  session.state = { name: 'selected', user, mailbox }

  output.text(describeSelection(mailbox))
  untagged(`OK [MAILBOXID (${formatId('mailbox', found.id)})] The mailbox id`)
  return readOnly ? ok('EXAMINE completed', 'READ-ONLY') : ok('SELECT completed', 'READ-WRITE')
}

/** The first UID that no session was told of; a transaction only where there is one. */
async function claimRecent(account: Account, mailbox: Mailbox): Promise<number> {
  if (mailbox.recentUid >= mailbox.uidNext) return mailbox.uidNext
  return account.transact((tx) => tx.mailbox.claimRecent(mailbox.id))
}
