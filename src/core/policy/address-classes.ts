import {
  containsAddress,
  createNetwork,
  type IpAddress,
  type IpNetwork,
  overlaps,
  parseIpAddress,
} from './ip-address.ts'

/**
 * `public`: somebody else's machine on the internet. `private`: a network of the customer's, reachable only where a rule says
 * so. `closed`: never a destination, whatever a rule says: this machine, its hypervisor, and what is no unicast address.
 */
export type AddressClass = 'public' | 'private' | 'closed'

export interface AddressRange {
  readonly network: IpNetwork
  readonly class: Exclude<AddressClass, 'public'>
  /** Fits behind "which is". */
  readonly name: string
}

const range = (network: string, kind: AddressRange['class'], name: string): AddressRange => ({
  network: createNetwork(network),
  class: kind,
  name,
})

const METADATA = 'the metadata service of a cloud'

/**
 * The first row that holds an address decides. Networks for documentation (192.0.2.0/24, 2001:db8::/32 …) are not listed:
 * nothing answers there, and tests need addresses that count as the outside.
 */
export const ADDRESS_RANGES: readonly AddressRange[] = [
  range('0.0.0.0/8', 'closed', 'the unspecified address'),
  range('127.0.0.0/8', 'closed', 'loopback'),
  range('169.254.0.0/16', 'closed', 'link-local, with the metadata services of the clouds'),
  range('168.63.129.16', 'closed', 'the agent of the virtual machine (Azure)'),
  range('100.100.100.200', 'closed', METADATA),
  range('192.0.0.0/24', 'closed', 'reserved for protocols, with a metadata service in it'),
  range('192.88.99.0/24', 'closed', 'a 6to4 relay'),
  range('198.18.0.0/15', 'closed', 'the range from which the firewall answers look-ups'),
  range('224.0.0.0/4', 'closed', 'multicast'),
  range('240.0.0.0/4', 'closed', 'reserved or broadcast'),
  range('10.0.0.0/8', 'private', 'a private network'),
  range('100.64.0.0/10', 'private', 'a carrier’s or cluster’s network (CGNAT)'),
  range('172.16.0.0/12', 'private', 'a private network'),
  range('192.168.0.0/16', 'private', 'a private network'),
  range('::', 'closed', 'the unspecified address'),
  range('::1', 'closed', 'loopback'),
  // Another spelling of an IPv4 address: whoever means one can write it, and nobody can hide one.
  range('::ffff:0:0/96', 'closed', 'an IPv4 address in IPv6 form'),
  range('::/96', 'closed', 'an IPv4 address in IPv6 form'),
  range('64:ff9b:1::/48', 'closed', 'local NAT64, which hides an IPv4 address'),
  range('2001::/32', 'closed', 'Teredo, which hides an IPv4 address'),
  range('2002::/16', 'closed', '6to4, which hides an IPv4 address'),
  range('fd00:ec2::254', 'closed', METADATA),
  range('fd20:ce::254', 'closed', METADATA),
  range('2001:10::/28', 'closed', 'no address of a machine (ORCHID)'),
  range('2001:20::/28', 'closed', 'no address of a machine (ORCHID)'),
  range('fe80::/10', 'closed', 'link-local'),
  range('ff00::/8', 'closed', 'multicast'),
  range('fc00::/7', 'private', 'a private network (ULA)'),
  range('fec0::/10', 'private', 'a private network (site-local)'),
]

const NAT64 = createNetwork('64:ff9b::/96')
const GLOBAL_UNICAST = createNetwork('2000::/3')
const UNASSIGNED = 'outside of global unicast'

/** What kind of destination an address is, and the name of its range where it is not public. */
export interface ClassifiedAddress {
  readonly class: AddressClass
  readonly name?: string
}

/**
 * Classifies an address. One of the well-known NAT64 prefix counts as the IPv4 address inside, since on an IPv6-only network
 * every IPv4 host is reached that way.
 */
export function classifyAddress(address: IpAddress): ClassifiedAddress {
  if (containsAddress(NAT64, address)) return classifyAddress({ family: 4, value: address.value & 0xffff_ffffn })
  const found = ADDRESS_RANGES.find((row) => containsAddress(row.network, address))
  if (found !== undefined) return { class: found.class, name: found.name }
  const isGlobal = address.family === 4 || containsAddress(GLOBAL_UNICAST, address)
  return isGlobal ? { class: 'public' } : { class: 'closed', name: UNASSIGNED }
}

/**
 * The closed range that a network touches, as a name; undefined when it touches none. A NAT64 network counts as closed: its
 * IPv4 form is what belongs in a rule.
 */
export function findClosedRange(network: IpNetwork): string | undefined {
  if (overlaps(NAT64, network)) return 'NAT64: an IPv4 address in IPv6 form'
  const found = ADDRESS_RANGES.find((row) => row.class === 'closed' && overlaps(row.network, network))
  if (found !== undefined) return found.name
  const isPlaced = network.family === 4 || isPrivateNetwork(network) || overlaps(GLOBAL_UNICAST, network)
  return isPlaced ? undefined : UNASSIGNED
}

/** True when the whole network lies in one private range. */
export function isPrivateNetwork(network: IpNetwork): boolean {
  return ADDRESS_RANGES.some(
    (row) => row.class === 'private' && row.network.prefix <= network.prefix && containsAddress(row.network, network),
  )
}

/**
 * True for every address that a name on the internet must not lead to: private, loopback, link-local, CGNAT, metadata,
 * multicast, made up by our own DNS answers, IPv4 in disguise, one of this machine's own, or no address at all.
 * @param own addresses of this machine's interfaces.
 */
export function isInternalAddress(address: string, own: readonly string[] = []): boolean {
  const parsed = parseIpAddress(address)
  if (parsed === undefined || classifyAddress(parsed).class !== 'public') return true
  return isOwnAddress(parsed, own)
}

/** True when the address, or the IPv4 address inside it, is one of this machine's. */
export function isOwnAddress(address: IpAddress, own: readonly string[]): boolean {
  const inner = containsAddress(NAT64, address) ? { family: 4 as const, value: address.value & 0xffff_ffffn } : address
  return own.some((text) => {
    const parsed = parseIpAddress(text.replace(/%.*$/, ''))
    return parsed !== undefined && parsed.family === inner.family && parsed.value === inner.value
  })
}
