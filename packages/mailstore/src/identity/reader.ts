import type { Queryable } from '../db/connect.js'
import { loginsFor, normalizeAddress } from '../directory/address.js'
import type { Identity, IdentityReader } from './types.js'

export function identityReader(sql: Queryable, accountId: number): IdentityReader {
  const list = async () => [
    ...(await sql<Identity[]>`
      select identity_id as id, name, email, reply_to as "replyTo", bcc, text_signature as "textSignature",
        html_signature as "htmlSignature", may_delete as "mayDelete", modseq
      from identity where account_id = ${accountId} order by created_modseq`),
  ]
  return {
    list,
    get: async (ids) => (await list()).filter(({ id }) => ids.includes(id)),

    async notOwn(principalId, addresses, { catchAll = false } = {}) {
      const known = addresses.map((address) => {
        const exact = normalizeAddress(address)
        const logins = exact === null ? [] : loginsFor(exact)
        return { address, logins: catchAll ? logins : logins.filter((name) => !name.startsWith('@')) }
      })
      const names = known.flatMap(({ logins }) => logins)
      // By name alone, as mail is delivered: an address with a tag may be somebody else's login.
      const rows = await sql<{ name: string; principal_id: number }[]>`
        select name, principal_id from login where name = any(${names}::text[])`
      const owners = new Map(rows.map((row) => [row.name, row.principal_id]))
      const ownerOf = (logins: readonly string[]) => owners.get(logins.find((name) => owners.has(name)) ?? '')
      return known.filter(({ logins }) => ownerOf(logins) !== principalId).map(({ address }) => address)
    },
  }
}
