import type { CopiedUids, FlagChange } from '../membership/types.js'
import type { Account } from './types.js'

/** Rule 2: UIDs per transaction of a STORE, MOVE or EXPUNGE; between two, other writers have their turn. */
const CHUNK = 1_000

function* chunksOf(uids: readonly number[]): Generator<readonly number[]> {
  for (let at = 0; at < uids.length; at += CHUNK) yield uids.slice(at, at + CHUNK)
}

export async function storeInChunks(
  account: Account,
  mailboxId: number,
  uids: readonly number[],
  change: FlagChange,
): Promise<void> {
  for (const chunk of chunksOf(uids)) {
    await account.transact((tx) => tx.membership.store(mailboxId, chunk, change))
  }
}

export async function moveInChunks(
  account: Account,
  mailboxId: number,
  uids: readonly number[],
  target: number,
): Promise<CopiedUids> {
  const moved: CopiedUids = { uidValidity: 0, from: [], to: [] }
  // An empty set still has to tell a missing target.
  for (const chunk of uids.length === 0 ? [[]] : chunksOf(uids)) {
    const part = await account.transact((tx) => tx.membership.move(mailboxId, chunk, target))
    moved.uidValidity = part.uidValidity
    moved.from.push(...part.from)
    moved.to.push(...part.to)
  }
  return moved
}

export async function expungeInChunks(
  account: Account,
  mailboxId: number,
  uids: readonly number[],
  options: { onlyDeleted: boolean },
): Promise<number[]> {
  const gone: number[] = []
  for (const chunk of chunksOf(uids)) {
    gone.push(...(await account.transact((tx) => tx.membership.expunge(mailboxId, chunk, options))))
  }
  return gone
}
