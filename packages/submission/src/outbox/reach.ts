import { BlockList, isIPv6 } from 'node:net'
import { networkInterfaces } from 'node:os'

/** RFC 6890 and its registries: networks that no mail host of the Internet is in. */
const NETWORKS: [address: string, prefix: number][] = [
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
  ['::', 96],
  ['100::', 64],
  ['2001:db8::', 32],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
]

const blocked = new BlockList()
for (const [address, prefix] of NETWORKS) {
  blocked.addSubnet(address, prefix, isIPv6(address) ? 'ipv6' : 'ipv4')
}

/** Whether an address is one of the Internet, and none of this machine. */
export function isPublicAddress(address: string): boolean {
  if (blocked.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')) return false
  return !Object.values(networkInterfaces()).some((face) => face?.some((own) => own.address === address))
}
