// Mailbox/get: RFC 8621 §2.1, RFC 8620 §5.1.
import { MAILBOX_PROPERTIES, renderMailbox } from '../../objects/mailbox.js'
import { formatState } from '../../objects/state.js'
import { accountMethod } from '../method.js'
import { GET_ARGUMENTS, wantedIds, wantedProperties } from '../standard.js'

export const mailboxGet = accountMethod(GET_ARGUMENTS, async ({ account, principal, limits }, args) => {
  const properties = wantedProperties('Mailbox', MAILBOX_PROPERTIES, args.properties)
  const wanted = wantedIds('mailbox', args.ids, limits)
  const { marks, mailboxes } = await account.read(async (r) => ({
    marks: r.marks,
    // All of them, however many there are: clients begin with `ids: null` (RFC 8621 §2.1).
    mailboxes: wanted ? await r.mailbox.get(wanted.ids, principal.id) : await r.mailbox.list(principal.id),
  }))
  return {
    state: formatState(marks.mailbox),
    list: mailboxes.map((mailbox) => renderMailbox(mailbox, properties)),
    notFound: wanted?.notFound(mailboxes.map(({ id }) => id)) ?? [],
  }
})
