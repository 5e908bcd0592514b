import type { Queryable } from '../db/connect.js'
import type { Guest } from '../guest/guest.js'
import { guestMailboxes } from '../guest/mailboxes.js'
import { ALL_RIGHTS } from '../rights/types.js'
import { canonicalPath, splitPath } from './names.js'
import type { Mailbox, MailboxReader, Role } from './types.js'

interface MailboxRow {
  mailbox_id: number
  parent_id: number | null
  name: string
  role: Role | null
  sort_order: number
  uid_validity: number
  modseq: number
  created_modseq: number
  closing: boolean
  uid_next: number
  highest_modseq: number
  recent_uid: number
  messages: number
  unseen: number
  deleted: number
  size: number
  total_emails: number
  unread_emails: number
  total_threads: number
  unread_threads: number
  counts_modseq: number
}

/** Reads whole trees: an account has some hundred mailboxes at most, and a path needs its parents anyway. */
export function mailboxReader(sql: Queryable, accountId: number, guest: Guest | null = null): MailboxReader {
  const isOther = (principalId?: number) => guest !== null && principalId !== guest.principalId
  async function list(principalId?: number): Promise<Mailbox[]> {
    const all = await readMailboxes(sql, accountId, isOther(principalId) ? undefined : principalId)
    return guest ? guestMailboxes(all, guest, await countUnreadThreads(sql, accountId, guest)) : all
  }
  return {
    list,
    async get(ids, principalId) {
      return (await list(principalId)).filter((mailbox) => ids.includes(mailbox.id))
    },
    async byPath(path, principalId) {
      const wanted = canonicalPath(path)
      return (await list(principalId)).find((mailbox) => mailbox.path === wanted) ?? null
    },
    async byRole(role) {
      return (await list()).find((mailbox) => mailbox.role === role) ?? null
    },
    async countRecent(mailboxes) {
      const some = mailboxes.filter(
        ({ id, recentUid, uidNext }) => recentUid < uidNext && (!guest || guest.readable.includes(id)),
      )
      if (some.length === 0) return new Map()
      const rows = await sql<{ mailbox_id: number; recent: number }[]>`
        select m.mailbox_id, count(*) as recent
        from unnest(${some.map(({ id }) => id)}::bigint[], ${some.map(({ recentUid }) => recentUid)}::bigint[])
          as d (mailbox_id, recent_uid)
        join membership m on m.account_id = ${accountId} and m.mailbox_id = d.mailbox_id and m.uid >= d.recent_uid
        group by m.mailbox_id`
      return new Map(rows.map((row) => [row.mailbox_id, row.recent]))
    },
    async subscriptions(principalId) {
      if (isOther(principalId)) return []
      const rows = await sql<{ path: string }[]>`
        select path from subscription where account_id = ${accountId} and principal_id = ${principalId}`
      return rows.map((row) => row.path).sort()
    },
  }
}

async function readMailboxes(sql: Queryable, accountId: number, principalId?: number): Promise<Mailbox[]> {
  const [rows, subscribed] = await Promise.all([
    sql<MailboxRow[]>`
      select m.mailbox_id, m.parent_id, m.name, m.role, m.sort_order, m.uid_validity, m.modseq, m.created_modseq,
        m.closing, c.uid_next, c.highest_modseq, c.recent_uid, c.messages, c.unseen, c.deleted, c.size, c.total_emails,
        c.unread_emails, c.total_threads, c.unread_threads, c.counts_modseq
      from mailbox m join mailbox_counter c using (account_id, mailbox_id)
      where m.account_id = ${accountId}`,
    principalId === undefined
      ? []
      : sql<{ path: string }[]>`
          select path from subscription where account_id = ${accountId} and principal_id = ${principalId}`,
  ])
  const paths = new Set(subscribed.map((row) => row.path))
  return inTreeOrder(rows).map(({ row, path }) => ({
    id: row.mailbox_id,
    parentId: row.parent_id,
    name: row.name,
    path,
    role: row.role,
    sortOrder: row.sort_order,
    uidValidity: row.uid_validity,
    uidNext: row.uid_next,
    highestModseq: row.highest_modseq,
    recentUid: row.recent_uid,
    messages: row.messages,
    unseen: row.unseen,
    deleted: row.deleted,
    size: row.size,
    totalEmails: row.total_emails,
    unreadEmails: row.unread_emails,
    totalThreads: row.total_threads,
    unreadThreads: row.unread_threads,
    modseq: row.modseq,
    countsModseq: row.counts_modseq,
    createdModseq: row.created_modseq,
    isClosing: row.closing,
    isSubscribed: paths.has(path),
    rights: ALL_RIGHTS,
  }))
}

/**
 * Of each mailbox that a guest may read, the threads with an unread email in it: what RFC 8621 §2 calls the simplest
 * solution. What the owner is shown counts unread emails elsewhere too, which may be where the guest may not look. No
 * counter holds it; it costs the threads of mailboxes with something unread.
 */
async function countUnreadThreads(
  sql: Queryable,
  accountId: number,
  { readable }: Guest,
): Promise<Map<number, number>> {
  const rows = await sql<{ mailbox_id: number; threads: number }[]>`
    select t.mailbox_id, count(*) as threads from thread_mailbox t join mailbox_counter c using (account_id, mailbox_id)
    where t.account_id = ${accountId} and t.mailbox_id = any(${readable as number[]}::bigint[]) and t.unread > 0
      and c.unread_emails > 0
    group by t.mailbox_id`
  return new Map(rows.map((row) => [row.mailbox_id, row.threads]))
}

/** Parents before children, siblings by sortOrder then name, each with its path. */
function inTreeOrder(rows: readonly MailboxRow[]): { row: MailboxRow; path: string }[] {
  const children = new Map<number | null, MailboxRow[]>()
  for (const row of rows) {
    const siblings = children.get(row.parent_id)
    if (siblings) siblings.push(row)
    else children.set(row.parent_id, [row])
  }
  const ordered: { row: MailboxRow; path: string }[] = []
  const walk = (parentId: number | null, prefix: string) => {
    const siblings = children.get(parentId) ?? []
    siblings.sort((a, b) => a.sort_order - b.sort_order || (a.name < b.name ? -1 : 1))
    for (const row of siblings) {
      const path = pathUnder(prefix, row)
      ordered.push({ row, path })
      walk(row.mailbox_id, `${path}/`)
    }
  }
  walk(null, '')
  return ordered
}

/** IMAP says INBOX whatever its JMAP name is. */
const pathUnder = (prefix: string, row: { name: string; role: string | null }) =>
  row.role === 'inbox' ? 'INBOX' : `${prefix}${row.name}`

/** The paths that lie under this one. */
export const isUnder = (path: string, ancestor: string) => path.startsWith(`${ancestor}/`)

/** The parent's path and the last name. */
export function parentPath(path: string): { parent: string | null; name: string } {
  const parts = splitPath(path)
  const name = parts.pop()!
  return { parent: parts.length > 0 ? parts.join('/') : null, name }
}
