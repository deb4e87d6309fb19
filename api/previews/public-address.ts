// Which addresses of the internet a foreign link may lead to. A guess at names or spellings would miss some, so only
// numbers are judged: of IPv4 whatever no registry entry sets apart, of IPv6 the one block that is given out to the public.
// Sources: IANA's special-purpose address registries for IPv4 and IPv6 (RFC 6890 and successors).

import { BlockList, isIP } from 'node:net'

const special = new BlockList()
for (const [net, prefix] of [
  ['0.0.0.0', 8], // this host
  ['10.0.0.0', 8], // private
  ['100.64.0.0', 10], // carriers' NAT
  ['127.0.0.0', 8], // loopback
  ['168.63.129.16', 32], // a cloud's own service, though the block is public
  ['169.254.0.0', 16], // link-local, clouds' metadata
  ['172.16.0.0', 12], // private
  ['192.0.0.0', 24], // protocol assignments
  ['192.0.2.0', 24], // documentation
  ['192.31.196.0', 24], // AS112
  ['192.52.193.0', 24], // AMT
  ['192.88.99.0', 24], // 6to4 relays
  ['192.168.0.0', 16], // private
  ['192.175.48.0', 24], // AS112
  ['198.18.0.0', 15], // benchmarks
  ['198.51.100.0', 24], // documentation
  ['203.0.113.0', 24], // documentation
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, broadcast
] as const) {
  special.addSubnet(net, prefix, 'ipv4')
}
for (const [net, prefix] of [
  ['2001::', 23], // protocol assignments: Teredo, ORCHID, benchmarks …
  ['2001:db8::', 32], // documentation
  ['2002::', 16], // 6to4, which holds an IPv4 address
  ['2620:4f:8000::', 48], // AS112
  ['3fff::', 20], // documentation
] as const) {
  special.addSubnet(net, prefix, 'ipv6')
}

/** Loopback, link-local, private, multicast, mapped and translated IPv4 all lie outside of it. */
const publicV6 = new BlockList()
publicV6.addSubnet('2000::', 3, 'ipv6')

/** Whether anybody on the internet may be there. @param address in any spelling that node:net takes for one */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address)
  if (family === 4) return !special.check(address, 'ipv4')
  // A zone (%eth0) belongs to link-local addresses only.
  if (family !== 6 || address.includes('%')) return false
  return publicV6.check(address, 'ipv6') && !special.check(address, 'ipv6')
}
