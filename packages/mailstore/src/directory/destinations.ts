import type { Queryable } from '../db/connect.js'
import { normalizeAddress, normalizeDomain, withoutTag } from './address.js'
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
      exact,
      untagged: exact && withoutTag(exact),
      domain: normalizeDomain(address.slice(address.lastIndexOf('@') + 1)),
    }
  })
  const names = present(wanted.flatMap(({ exact, untagged }) => [exact, untagged]))
  const domains = present(wanted.map(({ domain }) => domain))
  // Domains first: whoever comes meanwhile, the first in his domain, must not be nobody.
  const local = await sql<{ domain: string }[]>`
    select domain from unnest(${domains}::text[]) as d (domain)
    where exists (select from login where split_part(name, '@', 2) = domain)`
  const owners = await sql<(Omit<Principal, 'login'> & { login: string })[]>`
    select login.name as login, p.principal_id as id, p.account_id as "accountId", p.name,
      array(
        select l.name from login l
        where l.account_id = p.account_id and l.principal_id = p.principal_id order by l.is_alias, l.name
      ) as addresses
    from login join principal p using (account_id, principal_id) where login.name = any(${names}::text[])`
  const byLogin = new Map(owners.map(({ login, ...principal }) => [login, principal]))
  const isLocal = new Set(local.map(({ domain }) => domain))
  const ownerOf = (name: string | null) => (name === null ? undefined : byLogin.get(name))
  return new Map(
    wanted.map(({ address, exact, untagged, domain }) => [
      address,
      ownerOf(exact) ??
        ownerOf(untagged) ??
        (domain !== null && isLocal.has(domain) ? 'unknown' : 'elsewhere'),
    ]),
  )
}

function present(values: readonly (string | null)[]): string[] {
  return [...new Set(values.filter((value) => value !== null))]
}
