/**
 * After a restore from a backup (rule 7). What clients were told between the backup and the restore is not known any
 * more, and the counters would give the same ids, UIDs and modseqs again, for something else. So each goes on from above
 * all that can have been given, and older states are behind the horizon (rule 10). Where to go on is taken from the
 * clock, since the same backup may be restored twice.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Marks } from '../changes/types.js'
import { connect, type Sql } from '../db/connect.js'
import { reaching } from '../db/errors.js'
import { epochAt } from '../ids.js'
import { markPushesDue } from '../push/due.js'
import { accountRow, writeAccountRow } from './marks.js'

/** What `tandem restored` has to tell. */
export interface Restored {
  accounts: number
  mailboxes: number
  /** Messages that wait to be sent; what was sent after the backup is among them once more. */
  queued: number
}

/** How often, and how long after one another, it is asked whether anybody is there: a process that ended goes within. */
const LOOKS = { count: 20, everyMs: 100 }

/**
 * Nobody may use the database meanwhile: other processes hold blocks of the old ids, and show mailboxes under their old
 * UIDVALIDITY. Null, and nothing is done, while somebody does. It may run again, also where it was interrupted. Errors:
 * unavailable.
 */
export async function restored({
  url,
  now = new Date(),
}: {
  url: string
  now?: Date
}): Promise<Restored | null> {
  const sql = connect(url, { max: 1, applicationName: 'tandem restored' })
  try {
    return await reaching(async () => {
      if (await isInUse(sql)) return null
      await sql`update id_counter set next_id = greatest(next_id + 1, ${epochAt(now)})`
      const accounts = await sql<{ account_id: number }[]>`select account_id from account order by account_id`
      let mailboxes = 0
      for (const { account_id: id } of accounts) mailboxes += await beginAgain(sql, id, now)
      const [jobs] = await sql<{ count: number }[]>`select count(*) from job where kind = 'submission'`
      return { accounts: accounts.length, mailboxes, queued: jobs!.count }
    })
  } finally {
    await sql.end({ timeout: 5 })
  }
}

/** By the name that Tandem gives its connections, or the URL gives them all. */
async function isInUse(sql: Sql): Promise<boolean> {
  for (let look = 1; ; look++) {
    const [others] = await sql<{ count: number }[]>`
      select count(*) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()
        and application_name in ('tandem', current_setting('application_name'))`
    if (others!.count === 0) return false
    if (look === LOOKS.count) return true
    await pause(LOOKS.everyMs)
  }
}

/** How many mailboxes got a new UIDVALIDITY. */
function beginAgain(sql: Sql, accountId: number, now: Date): Promise<number> {
  return sql.begin(async (tx) => {
    const row = await accountRow(tx, accountId, true)
    const modseq = Math.max(row.modseq + 1, epochAt(now))
    const marks = Object.fromEntries(Object.keys(row.marks).map((type) => [type, modseq])) as unknown as Marks
    // Each its own: one that is renamed to the name of another must not be taken for it (RFC 9051 §2.3.1.1).
    const first = Math.max(row.lastUidValidity + 1, Math.floor(now.getTime() / 1000))
    const { count } = await tx`
      update mailbox m set uid_validity = ${first} + n.place - 1
      from (
        select mailbox_id, row_number() over (order by mailbox_id) as place from mailbox where account_id = ${accountId}
      ) n
      where m.account_id = ${accountId} and m.mailbox_id = n.mailbox_id`
    await markPushesDue(tx, accountId, row.marks, marks)
    await writeAccountRow(tx, accountId, { ...row, modseq, marks, lastUidValidity: first + count })
    await tx`update account set horizon_modseq = ${modseq} where account_id = ${accountId}`
    return count
  }) as Promise<number>
}
