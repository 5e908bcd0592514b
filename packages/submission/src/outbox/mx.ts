// To other domains without a smart host: each domain's recipients in one transaction with a host of its MX records.
import type { Logger } from '@tandem/mailstore'
import { type ClientOptions, type Ending, transact } from './client.js'
import { type DestinationDeps, findDestination, type Host } from './destinations.js'
import { judge } from './judge.js'
import { domainOf, here, type Outgoing, type Relay, type Sent } from './outgoing.js'
import { AT_ONCE } from './places.js'
import { TIMEOUTS } from './relay.js'

export interface MxOptions extends DestinationDeps {
  /** Default 25. */
  port?: number
  log?: Logger | undefined
}

/** RFC 5321 §5.1: there may be a limit, and two at least. */
const MAX_HOSTS = 5

export function createMxRelay(options: MxOptions): Relay {
  async function sendTo(domain: string, message: Outgoing, signal: AbortSignal): Promise<Sent[]> {
    const destination = await findDestination(domain, options)
    if (!('hosts' in destination)) {
      const { state, reply } = destination
      return message.recipients.map(({ address }) => here(address, state, reply))
    }
    let sent: Sent[] = []
    for (const host of destination.hosts.slice(0, MAX_HOSTS)) {
      const ending = await tryHost(host, message, signal)
      sent = message.recipients.map(({ address }) => judge(address, ending, host.name))
      // The next host is for one that can't be talked to; what a host says of the mail is its domain's word.
      if (ending.hasBegun || signal.aborted || sent.some(({ state }) => state !== 'queued')) break
      options.log?.info({ err: ending.last, domain, host }, 'a mail host cannot be reached')
    }
    return sent
  }

  /** TLS where it works (RFC 7435): whoever could break it could also have hidden that it is offered. */
  async function tryHost(host: Host, message: Outgoing, signal: AbortSignal): Promise<Ending> {
    const client: ClientOptions = {
      ...TIMEOUTS,
      host: host.address,
      port: options.port ?? 25,
      name: options.hostname,
      secure: false,
      opportunisticTLS: true,
      servername: host.name,
      tls: { rejectUnauthorized: false },
    }
    const ending = await transact(client, null, message, signal)
    return ending.isTlsBroken && !signal.aborted
      ? await transact({ ...client, ignoreTLS: true }, null, message, signal)
      : ending
  }

  return {
    async send(message, signal, places = { take: () => true, leave: () => {} }) {
      const domains = byDomain(message.recipients)
      const waiting = [...domains]
      const results = new Map<string, Sent>()
      const work = async () => {
        for (let next = waiting.shift(); next; next = waiting.shift()) {
          const [domain, recipients] = next
          if (!places.take(domain)) continue
          const sent = await sendTo(domain, { ...message, recipients }, signal)
          places.leave(domain)
          for (const each of sent) results.set(each.address, each)
        }
      }
      await Promise.all(Array.from({ length: AT_ONCE }, work))
      return message.recipients.flatMap(({ address }) => results.get(address) ?? [])
    },
  }
}

function byDomain(recipients: Outgoing['recipients']): Map<string, Outgoing['recipients'][number][]> {
  const domains = new Map<string, Outgoing['recipients'][number][]>()
  for (const recipient of recipients) {
    const domain = domainOf(recipient.address)
    domains.set(domain, [...(domains.get(domain) ?? []), recipient])
  }
  return domains
}
