import type { Mailstore } from '@tandem/mailstore'
import { asAddresses, firstHeader, parseMessage } from '@tandem/mime'
import { signMessage } from '../dkim/index.js'

/**
 * Signed with the keys of its author's domain, which is what receivers look at (RFC 7489 §3.1); only where the
 * author is the sender: nobody has another domain of this server answer for him.
 */
export async function signed(
  { directory, domains }: Mailstore,
  accountId: number,
  message: Uint8Array,
  now: Date,
): Promise<Uint8Array> {
  const from = firstHeader(parseMessage(message, { maxDepth: 0 }).headers, 'from')
  const author = (from === null ? [] : asAddresses(from))[0]?.email ?? ''
  const domain = author.slice(author.lastIndexOf('@') + 1)
  const keys = await domains.keys(domain)
  if (keys.length === 0 || (await directory.resolve(author))?.accountId !== accountId) return message
  return await signMessage(message, { domain, keys, now })
}
