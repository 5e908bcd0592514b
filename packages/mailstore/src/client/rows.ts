import type { Sql } from '../db/connect.js'
import { reaching } from '../db/errors.js'
import type { HeldSighting } from './clients.js'
import type { ClientProtocol, ClientUse } from './types.js'

/** A row is not written again within so many seconds: who polls all day costs a write in ten minutes. */
const STALE_SECONDS = 600
/** Programs kept of a principal. */
const MAX_CLIENTS = 50
/** Rows a page of the list holds. */
const PAGE = 1_000

/** Writes sightings of different programs; of principals that are gone, nothing. */
export async function writeUses(sql: Sql, sightings: readonly HeldSighting[]): Promise<void> {
  const written = await sql<{ account_id: number; principal_id: number; is_new: boolean }[]>`
    insert into client_use as u
      (account_id, principal_id, protocol, client, credential_id, first_seen, last_seen)
    select d.account_id, d.principal_id, d.protocol, d.client, d.credential_id,
      to_timestamp(d.first / 1000.0), to_timestamp(d.last / 1000.0)
    from unnest(
      ${sightings.map((each) => each.accountId)}::bigint[], ${sightings.map((each) => each.principalId)}::bigint[],
      ${sightings.map((each) => each.protocol)}::text[], ${sightings.map((each) => each.client)}::text[],
      ${sightings.map((each) => each.credentialId)}::bigint[], ${sightings.map((each) => each.first)}::bigint[],
      ${sightings.map((each) => each.last)}::bigint[]
    ) with ordinality as d (account_id, principal_id, protocol, client, credential_id, first, last, n)
    where exists (
      select from principal p where p.account_id = d.account_id and p.principal_id = d.principal_id for key share)
    order by n
    on conflict (account_id, principal_id, protocol, client, credential_id) do update
      set last_seen = excluded.last_seen
      where u.last_seen < excluded.last_seen - make_interval(secs => ${STALE_SECONDS})
    returning u.account_id, u.principal_id, u.xmax = 0 as is_new`
  const grown = written.filter((row) => row.is_new)
  if (grown.length === 0) return
  await sql`
    delete from client_use u using (
      select account_id, principal_id, protocol, client, credential_id,
        row_number() over (partition by account_id, principal_id order by last_seen desc) as place
      from client_use where (account_id, principal_id) in (
        select * from unnest(
          ${grown.map((row) => row.account_id)}::bigint[], ${grown.map((row) => row.principal_id)}::bigint[]))
    ) o
    where o.place > ${MAX_CLIENTS} and u.account_id = o.account_id and u.principal_id = o.principal_id
      and u.protocol = o.protocol and u.client = o.client and u.credential_id = o.credential_id`
}

/** By primary key, a page at a time. */
export async function* listUses(
  sql: Sql,
  { accountId, protocol, since }: { accountId?: number; protocol?: ClientProtocol; since?: Date },
): AsyncGenerator<ClientUse> {
  let last = { accountId: 0, principalId: 0, protocol: '', client: '', credentialId: 0 }
  for (;;) {
    const rows = await reaching(
      () => sql<(Omit<ClientUse, 'client' | 'credentialId'> & { client: string; credentialId: number })[]>`
        select account_id as "accountId", principal_id as "principalId", p.name, u.protocol, u.client,
          u.credential_id as "credentialId", u.first_seen as "firstSeen", u.last_seen as "lastSeen"
        from client_use u join principal p using (account_id, principal_id)
        where (account_id, principal_id, u.protocol, u.client, u.credential_id) > (${last.accountId}::bigint,
            ${last.principalId}::bigint, ${last.protocol}::text, ${last.client}::text, ${last.credentialId}::bigint)
          ${accountId === undefined ? sql`` : sql`and account_id = ${accountId}`}
          ${protocol === undefined ? sql`` : sql`and u.protocol = ${protocol}`}
          ${since === undefined ? sql`` : sql`and u.last_seen >= ${since}`}
        order by account_id, principal_id, u.protocol, u.client, u.credential_id limit ${PAGE}`,
      'reads',
    )
    for (const row of rows)
      yield { ...row, client: row.client || null, credentialId: row.credentialId || null }
    if (rows.length < PAGE) return
    last = rows.at(-1)!
  }
}
