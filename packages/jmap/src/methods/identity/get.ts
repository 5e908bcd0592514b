// Identity/get: RFC 8621 §6.1, RFC 8620 §5.1.
import { IDENTITY_PROPERTIES, renderIdentity } from '../../objects/identity.js'
import { formatState } from '../../objects/state.js'
import { ownAccountMethod } from '../method.js'
import { GET_ARGUMENTS, wantedIds, wantedProperties } from '../standard.js'

export const identityGet = ownAccountMethod(GET_ARGUMENTS, async ({ account, limits }, args) => {
  const properties = wantedProperties('Identity', IDENTITY_PROPERTIES, args.properties)
  const wanted = wantedIds('identity', args.ids, limits)
  const { marks, identities } = await account.read(async (r) => ({
    marks: r.marks,
    // All of them: the store lets an account have few.
    identities: wanted ? await r.identity.get(wanted.ids) : await r.identity.list(),
  }))
  return {
    state: formatState(marks.identity),
    list: identities.map((identity) => renderIdentity(identity, properties)),
    notFound: wanted?.notFound(identities.map(({ id }) => id)) ?? [],
  }
})
