import type { Principal, PushOwner } from '@tandem/mailstore'
import { MethodError } from '../../errors.js'

/** RFC 8620 §7.2: a subscription is tied to the credentials of the request. Errors: forbidden. */
export function ownerOf({ accountId, id: principalId, credentialId }: Principal): PushOwner {
  if (credentialId === undefined) throw new MethodError('forbidden', 'a password is needed')
  return { accountId, principalId, credentialId }
}
