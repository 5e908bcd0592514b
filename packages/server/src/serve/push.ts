// Pushes to clients' URLs, from where JMAP is served.
import { createPushSender, type PushSender } from '@tandem/jmap'
import type { Mailstore } from '@tandem/mailstore'
import { isPublicAddress } from '@tandem/submission'
import type { Log } from '../log.js'
import type { Metrics } from '../metrics.js'
import type { Settings } from '../settings/table.js'
import { among } from './guard.js'

export function createPusher(
  settings: Settings,
  mailstore: Mailstore,
  log: Log,
  metrics: Metrics,
): PushSender | null {
  if (!settings.TANDEM_SERVICES.includes('jmap')) return null
  return createPushSender({
    mailstore,
    log: log.child({ service: 'push' }),
    mayReach: reachable(settings),
    subject: `mailto:postmaster@${settings.TANDEM_HOSTNAME}`,
    onPush: (status) =>
      metrics.add('tandem_pushes_total', { status: status === 0 ? 'none' : String(status) }),
  })
}

/** Addresses that pushes may go to: those of the Internet, and of the networks that the operator named. */
export function reachable(settings: Pick<Settings, 'TANDEM_PUSH_NETWORKS'>): (address: string) => boolean {
  const isAllowed = among(settings.TANDEM_PUSH_NETWORKS ?? [])
  return (address) => isPublicAddress(address) || isAllowed(address)
}
