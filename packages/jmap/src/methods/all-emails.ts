import type { Email, Reader } from '@tandem/mailstore'
import type { Limits } from '../api/limits.js'
import { tooManyObjects } from './standard.js'

/**
 * What `ids: null` asks for: the emails of the account, or one of each thread. Errors: requestTooLarge where
 * there are more than maxObjectsInGet (RFC 8620 §5.1).
 */
export async function allEmails(
  r: Reader,
  limits: Limits,
  { collapseThreads }: { collapseThreads: boolean },
): Promise<Email[]> {
  const limit = limits.maxObjectsInGet + 1
  const query = { filter: null, sort: [], collapseThreads, position: 0, limit, calculateTotal: false }
  const { ids } = await r.email.query(query)
  if (ids.length === limit) throw tooManyObjects(limits)
  return r.email.get(ids)
}
