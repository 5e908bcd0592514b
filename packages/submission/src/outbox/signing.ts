import { type Account, type Mailstore, notOwn } from '@tandem/mailstore'
import { senderAddresses } from '@tandem/mime'
import { signaturesOf } from '../dkim/index.js'
import { prepend } from '../headers.js'
import { type Message, withHeader } from './message.js'

/**
 * Signed with the keys of its author's domain, which is what receivers look at (RFC 7489 §3.1); only where every author
 * is the submitter, whose word alone this server answers for.
 */
export async function signed(
  { directory, domains }: Mailstore,
  account: Account,
  message: Message,
  now: Date,
): Promise<Message> {
  const authors = authorsOf(message)
  const [author = ''] = authors
  const domain = author.slice(author.lastIndexOf('@') + 1)
  const keys = author === '' ? [] : await domains.keys(domain)
  if (keys.length === 0) return message
  if ((await notOwn(directory, account, authors)).length > 0) return message
  const { headers, body } = message
  const lines = await signaturesOf({ headers, body: body.read() }, { domain, keys, now })
  return withHeader(message, prepend(lines, message.header))
}

/** None where readers may differ. */
function authorsOf({ headers }: Message): string[] {
  const [from, ...more] = headers.filter(({ name }) => name.toLowerCase() === 'from')
  return from && more.length === 0 ? (senderAddresses(from.raw) ?? []) : []
}
