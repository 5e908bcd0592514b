import { createHash, randomBytes } from 'node:crypto'
import type { Sql } from '../db/connect.js'
import { reaching } from '../db/errors.js'
import { findPrincipal, versionOf } from '../directory/directory.js'
import type { PushTickets } from './types.js'

/** Of one principal. */
const MAX_TICKETS = 100

interface Row {
  principalId: number
  credentialId: number
  generation: number
  name: string | null
}

const digestOf = (secret: string) => createHash('sha256').update(secret).digest()

export function pushTickets(sql: Sql): PushTickets {
  return {
    async issue({ accountId, id, name, login }, credential, seconds) {
      const [credentialId, generation] = credential.split('.').map(Number)
      const secret = randomBytes(32).toString('base64url')
      const insert = () => sql`
        with old as (
          delete from push_ticket where account_id = ${accountId} and principal_id = ${id} and digest in (
            select digest from push_ticket where account_id = ${accountId} and principal_id = ${id}
            order by expires_at desc offset ${MAX_TICKETS - 1})
        ), ended as (
          delete from push_ticket where account_id = ${accountId} and expires_at < now() - interval '1 minute'
        )
        insert into push_ticket (account_id, digest, principal_id, credential_id, generation, login_name, expires_at)
        select account_id, ${digestOf(secret)}, principal_id, credential_id, generation, ${login?.name ?? name},
          now() + make_interval(secs => ${seconds})
        from credential
        where account_id = ${accountId} and principal_id = ${id} and credential_id = ${credentialId ?? 0}
          and generation = ${generation ?? 0}
        returning 1`
      const rows = await reaching(insert)
      return rows.length > 0 ? `${accountId}.${secret}` : null
    },

    async open(ticket) {
      // The account stands in it, so that it is found by the primary key.
      const match = /^(\d{1,16})\.([\w-]{43})$/.exec(ticket)
      if (!match || !Number.isSafeInteger(Number(match[1]))) return null
      const accountId = Number(match[1])
      return reaching(async () => {
        const [row] = await sql<Row[]>`
          select t.principal_id as "principalId", t.credential_id as "credentialId", t.generation, t.login_name as name
          from push_ticket t join credential c using (account_id, principal_id, credential_id, generation)
          where account_id = ${accountId} and digest = ${digestOf(match[2]!)} and expires_at > now()`
        const principal = row && (await findPrincipal(sql, { accountId, principalId: row.principalId }))
        if (!principal) return null
        const { credentialId, generation } = row
        const name = row.name ?? principal.name
        if (!principal.addresses.includes(name)) return null
        return {
          principal: { ...principal, credentialId, login: { name, generation } },
          credential: versionOf(row),
        }
      }, 'reads')
    },
  }
}
