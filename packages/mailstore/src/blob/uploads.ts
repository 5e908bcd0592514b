import type { Sql } from '../db/connect.js'
import { reaching } from '../db/errors.js'
import { MailstoreError } from '../errors.js'
import type { UploadStore } from './types.js'

export function uploadStore(sql: Sql, accountId: number): UploadStore {
  return {
    async add(principalId, digest, type) {
      const rows = await reaching(
        () => sql`
        insert into upload (account_id, principal_id, digest, type)
        select ${accountId}, ${principalId}, digest, ${type} from blob
        where account_id = ${accountId} and digest = ${digest}
        on conflict (account_id, principal_id, digest) do update set type = excluded.type, uploaded_at = now()
        returning digest`,
      )
      if (rows.length === 0) throw new MailstoreError('blobNotFound', 'there is no such blob')
    },

    async canSee(principalId, digest) {
      const ask = () => sql<{ can: boolean }[]>`
        select exists (select from email where account_id = ${accountId} and digest = ${digest})
          or exists (select from upload where account_id = ${accountId} and principal_id = ${principalId}
            and digest = ${digest}) as can`
      const [row] = await reaching(ask, 'reads')
      return row!.can
    },
  }
}
