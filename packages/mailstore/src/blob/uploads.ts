import type { WorkQueue } from '../account/work-queue.js'
import type { Queryable, Sql, TransactionSql } from '../db/connect.js'
import { reaching } from '../db/errors.js'
import { MailstoreError } from '../errors.js'
import { homeOf } from '../rights/reader.js'
import type { UploadQuota, UploadStore } from './types.js'

/** `queue`: of the account's writers; bytes are deleted under its lock alone (rule 11). */
export function uploadStore(sql: Sql, queue: WorkQueue, accountId: number): UploadStore {
  return {
    async add(principalId, digest, type) {
      const rows = await reaching(
        () => sql`
        insert into upload (account_id, principal_id, principal_account_id, digest, type)
        select ${accountId}, ${principalId}, ${homeOf(sql, accountId, principalId)}, digest, ${type} from blob
        where account_id = ${accountId} and digest = ${digest}
        on conflict (account_id, principal_id, digest) do update set type = excluded.type, uploaded_at = now()
        returning digest`,
      )
      if (rows.length === 0) throw new MailstoreError('blobNotFound', 'there is no such blob')
    },

    async makeRoom(principalId, octets, quota) {
      const fits = async (times: number) => {
        const used = await reaching(() => readUsage(sql, accountId, principalId), 'reads')
        return used.octets + octets <= quota.octets * times && used.uploads < quota.uploads * times
      }
      if (await fits(1)) return
      await queue.run(accountId, () =>
        reaching(() => sql.begin((tx) => deleteOldest(tx, { accountId, principalId, octets, quota }))),
      )
      if (!(await fits(2))) {
        throw new MailstoreError('overQuota', 'too much was uploaded in a short time that nothing refers to')
      }
    },

    async canSee(principalId, digest) {
      const ask = () => sql<{ can: boolean }[]>`
        select exists (select from email e where account_id = ${accountId} and digest = ${digest} and (
            exists (select from principal where account_id = ${accountId} and principal_id = ${principalId})
            or exists (select from membership m join mailbox_right r using (account_id, mailbox_id)
              where m.account_id = ${accountId} and m.email_id = e.email_id and r.principal_id = ${principalId}
                and starts_with(r.rights, 'lr'))))
          or exists (select from upload where account_id = ${accountId} and principal_id = ${principalId}
            and digest = ${digest}) as can`
      const [row] = await reaching(ask, 'reads')
      return row!.can
    },
  }
}

/** What keeps an upload `u` from being one that nothing refers to. */
const referred = (sql: Queryable) => sql`
  (exists (select from email e where e.account_id = u.account_id and e.digest = u.digest)
    or exists (select from submission s where s.account_id = u.account_id and s.digest = u.digest))`

async function readUsage(sql: Sql, accountId: number, principalId: number): Promise<UploadQuota> {
  const [row] = await sql<UploadQuota[]>`
    select coalesce(sum(b.size), 0)::bigint as octets, count(*)::bigint as uploads
    from upload u join blob b using (account_id, digest)
    where u.account_id = ${accountId} and u.principal_id = ${principalId} and not ${referred(sql)}`
  return row!
}

/** With their bytes, unless somebody else uploaded the same. */
async function deleteOldest(
  tx: TransactionSql,
  wanted: { accountId: number; principalId: number; octets: number; quota: UploadQuota },
): Promise<void> {
  const { accountId, principalId, octets, quota } = wanted
  await tx`select from account where account_id = ${accountId} for no key update`
  // Summed up from the newest on, what is beyond the quota is the oldest.
  const gone = await tx<{ digest: Uint8Array }[]>`
    delete from upload where account_id = ${accountId} and principal_id = ${principalId} and digest in (
      select digest from (
        select digest, touched_at, sum(size) over newest as octets, count(*) over newest as uploads
        from upload u join blob b using (account_id, digest)
        where u.account_id = ${accountId} and u.principal_id = ${principalId} and not ${referred(tx)}
        window newest as (order by uploaded_at desc, digest rows unbounded preceding)
      ) as upload
      where (octets + ${octets} > ${quota.octets} or uploads >= ${quota.uploads})
        and touched_at < now() - interval '10 minutes')
    returning digest`
  const digests = gone.map(({ digest }) => Buffer.from(digest).toString('hex'))
  await tx`
    delete from blob b where account_id = ${accountId} and touched_at < now() - interval '10 minutes'
      and digest in (select decode(d, 'hex') from unnest(${digests}::text[]) d)
      and not exists (select from upload u where u.account_id = b.account_id and u.digest = b.digest)`
}
