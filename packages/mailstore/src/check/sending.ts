// Mail that waits to be sent, and who it is from.
import { insertAddressIdentity } from '../identity/transactor.js'
import { type Check, check, type Found, LIMIT } from './types.js'

export const SENDING: readonly Check[] = [
  check<Found<{ submission_id: number }>>({
    name: 'a submission that is not settled is due',
    rule: 2,
    find: (sql, accountId) => sql`
      select 'submission ' || submission_id as at, 'no job' as found, 'one' as expected, submission_id
      from submission s
      where account_id = ${accountId} and exists (
          select from submission_recipient r
          where r.account_id = ${accountId} and r.submission_id = s.submission_id and r.state = 'queued')
        and not exists (
          select from job j where j.account_id = ${accountId} and j.kind = 'submission' and j.ref = s.submission_id)
      limit ${LIMIT}`,
    async repair({ sql, accountId, ids }, found) {
      const jobs = await ids.take(found.length)
      await sql`
        insert into job (job_id, due_at, account_id, kind, ref)
        select d.job_id, greatest(s.send_at, now()), ${accountId}, 'submission', s.submission_id
        from unnest(${jobs}::bigint[], ${found.map((each) => each.submission_id)}::bigint[]) as d (job_id, submission_id)
        join submission s on s.account_id = ${accountId} and s.submission_id = d.submission_id`
    },
  }),
  check<Found<{ job_id: number }>>({
    name: 'a job has something to send',
    rule: 2,
    find: (sql, accountId) => sql`
      select 'job ' || job_id as at, 'submission ' || ref as found, 'one with a queued recipient' as expected, job_id
      from job j
      where account_id = ${accountId} and kind = 'submission' and not exists (
        select from submission_recipient r
        where r.account_id = ${accountId} and r.submission_id = j.ref and r.state = 'queued')
      limit ${LIMIT}`,
    async repair({ sql, accountId }, found) {
      await sql`
        delete from job where account_id = ${accountId} and job_id = any(${found.map((each) => each.job_id)}::bigint[])`
    },
  }),
  check<Found<{ submission_id: number; is_finished: boolean }>>({
    name: 'a submission is finished when nobody is queued',
    rule: 2,
    find: (sql, accountId) => sql`
      with judged as (
        select submission_id, finished_at is not null as kept, not exists (
          select from submission_recipient r
          where r.account_id = ${accountId} and r.submission_id = s.submission_id and r.state = 'queued') as is_finished
        from submission s where account_id = ${accountId})
      select 'submission ' || submission_id as at, case when kept then 'finished' else 'not finished' end as found,
        case when is_finished then 'finished' else 'not finished' end as expected, submission_id, is_finished
      from judged where kept <> is_finished limit ${LIMIT}`,
    async repair({ sql, accountId }, found) {
      for (const { submission_id: id, is_finished: isFinished } of found) {
        await sql`
          update submission set finished_at = ${isFinished ? new Date() : null}
          where account_id = ${accountId} and submission_id = ${id}`
      }
    },
  }),
  check<Found<{ kind: string; id: number }>>({
    name: 'what is destroyed is not there',
    rule: 4,
    find: (sql, accountId) => sql`
      select kind || ' ' || id as at, 'there and a tombstone' as found, 'one of them' as expected, kind, id
      from tombstone t where account_id = ${accountId} and (
        (kind = 'identity' and exists (
          select from identity i where i.account_id = ${accountId} and i.identity_id = t.id))
        or (kind = 'submission' and exists (
          select from submission s
          where s.account_id = ${accountId} and s.submission_id = t.id and email_id is not null and not is_destroyed)))
      limit ${LIMIT}`,
    // Clients were told of the destroy.
    async repair({ sql, accountId }, found) {
      for (const { kind, id } of found) {
        await (kind === 'identity'
          ? sql`delete from identity where account_id = ${accountId} and identity_id = ${id}`
          : sql`update submission set is_destroyed = true where account_id = ${accountId} and submission_id = ${id}`)
      }
    },
  }),
  check<Found<{ email: string }>>({
    name: 'an address has an identity',
    rule: 2,
    find: (sql, accountId) => sql`
      select 'login ' || name as at, 'no identity' as found, 'one that stays' as expected, name as email
      from login l
      where account_id = ${accountId} and name not like '@%' and not exists (
        select from identity i where i.account_id = ${accountId} and i.email = l.name and not i.may_delete)
      order by is_alias, name limit ${LIMIT}`,
    async repair(ledger, found) {
      for (const { email } of found) await insertAddressIdentity(ledger, email)
    },
  }),
]
