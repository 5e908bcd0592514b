// Conditions on the email `s` or `c` (email_state), by where it is and was for a guest. "At a state" is a modseq.
import type { Fragment, Queryable } from '../db/connect.js'
import type { Guest } from './guest.js'

type Readable = Pick<Guest, 'readable'>

/** He may read it: it has a message in a mailbox of his, a \Deleted one too, which IMAP shows and JMAP does not. */
export const isInReach = (sql: Queryable, guest: Readable): Fragment =>
  sql`exists (select from membership p where ${isThere(sql, guest, 's')})`

/** Something of it changed in one since that state: keywords raise all memberships, what goes leaves a tombstone. */
export const changedInReach = (
  sql: Queryable,
  guest: Readable,
  since: number,
  row: 's' | 'c' = 's',
): Fragment => sql`(
  exists (select from membership p where ${isThere(sql, guest, row)} and p.modseq > ${since})
  or exists (select from membership_tombstone p where ${isThere(sql, guest, row)} and p.modseq > ${since}))`

/** It was in one at that state. */
export const wasInReach = (sql: Queryable, guest: Readable, at: number): Fragment => sql`(
  exists (select from membership p where ${isThere(sql, guest, 's')} and p.created_modseq <= ${at})
  or exists (
    select from membership_tombstone p
    where ${isThere(sql, guest, 's')} and p.created_modseq <= ${at} and p.modseq > ${at}))`

const isThere = (sql: Queryable, { readable }: Readable, row: 's' | 'c'): Fragment => sql`
  p.account_id = ${sql(`${row}.account_id`)} and p.email_id = ${sql(`${row}.email_id`)}
  and p.mailbox_id = any(${readable as number[]}::bigint[])`
