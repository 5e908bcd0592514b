import { isIPv6 } from 'node:net'

/**
 * What counts as one address: of IPv6 the first 64 bits, because the others are a client's to choose; IPv4 whole, also
 * where IPv6 writes it.
 */
export function networkOf(address: string): string {
  const bare = address.split('%', 1)[0]!
  if (!isIPv6(bare)) return bare
  const groups = groupsOf(bare)
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return [groups[6]! >> 8, groups[6]! & 255, groups[7]! >> 8, groups[7]! & 255].join('.')
  }
  return groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')
}

/** The eight groups of a valid IPv6 address. */
function groupsOf(address: string): number[] {
  const hex = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_all, ...octets: string[]) => {
    const [a, b, c, d] = octets.map(Number) as [number, number, number, number]
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
  })
  const [head = '', tail] = hex.split('::')
  const read = (text: string | undefined) =>
    text ? text.split(':').map((group) => Number.parseInt(group, 16)) : []
  const [before, after] = [read(head), read(tail)]
  return [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after]
}

/**
 * Whether many people may be behind an address by nature: a webmail or a proxy on this machine. Not all of 127.0.0.0/8:
 * what does not choose its address comes from the first.
 */
export function isThisHost(address: string): boolean {
  return address === '::1' || networkOf(address) === '127.0.0.1'
}

/** A network as people write it. */
export const networkText = (network: string): string => (network.includes(':') ? `${network}::/64` : network)
