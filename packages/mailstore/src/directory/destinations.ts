import type { Queryable } from '../db/connect.js'
import { loginsFor, normalizeAddress, normalizeDomain } from './address.js'
import type { Destination, Principal } from './types.js'

/** As Directory.destinations says: two statements, however many addresses there are. */
export async function findDestinations(
  sql: Queryable,
  addresses: readonly string[],
): Promise<Map<string, Destination>> {
  const wanted = [...new Set(addresses)].map((address) => {
    const exact = normalizeAddress(address)
    return {
      address,
      logins: exact === null ? [] : loginsFor(exact),
      domain: normalizeDomain(address.slice(address.lastIndexOf('@') + 1)),
    }
  })
  const names = [...new Set(wanted.flatMap(({ logins }) => logins))]
  const domains = [...new Set(wanted.flatMap(({ domain }) => domain ?? []))]
  // Domains first: whoever comes meanwhile, the first in his domain, must not be nobody.
  const local = await sql<{ domain: string }[]>`
    select domain from unnest(${domains}::text[]) as d (domain)
    where exists (select from login where split_part(name, '@', 2) = domain)`
  const owners = await sql<(Omit<Principal, 'login'> & { login: string })[]>`
    select login.name as login, p.principal_id as id, p.account_id as "accountId", p.name,
      array(
        select l.name from login l
        where l.account_id = p.account_id and l.principal_id = p.principal_id and l.name not like '@%'
        order by l.is_alias, l.name
      ) as addresses
    from login join principal p using (account_id, principal_id) where login.name = any(${names}::text[])`
  const byLogin = new Map(owners.map(({ login, ...principal }) => [login, principal]))
  const isLocal = new Set(local.map(({ domain }) => domain))
  return new Map(
    wanted.map(({ address, logins, domain }) => [
      address,
      logins.map((name) => byLogin.get(name)).find((owner) => owner !== undefined) ??
        (domain !== null && isLocal.has(domain) ? 'unknown' : 'elsewhere'),
    ]),
  )
}
