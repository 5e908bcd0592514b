// The messages that a command names, by number or by UID.
import { bad } from '../refusal.js'
import { resolveNumbers, resolveUids, type SequenceSet } from '../wire/sequence-set.js'
import type { SelectedContext } from './command.js'

/** Message numbers, ascending. Errors: BAD for a number beyond the last (RFC 3501 §9, seq-number). */
export function resolveMessages({ mailbox, uid }: SelectedContext, set: SequenceSet): number[] {
  const { uids } = mailbox.told
  if (uid) return resolveUids(set, uids).map((position) => position + 1)
  const numbers = resolveNumbers(set, uids.length)
  if (!numbers) throw bad('There is no message of that number')
  return numbers
}

/** The UIDs of those messages. */
export function resolveToUids(context: SelectedContext, set: SequenceSet): number[] {
  const { uids } = context.mailbox.told
  return resolveMessages(context, set).map((sequence) => uids[sequence - 1]!)
}
