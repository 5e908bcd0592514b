import type { Sql } from '../db/connect.js'
import { reaching } from '../db/errors.js'
import { MailstoreError } from '../errors.js'
import { normalizeDomain } from './address.js'
import type { DomainEntry, DomainKey, Domains } from './types.js'

/** RFC 6376 §3.1: a selector is labels of a domain name. */
const SELECTOR = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/

export function createDomains(sql: Sql): Domains {
  return {
    async addKey(name, { selector: given, algorithm, privateKey }) {
      const domain = requireDomain(name)
      const selector = given.toLowerCase()
      if (!SELECTOR.test(selector)) throw new MailstoreError('invalidAddress', `${given} is no DKIM selector`)
      const { count } = await reaching(
        () => sql`
        insert into domain_key (domain, selector, algorithm, private_key)
        values (${domain}, ${selector}, ${algorithm}, ${privateKey}) on conflict do nothing`,
      )
      return count === 1
    },

    async list() {
      const rows = await reaching(
        () => sql<DomainEntry[]>`
        select name, coalesce(logins.addresses, 0)::integer as addresses, coalesce(keys.selectors, '{}') as selectors
        from (select split_part(name, '@', 2) as name, count(*) as addresses from login group by 1) as logins
        full join (
          select domain as name, array_agg(selector order by selector) as selectors from domain_key group by domain
        ) as keys using (name)
        order by name collate "C"`,
      )
      return [...rows]
    },

    async keys(name) {
      const domain = normalizeDomain(name)
      if (domain === null) return []
      const rows = await reaching(
        () => sql<DomainKey[]>`
        select selector, algorithm, private_key as "privateKey", created_at as "createdAt"
        from domain_key where domain = ${domain} order by selector collate "C"`,
      )
      return [...rows]
    },

    async removeKeys(name, selector) {
      const domain = requireDomain(name)
      const { count } = await reaching(
        () => sql`
        delete from domain_key
        where domain = ${domain} and (${selector ?? null}::text is null or selector = ${selector?.toLowerCase() ?? null})`,
      )
      return count
    },
  }
}

function requireDomain(text: string): string {
  const domain = normalizeDomain(text)
  if (domain === null) throw new MailstoreError('invalidAddress', `${text} is not a domain`)
  return domain
}
