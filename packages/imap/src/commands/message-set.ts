// The messages that a command names, by number or by UID, or as what SEARCH saved.
import { bad } from '../refusal.js'
import { sequenceOf, type Told } from '../selected/told.js'
import { type MessageSet, resolveNumbers, resolveUids } from '../wire/sequence-set.js'
import type { SelectedContext } from './command.js'

/** Message numbers, ascending. Errors: BAD for a number beyond the last (RFC 3501 §9, seq-number). */
export function resolveMessages({ mailbox, uid }: SelectedContext, set: MessageSet): number[] {
  const { told, saved } = mailbox
  if (set === '$') return savedNumbers(saved, told)
  if (uid) return resolveUids(set, told.uids).map((position) => position + 1)
  const numbers = resolveNumbers(set, told.uids.length)
  if (!numbers) throw bad('There is no message of that number')
  return numbers
}

/** RFC 5182 §2.1: what was expunged is no longer among them, whether or not the client was told. */
export function savedNumbers(saved: readonly number[], told: Told): number[] {
  return saved.filter((uid) => !told.ghosts.has(uid)).flatMap((uid) => sequenceOf(told, uid) || [])
}

/** The UIDs of those messages. */
export function resolveToUids(context: SelectedContext, set: MessageSet): number[] {
  const { uids } = context.mailbox.told
  return resolveMessages(context, set).map((sequence) => uids[sequence - 1]!)
}
