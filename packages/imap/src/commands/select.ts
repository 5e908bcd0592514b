// SELECT, EXAMINE: RFC 3501 §6.3.1, §6.3.2; RFC 9051 §6.3.2, §6.3.3. MAILBOXID: RFC 8474 §4.2.
// CONDSTORE, QRESYNC: RFC 7162 §3.1.8, §3.2.5.
import { type Account, formatId, type Mailbox } from '@tandem/mailstore'
import type { RecentUids } from '../selected/recent.js'
import { changedSince, type Update } from '../selected/told.js'
import { lastMatch } from '../selected/vanished.js'
import { becomeAware } from '../session/condstore.js'
import { createSelectedMailbox, type SelectedMailbox } from '../session/selected-mailbox.js'
import { resolveUids } from '../wire/sequence-set.js'
import { type Answer, type Command, ok, type UserContext } from './command.js'
import { findMailbox } from './find-mailbox.js'
import { denormalized, renderMailbox } from './list/response.js'
import { describeSelection } from './select/describe.js'
import { parseSelectParameters, type Resync } from './select/parameters.js'
import { tellVanished } from './vanished.js'

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

async function run(context: UserContext, readOnly: boolean): Promise<Answer> {
  const { args, session, user, output, untagged } = context
  args.sp()
  const path = args.mailbox()
  const { condstore, qresync } = parseSelectParameters(args, {
    isQresyncEnabled: session.enabled.has('QRESYNC'),
  })
  // Also where the new one can't be selected: RFC 3501 §6.3.1.
  const { isRev2 } = session
  const wasSelected = session.state.name === 'selected'
  session.deselect()
  // RFC 7162 §3.2.11: what comes after this is not about the one before.
  if (wasSelected) untagged('OK [CLOSED] The mailbox before is closed')
  if (condstore) becomeAware(context)
  const { account } = user
  const { found, listed } = await account.read(async (r) => {
    const found = await findMailbox(r, path)
    if (!isRev2) return { found, listed: '' }
    const mailboxes = await r.mailbox.list(user.principal.id)
    return { found, listed: renderMailbox(mailboxes, found.id, denormalized(path)) }
  })

  const view = await account.view(found.id)
  const recent = await recentUids(account, found, view.uidNext, readOnly)
  const mailbox = createSelectedMailbox({
    account,
    view,
    readOnly,
    recent,
    enabled: session.enabled,
  })
  session.state = { name: 'selected', user, mailbox }

  output.text(describeSelection(mailbox) + listed)
  untagged(`OK [MAILBOXID (${formatId('mailbox', found.id)})] The mailbox id`)
  // RFC 7162 §3.2.5: of a mailbox that isn't the one it was, nothing more is told.
  if (qresync?.uidValidity === view.uidValidity) await resynchronize(context, mailbox, qresync)
  return readOnly ? ok('EXAMINE completed', 'READ-ONLY') : ok('SELECT completed', 'READ-WRITE')
}

/** Messages whose flags are told at a time. */
const BATCH = 500

/** What changed since the client was here: VANISHED (EARLIER), then flags with UIDs and modseqs. */
async function resynchronize(
  { user, output }: UserContext,
  mailbox: SelectedMailbox,
  { modseq, known, match }: Resync,
): Promise<void> {
  const { told } = mailbox
  const matched = match ? lastMatch(match, told) : 0
  await tellVanished(user.account, told, output, { known, since: modseq, matched })
  const positions = known ? resolveUids(known, told.uids) : [...told.uids.keys()]
  const changed = changedSince(
    told,
    positions.map((position) => position + 1),
    modseq,
  )
  for (let at = 0; at < changed.length; at += BATCH) {
    const updates = changed
      .slice(at, at + BATCH)
      .map((sequence): Update => ({ type: 'flags', sequence, uid: told.uids[sequence - 1]! }))
    output.text(mailbox.render(updates, { withUid: true }))
    await output.relieve()
  }
}

/**
 * The messages that no session was told of, claimed for this one where it may write: one statement, and only where
 * there are any.
 */
async function recentUids(
  account: Account,
  { id, recentUid }: Mailbox,
  uidNext: number,
  readOnly: boolean,
): Promise<RecentUids> {
  // RFC 3501 §6.3.2: EXAMINE takes none away.
  if (readOnly) return [{ from: recentUid, before: Number.POSITIVE_INFINITY }]
  const claim = recentUid < uidNext ? await account.claimRecent(id) : null
  return claim ? [claim] : []
}
