// What the guard against guessed passwords is told of this server's surroundings, and what is counted of it.
import { BlockList, isIPv6 } from 'node:net'
import { type GuardOptions, type Mailstore, networkOf } from '@tandem/mailstore'
import type { Metrics } from '../metrics.js'
import type { Settings } from '../settings/table.js'

export function guardOptions(
  settings: Pick<Settings, 'TANDEM_TRUSTED_PROXIES' | 'TANDEM_LOG_NAMES'>,
): GuardOptions {
  return { names: settings.TANDEM_LOG_NAMES, isShared: among(settings.TANDEM_TRUSTED_PROXIES ?? []) }
}

/** Whether an address is in one of these networks. */
export function among(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList()
  for (const network of networks) {
    const [address, prefix] = network.split('/') as [string, string?]
    if (prefix === undefined) list.addAddress(address, family(address))
    else list.addSubnet(address, Number(prefix), family(address))
  }
  // IPv4 as IPv6 writes it is IPv4.
  const bare = (address: string) => (networkOf(address).includes(':') ? address : networkOf(address))
  return (address) => list.check(bare(address), family(bare(address)))
}

function family(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4'
}

export function countGuard({ guard }: Mailstore, metrics: Metrics): void {
  const { guesses, bans, deferred, turnedAway, waiting } = guard.counts()
  metrics.set('tandem_login_guesses_total', {}, guesses)
  for (const [scope, count] of Object.entries(bans)) metrics.set('tandem_login_bans_total', { scope }, count)
  for (const [why, count] of Object.entries(deferred))
    metrics.set('tandem_logins_deferred_total', { why }, count)
  metrics.set('tandem_connections_turned_away_total', {}, turnedAway)
  metrics.set('tandem_logins_waiting', {}, waiting)
}
