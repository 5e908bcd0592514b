import { MailstoreError } from '../errors.js'
import type { Rights } from './types.js'

/**
 * Asked before a command is done for somebody. `needed`: letters, all of which he must have. Errors: mailboxNotFound
 * where he may not even know of the mailbox (RFC 4314 §6: without `l` the answer is the one of a mailbox that does not
 * exist), else forbidden.
 */
export function requireRight(rights: Rights, mailboxId: number, needed: string): void {
  if (rights.isOwner && rights.byMailbox.has(mailboxId)) return
  const has = rights.byMailbox.get(mailboxId) ?? ''
  if (!has.includes('l')) throw new MailstoreError('mailboxNotFound', 'there is no such mailbox')
  const missing = [...needed].filter((right) => !has.includes(right)).join('')
  if (missing !== '') throw new MailstoreError('forbidden', `the right ${missing} is missing in that mailbox`)
}
