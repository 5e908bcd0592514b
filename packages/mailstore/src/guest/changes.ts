/**
 * /changes for a guest. A cursor names the epoch of his rights: under other rights, all may be different. So within an
 * epoch no mailbox comes or goes for him, since either takes a change of rights. Threads go by the emails in them: a
 * thread changes for him too when an email moves between a mailbox that he may read and one that he may not.
 */
import { type AccountRow, accountRow } from '../account/marks.js'
import type { SharedReader } from '../account/types.js'
import { changeReader, checkSince, cutPage } from '../changes/reader.js'
import type { ChangeCursor, Marks } from '../changes/types.js'
import type { Queryable } from '../db/connect.js'
import { MailstoreError } from '../errors.js'
import { mailboxReader } from '../mailbox/reader.js'
import type { Guest } from './guest.js'
import { judgeEmail, judgeThread, type Life, type Stay } from './lives.js'
import { changedInReach } from './places.js'

/**
 * The marks that a guest's states are made of. His threads change with emails; the count of unread threads in a mailbox
 * is his own, and changes with no counter but with the mailbox's messages.
 */
export const guestMarks = (marks: Marks): Marks => ({
  ...marks,
  thread: marks.email,
  mailbox: Math.max(marks.mailbox, marks.membership),
})

export function guestChanges(sql: Queryable, accountId: number, guest: Guest): SharedReader['changes'] {
  const owner = changeReader(sql, accountId)
  const mailboxes = mailboxReader(sql, accountId, guest)

  async function check(since: ChangeCursor, type: keyof Marks): Promise<AccountRow> {
    const row = await accountRow(sql, accountId, false)
    const account = { ...row, marks: guestMarks(row.marks) }
    checkSince(account, since, { type, epoch: guest.epoch })
    return account
  }

  /** What was known to him when his rights changed is older than any state of his: nothing is asked of before. */
  const known = ({ floor, position }: ChangeCursor) => ({
    floor: Math.max(floor, guest.epoch),
    position: Math.max(position, guest.epoch),
  })

  return {
    async email(since, maxChanges) {
      const account = await check(since, 'email')
      const at = known(since)
      const rows = await sql<{ id: number; modseq: number }[]>`
        select email_id as id, modseq from email_state s
        where account_id = ${accountId} and modseq > ${since.position} and ${changedInReach(sql, guest, at.floor)}
        order by modseq limit ${maxChanges + 1}`
      const lives = await readLives(sql, accountId, guest, { ids: rows.map(({ id }) => id), since: at.floor })
      const byId = new Map(lives.map((life) => [life.id, life]))
      return cutPage(rows, since, maxChanges, account, 'email', ({ id }) => judgeEmail(byId.get(id)!, at))
    },

    async thread(since, maxChanges) {
      const account = await check(since, 'thread')
      const at = known(since)
      const rows = await sql<{ id: number; modseq: number }[]>`
        select thread_id as id, max(modseq) as modseq from email_state s
        where account_id = ${accountId} and modseq > ${since.position} and ${changedInReach(sql, guest, at.floor)}
        group by thread_id order by max(modseq) limit ${maxChanges + 1}`
      const threadIds = rows.map(({ id }) => id)
      const lives = await readLives(sql, accountId, guest, { threadIds, since: at.floor })
      const byThread = new Map<number, Life[]>(threadIds.map((id) => [id, []]))
      for (const life of lives) byThread.get(life.threadId)!.push(life)
      return cutPage(rows, since, maxChanges, account, 'thread', ({ id }) =>
        judgeThread(byThread.get(id)!, at),
      )
    },

    async mailbox(since, maxChanges) {
      const account = await check(since, 'mailbox')
      const rows = (await mailboxes.list())
        .map(({ id, modseq, countsModseq }) => ({
          id,
          properties: modseq,
          modseq: Math.max(modseq, countsModseq),
        }))
        .filter(({ modseq }) => modseq > since.position)
        .sort((a, b) => a.modseq - b.modseq)
      const page = cutPage(rows, since, wholeSteps(rows, maxChanges), account, 'mailbox', () => 'updated')
      const updated = new Set(page.updated)
      const onlyCountsChanged =
        updated.size > 0 && rows.every((row) => !updated.has(row.id) || row.properties <= since.floor)
      return { ...page, onlyCountsChanged }
    },

    vanished: async (mailboxId, sinceModseq) =>
      guest.readable.includes(mailboxId) ? owner.vanished(mailboxId, sinceModseq) : [],
  }
}

/**
 * How many of the rows a page takes: one that is renamed where he may not look is one modseq for all below it, and a page
 * may not end between two of those. Errors: cannotCalculateChanges where they are more than a page.
 */
function wholeSteps(rows: readonly { modseq: number }[], maxChanges: number): number {
  if (rows.length <= maxChanges) return rows.length
  let size = maxChanges
  while (size > 0 && rows[size]!.modseq === rows[size - 1]!.modseq) size--
  if (size === 0) throw new MailstoreError('cannotCalculateChanges', 'too many mailboxes changed at once')
  return size
}

interface LifeRow extends Omit<Life, 'stays'> {
  threadId: number
}

/** The lives of some emails, or of all in some threads, with their stays since a state; two statements. */
async function readLives(
  sql: Queryable,
  accountId: number,
  { readable }: Guest,
  which: ({ ids: readonly number[] } | { threadIds: readonly number[] }) & { since: number },
): Promise<(LifeRow & Life)[]> {
  const wanted =
    'ids' in which
      ? sql`email_id = any(${which.ids as number[]}::bigint[])`
      : sql`email_id in (
          select email_id from email_state
          where account_id = ${accountId} and thread_id = any(${which.threadIds as number[]}::bigint[]))`
  const [rows, stays] = await Promise.all([
    sql<LifeRow[]>`
      select email_id as id, thread_id as "threadId", modseq, created_modseq as created, born_modseq as born,
        hidden_modseq as hidden, previous_created_modseq as "previousCreated", mailbox_ids <> '{}' as "isVisible",
        mailbox_ids && ${readable as number[]}::bigint[] as "isSeen"
      from email_state where account_id = ${accountId} and ${wanted}`,
    sql<(Omit<Stay, 'isReadable'> & { emailId: number; mailboxId: number })[]>`
      select email_id as "emailId", mailbox_id as "mailboxId", created_modseq as created, null::bigint as gone, deleted,
        flipped_modseq as flipped
      from membership where account_id = ${accountId} and ${wanted}
      union all
      select email_id, mailbox_id, created_modseq, modseq, deleted, flipped_modseq
      from membership_tombstone
      where account_id = ${accountId} and modseq > ${which.since} and ${wanted}`,
  ])
  const lives = rows.map((row) => ({ ...row, stays: [] as Stay[] }))
  const byId = new Map(lives.map((life) => [life.id, life]))
  for (const { emailId, mailboxId, ...stay } of stays) {
    byId.get(emailId)!.stays.push({ ...stay, isReadable: readable.includes(mailboxId) })
  }
  return lives
}
