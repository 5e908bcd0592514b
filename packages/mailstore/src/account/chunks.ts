import type { Marks } from '../changes/types.js'
import { MailstoreError } from '../errors.js'
import type { CopiedUids, FlagChange } from '../membership/types.js'
import { CHUNK } from './ledger.js'
import type { Account, Transactor } from './types.js'

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
    throw done.length === 0 ? error : partly(error)
  }
}

/** The chunks before this one are committed. */
function partly(error: unknown): unknown {
  if (!(error instanceof MailstoreError) || !['unavailable', 'diskFull'].includes(error.code)) return error
  return new MailstoreError('unavailable', error.message, { cause: error.cause, outcome: 'unknown' })
}

export async function storeInChunks(
  account: Account,
  mailboxId: number,
  uids: readonly number[],
  change: FlagChange,
  isUnchanged?: (uid: number, modseq: number) => boolean,
): Promise<number[]> {
  if (uids.length === 0) return []
  if (!isUnchanged) {
    await inChunks(account, uids, async (tx, chunk) => {
      await tx.membership.store(mailboxId, chunk, change)
    })
    return []
  }
  // What an earlier chunk raised with the email that it shares did not change for this command (rule 5).
  const own = new Map<number, { from: number; to: number }>()
  const parts = await inChunks(account, uids, async (tx, chunk) => {
    const { left, raised } = await tx.membership.store(mailboxId, chunk, change, (uid, modseq) => {
      const before = own.get(uid)
      return isUnchanged(uid, before?.to === modseq ? before.from : modseq)
    })
    const named = new Set(chunk)
    for (const { uid, from, to } of raised) if (!named.has(uid)) own.set(uid, { from, to })
    return left
  })
  return parts.flat()
}

export async function moveInChunks(
  account: Account,
  mailboxId: number,
  uids: readonly number[],
  target: number | ((tx: Transactor) => Promise<number>),
): Promise<CopiedUids> {
  const find = typeof target === 'number' ? async () => target : target
  let found: number | undefined
  const parts = await inChunks(account, uids, async (tx, chunk) => {
    found ??= await find(tx)
    return tx.membership.move(mailboxId, chunk, found)
  })
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

/** The mailbox is found by its id in the first transaction, which judges and closes it: no later one can refuse. */
export async function destroyInChunks(
  account: Account,
  mailboxId: number,
  options: { removeEmails: boolean },
): Promise<void> {
  const isGone = await account.transact((tx) => tx.mailbox.destroy(mailboxId, options))
  if (!isGone) await account.finishDestroy(mailboxId)
}

export async function finishDestroyInChunks(
  account: Account,
  mailboxId: number,
  onStep: (step: { before: Marks; after: Marks }) => void = () => {},
): Promise<void> {
  try {
    for (let isGone = false; !isGone; ) {
      isGone = await account.transact((tx) => {
        tx.onCommit((after) => onStep({ before: tx.before, after: { ...after } }))
        return tx.mailbox.continueDestroy(mailboxId)
      })
    }
  } catch (error) {
    throw partly(error)
  }
}

export async function renameInChunks(account: Account, from: string, to: string): Promise<void> {
  const rest = await account.transact((tx) => tx.mailbox.renamePath(from, to))
  if (!rest) return
  try {
    await account.move(rest.mailboxId, rest.uids, rest.target)
  } catch (error) {
    throw partly(error)
  }
}
