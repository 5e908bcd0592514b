import { CHUNK, type Ledger } from '../account/ledger.js'
import { MailstoreError } from '../errors.js'
import { membershipTransactor } from '../membership/transactor.js'
import { continueDestroy, destroyMailbox } from './destroy.js'
import { canonicalPath, checkPath, splitPath } from './names.js'
import { differs, type Node, planUpdates } from './plan.js'
import { isUnder, mailboxReader, parentPath } from './reader.js'
import { insertMailbox, trashMoves, writeMailboxes } from './rows.js'
import { renameSubscriptions, setSubscribed } from './subscriptions.js'
import type { Mailbox, MailboxPatch, MailboxTransactor, NewMailbox } from './types.js'

/** Stands for the mailbox that is about to be made, while it is judged. */
const NEW = -1

export function mailboxTransactor(ledger: Ledger): MailboxTransactor {
  const { accountId } = ledger
  const reader = mailboxReader(ledger.sql, accountId)

  async function create(mailbox: NewMailbox): Promise<Mailbox> {
    const tree = await reader.list()
    const blank: Node = { id: NEW, parentId: null, name: 'new', role: null, sortOrder: 0 }
    const { tree: after, refused } = planUpdates(
      [...tree, blank],
      new Map([[NEW, { parentId: null, ...mailbox }]]),
    )
    for (const error of refused.values()) throw error
    const id = await insertMailbox(ledger, after.get(NEW)!)
    return (await reader.get([id]))[0]!
  }

  async function apply(
    patches: ReadonlyMap<number, MailboxPatch>,
    subscriptions: 'move' | 'copy',
  ): Promise<Map<number, MailstoreError>> {
    const before = await reader.list()
    const { tree, refused } = planUpdates(before, patches)
    const changed = before.map((node) => tree.get(node.id)!).filter((node, i) => differs(node, before[i]!))
    if (changed.length === 0) return refused
    await writeMailboxes(ledger, changed)
    const trash = (nodes: Iterable<Node>) => [...nodes].find((node) => node.role === 'trash')?.id ?? null
    if (trash(before) !== trash(tree.values())) trashMoves(ledger, trash(before))
    await renameSubscriptions(ledger, before, await reader.list(), subscriptions)
    return refused
  }

  async function applyOne(id: number, patch: MailboxPatch, subscriptions: 'move' | 'copy'): Promise<void> {
    for (const error of (await apply(new Map([[id, patch]]), subscriptions)).values()) throw error
  }

  /** The id of a path's mailbox, made with its parents where it is missing. */
  async function ensurePath(path: string): Promise<number | null> {
    let parentId: number | null = null
    const parts = splitPath(path)
    for (let depth = 1; depth <= parts.length; depth++) {
      const there = await reader.byPath(parts.slice(0, depth).join('/'))
      parentId = (there ?? (await create({ name: parts[depth - 1]!, parentId }))).id
    }
    return parentId
  }

  async function allUids(mailboxId: number): Promise<number[]> {
    const rows = await ledger.sql<{ uid: number }[]>`
      select uid from membership where account_id = ${accountId} and mailbox_id = ${mailboxId} order by uid`
    return rows.map((row) => row.uid)
  }

  return {
    ...reader,
    create,
    update: (id, patch) => applyOne(id, patch, 'move'),
    updateMany: (patches) => apply(patches, 'move'),

    async createPath(path, role = null) {
      checkPath(path)
      if (await reader.byPath(path)) throw new MailstoreError('mailboxExists', 'the mailbox is there already')
      const { parent, name } = parentPath(path)
      return create({ name, parentId: parent === null ? null : await ensurePath(parent), role })
    },

    async renamePath(from, to) {
      const mailbox = await reader.byPath(from)
      if (!mailbox) throw new MailstoreError('mailboxNotFound', 'there is no such mailbox')
      checkPath(to)
      if (await reader.byPath(to)) throw new MailstoreError('mailboxExists', 'the new name is there already')
      if (isUnder(canonicalPath(to), mailbox.path) && mailbox.role !== 'inbox') {
        throw new MailstoreError('invalidMailboxParent', 'a mailbox cannot be below itself')
      }
      const { parent, name } = parentPath(to)
      const parentId = parent === null ? null : await ensurePath(parent)
      if (mailbox.role === 'inbox') {
        // RFC 9051 §6.3.6: the messages move to the new mailbox, INBOX and what is below it stay.
        const made = await create({ name, parentId })
        // Those that are there now, whatever arrives while they are moved.
        const uids = await allUids(mailbox.id)
        await membershipTransactor(ledger).move(mailbox.id, uids.slice(0, CHUNK), made.id)
        return uids.length > CHUNK
          ? { mailboxId: mailbox.id, uids: uids.slice(CHUNK), target: made.id }
          : null
      }
      // The same section: the old names stay subscribed; the new ones are too.
      await applyOne(mailbox.id, { name, parentId }, 'copy')
      return null
    },

    destroy: async (id, options) => destroyMailbox(ledger, await reader.list(), id, options),
    continueDestroy: (id) => continueDestroy(ledger, id),

    async setSubscribed(principalId, path, subscribed) {
      if (subscribed) checkPath(path)
      await setSubscribed(ledger, principalId, canonicalPath(path), subscribed)
    },
  }
}
