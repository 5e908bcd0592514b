// PushSubscription/get: RFC 8620 §7.2.1. Without an account, and without a state.
import { readArguments } from '../../api/arguments.js'
import { MethodError } from '../../errors.js'
import {
  PUSH_SUBSCRIPTION_PROPERTIES,
  renderPushSubscription,
  SECRET_PROPERTIES,
} from '../../objects/push-subscription.js'
import type { Handler } from '../method.js'
import { GET_ARGUMENTS, wantedIds, wantedProperties } from '../standard.js'
import { ownerOf } from './owner.js'

export const pushSubscriptionGet: Handler = async ({ mailstore, principal, limits }, raw) => {
  const args = readArguments(raw, GET_ARGUMENTS)
  const secret = args.properties?.find((name) => SECRET_PROPERTIES.includes(name))
  if (secret !== undefined) throw new MethodError('forbidden', `"${secret}" is not shown to anybody`)
  const properties = wantedProperties('PushSubscription', PUSH_SUBSCRIPTION_PROPERTIES, args.properties)
  const wanted = wantedIds('pushSubscription', args.ids, limits)
  const all = await mailstore.push.list(ownerOf(principal))
  const list = wanted ? all.filter(({ id }) => wanted.ids.includes(id)) : all
  return {
    list: list.map((subscription) => renderPushSubscription(subscription, properties)),
    notFound: wanted?.notFound(list.map(({ id }) => id)) ?? [],
  }
}
