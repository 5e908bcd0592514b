import type { Queryable } from '../db/connect.js'
import { normalizeAddress, withoutTag } from '../directory/address.js'
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

    async notOwn(principalId, addresses) {
      const known = addresses.map((address) => ({ address, exact: normalizeAddress(address) }))
      const names = known.flatMap(({ exact }) => (exact === null ? [] : [exact, withoutTag(exact) ?? exact]))
      // By name alone, as mail is delivered: an address with a tag may be somebody else's login.
      const rows = await sql<{ name: string; principal_id: number }[]>`
        select name, principal_id from login where name = any(${names}::text[])`
      const owners = new Map(rows.map((row) => [row.name, row.principal_id]))
      const isOwn = (exact: string | null) =>
        exact !== null && (owners.get(exact) ?? owners.get(withoutTag(exact) ?? exact)) === principalId
      return known.filter(({ exact }) => !isOwn(exact)).map(({ address }) => address)
    },
  }
}
