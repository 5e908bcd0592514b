import { MailstoreError } from '../errors.js'
import { type GuardedAction, may, NEEDED } from './needed.js'
import { requireRight } from './require.js'
import type { Rights } from './types.js'

/**
 * Asked before an email is changed as a whole, as JMAP does it: RFC 8621 §2 wants the right in all of its mailboxes. Those
 * that he may not read are as if they were not (§9.5): to refuse for their sake would tell of them. IMAP asks for the
 * right in the selected mailbox alone (RFC 4314 §4, STORE); the keywords are the same for all in either case.
 * `mailboxIds`: where it is shown. Errors: emailNotFound where he may read it nowhere, forbidden.
 */
export function requireOnEmail(rights: Rights, mailboxIds: readonly number[], action: GuardedAction): void {
  for (const id of readableOf(rights, mailboxIds)) requireRight(rights, id, NEEDED[action])
}

/**
 * The mailboxes that an email is to be shown in, where a principal wants it in these: with those that he knows nothing of,
 * which it stays in. None wanted: he destroys it; what is left is where it lives on. Errors: emailNotFound; forbidden,
 * or mailboxNotFound, where a right is missing to add it to one or to remove it from one.
 */
export function placesFor(
  rights: Rights,
  mailboxIds: readonly number[],
  wanted: readonly number[],
): number[] {
  const readable = readableOf(rights, mailboxIds)
  for (const id of wanted) if (!readable.includes(id)) requireRight(rights, id, NEEDED.add)
  for (const id of readable) if (!wanted.includes(id)) requireRight(rights, id, NEEDED.remove)
  const hidden = mailboxIds.filter((id) => !readable.includes(id))
  return [...new Set([...hidden, ...wanted])].sort((a, b) => a - b)
}

function readableOf(rights: Rights, mailboxIds: readonly number[]): number[] {
  const readable = mailboxIds.filter((id) => may(rights.byMailbox.get(id) ?? '', 'read'))
  if (readable.length === 0) throw new MailstoreError('emailNotFound', 'there is no such email')
  return readable
}
