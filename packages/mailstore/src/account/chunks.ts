import { MailstoreError } from '../errors.js'
import type { CopiedUids, FlagChange } from '../membership/types.js'
import type { Account, Transactor } from './types.js'

/** Rule 2: UIDs per transaction of a STORE, MOVE or EXPUNGE; between two, other writers have their turn. */
const CHUNK = 1_000

async function inChunks<T>(
  account: Account,
  uids: readonly number[],
  work: (tx: Transactor, chunk: readonly number[]) => Promise<T>,
): Promise<T[]> {
  const done: T[] = []
  try {
    // An empty set still has to tell a missing target.
    for (let at = 0; at === 0 || at < uids.length; at += CHUNK) {
      done.push(await account.transact((tx) => work(tx, uids.slice(at, at + CHUNK))))
    }
    return done
  } catch (error) {
    if (done.length === 0 || !(error instanceof MailstoreError) || error.code !== 'unavailable') throw error
    // The chunks before this one are committed.
    throw new MailstoreError('unavailable', error.message, { cause: error.cause, outcome: 'unknown' })
  }
}

export async function storeInChunks(
  account: Account,
  mailboxId: number,
  uids: readonly number[],
  change: FlagChange,
): Promise<void> {
  if (uids.length === 0) return
  await inChunks(account, uids, (tx, chunk) => tx.membership.store(mailboxId, chunk, change))
}

export async function moveInChunks(
  account: Account,
  mailboxId: number,
  uids: readonly number[],
  target: number,
): Promise<CopiedUids> {
  const parts = await inChunks(account, uids, (tx, chunk) => tx.membership.move(mailboxId, chunk, target))
  return {
    uidValidity: parts.at(-1)!.uidValidity,
    from: parts.flatMap((part) => part.from),
    to: parts.flatMap((part) => part.to),
  }
}

export async function expungeInChunks(
  account: Account,
  mailboxId: number,
  uids: readonly number[],
  options: { onlyDeleted: boolean },
): Promise<number[]> {
  if (uids.length === 0) return []
  const parts = await inChunks(account, uids, (tx, chunk) => tx.membership.expunge(mailboxId, chunk, options))
  return parts.flat()
}
