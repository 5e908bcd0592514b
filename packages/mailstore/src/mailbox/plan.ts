import { MailstoreError } from '../errors.js'
import { checkMailboxName, MAILBOX_ROLES, MAX_MAILBOX_DEPTH } from './names.js'
import type { MailboxPatch, Role } from './types.js'

/** What a tree is judged by. */
export interface Node {
  id: number
  parentId: number | null
  name: string
  role: Role | null
  sortOrder: number
  isClosing?: boolean
}

/**
 * The tree after all patches that can stand together, and an error for each that can't. Pure: each patch is
 * checked by itself, then the outcome as a whole (RFC 8621 §2: sibling names and roles are unique, no cycles); of
 * two in each other's way, one that changes gives in. Whoever is refused would still be in somebody's way alone.
 */
export function planUpdates(
  tree: readonly Node[],
  patches: ReadonlyMap<number, MailboxPatch>,
): { tree: Map<number, Node>; refused: Map<number, MailstoreError> } {
  const before = new Map(tree.map((node) => [node.id, node]))
  const after = new Map(before)
  const refused = new Map<number, MailstoreError>()
  for (const [id, patch] of patches) {
    try {
      after.set(id, patched(before, id, patch))
    } catch (error) {
      if (!(error instanceof MailstoreError)) throw error
      refused.set(id, error)
    }
  }
  const wanted = new Map([...patches.keys()].flatMap((id) => (refused.has(id) ? [] : [[id, after.get(id)!]])))
  // Who wants what he has gives nothing in.
  const open = new Set([...wanted.keys()].filter((id) => differs(wanted.get(id)!, before.get(id)!)))
  for (let conflict = findConflict(after, open); conflict; conflict = findConflict(after, open)) {
    refused.set(conflict.id, conflict.error)
    after.set(conflict.id, before.get(conflict.id)!)
    open.delete(conflict.id)
  }
  // Whom one gave in to may have had to give in himself.
  for (const id of [...refused.keys()].filter((each) => wanted.has(each))) {
    after.set(id, wanted.get(id)!)
    if (findConflict(after, new Set([id]))) after.set(id, before.get(id)!)
    else refused.delete(id)
  }
  return { tree: after, refused }
}

/** Whether a mailbox's properties are not the same. */
export function differs(a: Node, b: Node): boolean {
  return a.name !== b.name || a.parentId !== b.parentId || a.role !== b.role || a.sortOrder !== b.sortOrder
}

function patched(tree: ReadonlyMap<number, Node>, id: number, patch: MailboxPatch): Node {
  const node = tree.get(id)
  if (!node || node.isClosing) throw new MailstoreError('mailboxNotFound', 'there is no such mailbox')
  const next = { ...node, ...patch }
  if (node.role === 'inbox') {
    if (next.role !== 'inbox') throw new MailstoreError('mailboxProtected', 'INBOX keeps its role')
    if (next.parentId !== null) throw new MailstoreError('mailboxProtected', 'INBOX stays at the top')
  }
  const parent = next.parentId === null ? null : tree.get(next.parentId)
  if (parent === undefined || parent?.isClosing) {
    throw new MailstoreError('invalidMailboxParent', 'there is no such parent mailbox')
  }
  if (next.role !== null && !MAILBOX_ROLES.includes(next.role)) {
    throw new MailstoreError('invalidMailboxRole', 'there is no such mailbox role')
  }
  return { ...next, name: checkMailboxName(next.name, next.parentId, next.role) }
}

/** `open`: whose patches can still be refused. */
function findConflict(
  tree: ReadonlyMap<number, Node>,
  open: ReadonlySet<number>,
): { id: number; error: MailstoreError } | null {
  const names = new Map<string, number>()
  const roles = new Map<Role, number>()
  const givesIn = (a: number, b: number) => (open.has(b) ? b : a)
  for (const node of tree.values()) {
    const depth = depthOf(tree, node)
    if (depth === null || depth > MAX_MAILBOX_DEPTH) {
      // The one to blame is a patched one on the way up.
      const id = pathUp(tree, node).find((each) => open.has(each))
      const why =
        depth === null ? 'a mailbox cannot be below itself' : `mailboxes go ${MAX_MAILBOX_DEPTH} levels deep`
      if (id !== undefined) return { id, error: new MailstoreError('invalidMailboxParent', why) }
    }
    // INBOX counts by the name that JMAP shows; no other top-level name may be INBOX anyway.
    const key = `${node.parentId} ${node.name}`
    const namesake = names.get(key)
    if (namesake !== undefined) {
      const error = new MailstoreError('mailboxExists', 'a mailbox of that name is there already')
      return { id: givesIn(namesake, node.id), error }
    }
    names.set(key, node.id)
    if (node.role === null) continue
    const holder = roles.get(node.role)
    if (holder !== undefined) {
      const error = new MailstoreError('mailboxRoleTaken', 'another mailbox has that role')
      return { id: givesIn(holder, node.id), error }
    }
    roles.set(node.role, node.id)
  }
  return null
}

/** Levels from the top, 1 there; null in a cycle. */
function depthOf(tree: ReadonlyMap<number, Node>, node: Node): number | null {
  const path = pathUp(tree, node)
  return tree.get(path.at(-1)!)!.parentId === null ? path.length : null
}

/** The ids from a mailbox up to the top, or once around a cycle. */
function pathUp(tree: ReadonlyMap<number, Node>, node: Node): number[] {
  const seen = new Set<number>()
  for (let at: Node | undefined = node; at && !seen.has(at.id); ) {
    seen.add(at.id)
    at = at.parentId === null ? undefined : tree.get(at.parentId)
  }
  return [...seen]
}
