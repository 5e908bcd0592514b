import type { Mailstore } from '@tandem/mailstore'
import { asAddresses, firstHeader } from '@tandem/mime'
import { signaturesOf } from '../dkim/index.js'
import { prepend } from '../headers.js'
import { type Message, withHeader } from './message.js'

/**
 * Signed with the keys of its author's domain, which is what receivers look at (RFC 7489 §3.1); only where the
 * author is the sender: nobody has another domain of this server answer for him.
 */
export async function signed(
  { directory, domains }: Mailstore,
  accountId: number,
  message: Message,
  now: Date,
): Promise<Message> {
  const from = firstHeader(message.headers, 'from')
  const author = (from === null ? [] : asAddresses(from))[0]?.email ?? ''
  const domain = author.slice(author.lastIndexOf('@') + 1)
  const keys = await domains.keys(domain)
  if (keys.length === 0 || (await directory.resolve(author))?.accountId !== accountId) return message
  const { headers, body } = message
  const lines = await signaturesOf({ headers, body: body.read() }, { domain, keys, now })
  return withHeader(message, prepend(lines, message.header))
}
