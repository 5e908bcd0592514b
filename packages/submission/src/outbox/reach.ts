import { BlockList, isIPv6 } from 'node:net'
import { networkInterfaces } from 'node:os'

/** RFC 6890 and its registries: networks of IPv4 that no host of the Internet is in. */
const NETWORKS_4: [address: string, prefix: number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
]

/** Those of 2000::/3. 6to4 and Teredo (2002::/16, 2001::/32) lead to addresses of IPv4, whatever they are. */
const NETWORKS_6: [address: string, prefix: number][] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
]

/** RFC 6052 §2.1: addresses of IPv4 behind a translator, which DNS64 gives where there is no other way to them. */
const TRANSLATED = '64:ff9b::'

function blockList(networks: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList()
  for (const [address, prefix] of networks) {
    list.addSubnet(address, prefix, isIPv6(address) ? 'ipv6' : 'ipv4')
  }
  return list
}

const blocked4 = blockList(NETWORKS_4)
const blocked6 = blockList([
  ...NETWORKS_6,
  ...NETWORKS_4.map(([address, prefix]) => [TRANSLATED + address, 96 + prefix] as const),
])
/** RFC 4291 §2.4: no other addresses of IPv6 are handed out. */
const global6 = blockList([
  ['2000::', 3],
  [TRANSLATED, 96],
])

/** Whether an address is one of the Internet, and none of this machine. One of IPv4 in IPv6's clothes is not. */
export function isPublicAddress(address: string): boolean {
  const family = isIPv6(address) ? 'ipv6' : 'ipv4'
  const isPublic =
    family === 'ipv4'
      ? !blocked4.check(address, family)
      : global6.check(address, family) && !blocked6.check(address, family)
  return isPublic && !ownAddresses().check(address, family)
}

/** Asked each time, for they come and go; in a list, for an address can be spelled in several ways. */
function ownAddresses(): BlockList {
  const own = new BlockList()
  for (const face of Object.values(networkInterfaces()).flat()) {
    if (face) own.addAddress(face.address, face.family === 'IPv6' ? 'ipv6' : 'ipv4')
  }
  return own
}
