// The last look at a message before it leaves. Whoever took it judged the same; bytes, parsers and aliases may have
// changed since.
import { type Account, judgeSender, type Mailstore, submitterOf } from '@tandem/mailstore'
import { formatReply, refusal } from '../errors.js'
import { refusalOf } from '../refusal.js'
import type { Leaving } from './message.js'

const UNREADABLE = formatReply(refusal(554, '5.6.0', 'the header of the message is too large').reply)

/** What its recipients fail with, where it speaks in a name that is not its submitter's; null where it may go. */
export async function reasonToStay(
  { directory }: Mailstore,
  account: Account,
  { claims, read }: Leaving,
): Promise<string | null> {
  if (!claims) return UNREADABLE
  // Without a From field it speaks in nobody's name.
  const fault = await judgeSender({ ...claims, missing: [] }, submitterOf({ directory, account }, read))
  return fault && formatReply(refusalOf(fault).reply)
}
