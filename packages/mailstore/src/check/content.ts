// Bytes.
import { createHash, type Hash } from 'node:crypto'
import { type Check, check, type Finding, type Found, LIMIT } from './types.js'

interface Hashing {
  no: number
  digest: Buffer
  hash: Hash
}

export const CONTENT: readonly Check[] = [
  check<Finding>({
    name: 'an email and a submission have their bytes',
    rule: 11,
    find: (sql, accountId) => sql`
      select at, coalesce('a blob of ' || b.octets, 'no blob') as found, coalesce(size || ' octets', 'one') as expected
      from (
        select 'email ' || email_id as at, digest, size from email where account_id = ${accountId}
        union all select 'submission ' || submission_id, digest, null from submission where account_id = ${accountId}
      ) holders left join (select digest, size as octets from blob where account_id = ${accountId}) b using (digest)
      where b.octets is null or b.octets <> holders.size limit ${LIMIT}`,
    repair: null,
  }),
  check<Finding>({
    name: 'a blob is as long as its chunks',
    rule: 3,
    find: (sql, accountId) => sql`
      select 'blob ' || blob_no as at, n.octets || ' octets in ' || n.chunks || ' chunks' as found,
        b.size || ' octets' as expected
      from blob b cross join lateral (
        select coalesce(sum(length(c.bytes)), 0) as octets, count(*) as chunks, coalesce(max(seq) + 1, 0) as numbered
        from blob_chunk c where c.account_id = ${accountId} and c.blob_no = b.blob_no) n
      where b.account_id = ${accountId} and b.digest is not null
        and (b.size <> n.octets or n.chunks <> n.numbered) limit ${LIMIT}`,
    repair: null,
  }),
  check<Finding>({
    name: 'a blob holds the bytes that it is named by',
    rule: 3,
    deep: true,
    async find(sql, accountId) {
      const found: Finding[] = []
      let blob = null as Hashing | null
      const finish = (done: Hashing | null) => {
        const hashed = done?.hash.digest()
        if (!done || !hashed || hashed.equals(done.digest)) return
        const [is, ought] = [hashed, done.digest].map((digest) => digest.toString('hex'))
        found.push({ at: `blob ${done.no}`, found: is!, expected: ought! })
      }
      // Sixteen chunks are 4 MiB; a blob may be of any length.
      const chunks = sql<{ blob_no: number; digest: Buffer; bytes: Buffer | null }[]>`
        select b.blob_no, b.digest, c.bytes from blob b left join blob_chunk c using (account_id, blob_no)
        where account_id = ${accountId} and b.digest is not null order by blob_no, c.seq`
      for await (const page of chunks.cursor(16)) {
        for (const { blob_no: no, digest, bytes } of page) {
          if (blob?.no !== no) {
            finish(blob)
            blob = { no, digest, hash: createHash('sha256') }
          }
          if (bytes) blob.hash.update(bytes)
        }
        if (found.length >= LIMIT) return found
      }
      finish(blob)
      return found
    },
    repair: null,
  }),
  check<Found<{ digest: Uint8Array }>>({
    name: 'the bytes of every email can be searched, or are about to be',
    rule: 9,
    find: (sql, accountId) => sql`
      select 'email ' || email_id as at, 'nothing to search' as found, 'a row of search or search_pending' as expected,
        digest
      from email e
      where account_id = ${accountId}
        and not exists (select from search x where x.account_id = ${accountId} and x.digest = e.digest)
        and not exists (select from search_pending p where p.account_id = ${accountId} and p.digest = e.digest)
        -- Missing bytes are another check's.
        and exists (select from blob b where b.account_id = ${accountId} and b.digest = e.digest)
      limit ${LIMIT}`,
    async repair({ sql, accountId }, found) {
      for (const { digest } of found) {
        await sql`
          insert into search_pending (account_id, digest) values (${accountId}, ${digest}) on conflict do nothing`
      }
    },
  }),
]
