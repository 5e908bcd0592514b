import type { Resolver } from '../../src/outbox/destinations.js'

/** By name: what there is, in no need of the network. `mx`: `10 mail.example.org`. A name that is missing is NXDOMAIN. */
export type Zone = Record<string, { mx?: string[]; a?: string[]; aaaa?: string[]; fault?: string }>

export function fakeDns(zone: Zone): Resolver {
  const ask = async (name: string, kind: 'mx' | 'a' | 'aaaa'): Promise<string[]> => {
    const entry = zone[name.toLowerCase()]
    const code = entry ? (entry.fault ?? (entry[kind] ? null : 'ENODATA')) : 'ENOTFOUND'
    if (code) throw Object.assign(new Error(code), { code })
    return entry![kind]!
  }
  return {
    resolve4: (name) => ask(name, 'a'),
    resolve6: (name) => ask(name, 'aaaa'),
    async resolveMx(domain) {
      return (await ask(domain, 'mx')).map((text) => {
        const [priority, exchange] = text.split(' ')
        return { priority: Number(priority), exchange: exchange! }
      })
    },
  }
}
