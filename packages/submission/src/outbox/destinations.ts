// Which hosts take mail for a domain: RFC 5321 §5.1, RFC 7505.
import { isIP } from 'node:net'
import { domainToASCII } from 'node:url'
import type { Outcome } from '@tandem/mailstore'

/** What is asked of the DNS; `node:dns/promises` is one. Its errors have codes. */
export interface Resolver {
  resolveMx(domain: string): Promise<{ exchange: string; priority: number }[]>
  resolve4(name: string): Promise<string[]>
  resolve6(name: string): Promise<string[]>
}

export interface Host {
  /** What its certificate names; of an address literal, the address. */
  name: string
  address: string
}

/** Hosts to try in this order, or what becomes of the recipients without trying. */
export type Destination = { hosts: Host[] } | Pick<Outcome, 'state' | 'reply'>

export interface DestinationDeps {
  resolver: Resolver
  /** This server's name. */
  hostname: string
  /** Whether an address may be connected to: nobody's mail goes to where a stranger's DNS points within our network. */
  mayReach(address: string): boolean
  /** 0 to 1. */
  random(): number
}

const failed = (reply: string) => ({ state: 'failed', reply }) as const
const NONE = failed('550 5.4.4 no mail host of that domain has an address to send to')
const OURSELVES = failed('554 5.4.6 that domain names this server as its mail host, and its mail is not ours')
const UNANSWERED = { state: 'queued', reply: '451 4.4.3 the DNS does not answer for that domain' } as const

/** Never rejects. */
export async function findDestination(domain: string, deps: DestinationDeps): Promise<Destination> {
  try {
    const literal = /^\[(?:ipv6:)?([0-9a-f:.]+)\]$/i.exec(domain)?.[1]
    if (literal !== undefined) {
      return isIP(literal) && deps.mayReach(literal) ? { hosts: [{ name: literal, address: literal }] } : NONE
    }
    const name = domainToASCII(domain)
    const exchanges = await findExchanges(name, deps)
    return 'reply' in exchanges ? exchanges : await findHosts(exchanges.names, deps)
  } catch {
    return UNANSWERED
  }
}

async function findExchanges(
  domain: string,
  { resolver, hostname, random }: DestinationDeps,
): Promise<{ names: string[] } | Pick<Outcome, 'state' | 'reply'>> {
  // RFC 5321 §5.1: a domain that isn't there is an error, one without MX is its own.
  const { records, code } = await ask(resolver.resolveMx(domain))
  if (code === 'ENOTFOUND') return failed('550 5.1.2 that domain does not exist')
  if (records.length === 0) return { names: [domain] }
  const named = records.map(({ exchange, priority }) => ({
    name: exchange.replace(/\.$/, '').toLowerCase(),
    priority,
    lot: random(),
  }))
  // RFC 7505 §3
  if (named.length === 1 && named[0]!.name === '')
    return failed('556 5.1.10 that domain takes no mail (null MX)')
  named.sort((a, b) => a.priority - b.priority || a.lot - b.lot)
  const own = named.find(({ name }) => name === hostname.toLowerCase())
  const before = own ? named.filter(({ priority }) => priority < own.priority) : named
  if (before.length === 0) return OURSELVES
  return { names: before.map(({ name }) => name) }
}

async function findHosts(names: readonly string[], deps: DestinationDeps): Promise<Destination> {
  const hosts: Host[] = []
  let isAnswered = true
  for (const name of names) {
    if (name === '') continue
    // RFC 5321 §5.2: both kinds.
    const answers = await Promise.all([
      settled(ask(deps.resolver.resolve4(name))),
      settled(ask(deps.resolver.resolve6(name))),
    ])
    if (answers.includes(null)) isAnswered = false
    const addresses = answers.flatMap((answer) => answer?.records ?? [])
    hosts.push(...addresses.filter(deps.mayReach).map((address) => ({ name, address })))
  }
  if (hosts.length > 0) return { hosts }
  return isAnswered ? NONE : UNANSWERED
}

/** An answer, or that there is none: ENOTFOUND where there is no such name, ENODATA where it has no such record. */
async function ask<T>(answer: Promise<T[]>): Promise<{ records: T[]; code?: string }> {
  try {
    return { records: await answer }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOTFOUND' || code === 'ENODATA') return { records: [], code }
    throw error
  }
}

function settled<T>(work: Promise<T>): Promise<T | null> {
  return work.catch(() => null)
}
