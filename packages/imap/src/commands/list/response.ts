// LIST responses outside LIST, which IMAP4rev2 has: RFC 9051 §6.3.2, §6.3.9.7.
import { canonicalPath, type Mailbox } from '@tandem/mailstore'
import { normalForm } from '@tandem/mime'
import { renderListed, renderMailboxName } from '../../render/listed.js'
import type { Session } from '../../session/session.js'
import { allNames, attributes } from './names.js'

/**
 * One of `mailboxes` (all there are, with the user's subscriptions). `oldName`: the name that the client knows it by,
 * where it is another. `utf8`: as in `session.isUtf8`.
 */
export function renderMailbox(
  mailboxes: readonly Mailbox[],
  id: number,
  oldName: string | null,
  utf8 = true,
): string {
  const name = allNames(mailboxes, []).find((each) => each.mailbox?.id === id)!
  return renderListed(
    'LIST',
    {
      attributes: [...attributes(name), ...(name.isSubscribed ? ['\\Subscribed'] : [])],
      path: name.path,
      extended: oldName === null ? [] : [renderOldName(oldName, utf8)],
    },
    utf8,
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

const renderOldName = (name: string, utf8 = true) => `"OLDNAME" (${renderMailboxName(name, utf8)})`

/** The name, where the store has another spelling of it (RFC 9051 §5.1): NFC, INBOX in capitals. */
export function denormalized(name: string): string | null {
  return canonicalPath(name) === name ? null : name
}

/**
 * The name that a client is to be told of, which asked for another to be made. IMAP4rev1 knows nothing of normal forms,
 * but has to hear where a space or a control character had to go.
 */
export function madeOtherwise({ isRev2 }: Pick<Session, 'isRev2'>, name: string): string | null {
  const isMapped =
    normalForm(name, 'NFC').replace(/\/$/, '').toUpperCase() !== canonicalPath(name).toUpperCase()
  return isRev2 || isMapped ? denormalized(name) : null
}
