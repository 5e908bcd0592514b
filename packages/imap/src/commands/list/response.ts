// LIST responses outside LIST, which IMAP4rev2 has: RFC 9051 §6.3.2, §6.3.9.7.
import { canonicalPath, type Mailbox } from '@tandem/mailstore'
import { renderListed, renderMailboxName } from '../../render/listed.js'
import { allNames, attributes } from './names.js'

/**
 * One of `mailboxes` (all there are, with the user's subscriptions). `oldName`: the name that the client knows it by,
 * where it is another.
 */
export function renderMailbox(mailboxes: readonly Mailbox[], id: number, oldName: string | null): string {
  const name = allNames(mailboxes, []).find((each) => each.mailbox?.id === id)!
  return renderListed(
    'LIST',
    {
      attributes: [...attributes(name), ...(name.isSubscribed ? ['\\Subscribed'] : [])],
      path: name.path,
      extended: oldName === null ? [] : [renderOldName(oldName)],
    },
    true,
  )
}

/** A mailbox that was deleted under a name that is not the normalized one (RFC 9051 §6.3.5). */
export function renderDeleted(path: string, oldName: string): string {
  return renderListed(
    'LIST',
    { attributes: ['\\NonExistent'], path, extended: [renderOldName(oldName)] },
    true,
  )
}

const renderOldName = (name: string) => `"OLDNAME" (${renderMailboxName(name, true)})`

/** The name, where the store has another spelling of it (RFC 9051 §5.1): NFC, INBOX in capitals. */
export function denormalized(name: string): string | null {
  return canonicalPath(name) === name ? null : name
}
