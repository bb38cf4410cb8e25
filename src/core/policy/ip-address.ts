import { isIP } from 'node:net'

/**
 * Addresses and networks as numbers. Both families are kept apart everywhere: a list that compares IPv4 with `::ffff:0:0/96`
 * would match every IPv4 address (node's BlockList does).
 */
export interface IpAddress {
  readonly family: 4 | 6
  readonly value: bigint
}

export interface IpNetwork extends IpAddress {
  /** Leading bits that are fixed: 0–32 or 0–128. */
  readonly prefix: number
}

const BITS = { 4: 32, 6: 128 } as const

/** Parses an address literal without brackets, port or zone; undefined for anything else (also `127.1` and `0x7f.0.0.1`). */
export function parseIpAddress(text: string): IpAddress | undefined {
  if (text.includes('%')) return undefined
  const family = isIP(text)
  if (family === 4) return { family, value: readIpv4(text) }
  return family === 6 ? { family, value: readIpv6(text) } : undefined
}

/** Parses an address, or a network as `address/bits`; bits of the host part may be set. */
export function parseIpNetwork(text: string): IpNetwork | undefined {
  const [address = '', bits, ...rest] = text.split('/')
  const parsed = parseIpAddress(address)
  if (parsed === undefined || rest.length > 0) return undefined
  const width = BITS[parsed.family]
  if (bits === undefined) return { ...parsed, prefix: width }
  const prefix = /^(0|[1-9]\d{0,2})$/.test(bits) ? Number(bits) : Number.NaN
  return prefix <= width ? { ...parsed, prefix } : undefined
}

/** For tables in the sources. Throws when the text is no network: a mistake of ours. */
export function createNetwork(text: string): IpNetwork {
  const network = parseIpNetwork(text)
  if (network === undefined) throw new TypeError(`${text} is no network`)
  return network
}

/** The network without the bits of the host part. */
export function deriveNetwork({ family, value, prefix }: IpNetwork): IpNetwork {
  const shift = BigInt(BITS[family] - prefix)
  return { family, value: (value >> shift) << shift, prefix }
}

/** True when the address lies in the network; never across families. */
export function containsAddress(network: IpNetwork, address: IpAddress): boolean {
  if (network.family !== address.family) return false
  const shift = BigInt(BITS[network.family] - network.prefix)
  return network.value >> shift === address.value >> shift
}

/** True when one of the two networks lies in the other. */
export function overlaps(left: IpNetwork, right: IpNetwork): boolean {
  return left.prefix <= right.prefix ? containsAddress(left, right) : containsAddress(right, left)
}

/** True for a network of exactly one address. */
export function isSingleAddress({ family, prefix }: IpNetwork): boolean {
  return prefix === BITS[family]
}

/** Canonical spelling: dotted decimals, or the shortest lower-case form of RFC 5952. */
export function renderIpAddress({ family, value }: IpAddress): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join('.')
  const groups = Array.from({ length: 8 }, (_, index) => (value >> BigInt(112 - 16 * index)) & 0xffffn)
  return new URL(`http://[${groups.map((group) => group.toString(16)).join(':')}]`).hostname.slice(1, -1)
}

/** Canonical spelling; a network of one address is written without its prefix. */
export function renderIpNetwork(network: IpNetwork): string {
  const address = renderIpAddress(network)
  return isSingleAddress(network) ? address : `${address}/${network.prefix}`
}

function readIpv4(text: string): bigint {
  return text.split('.').reduce((value, part) => (value << 8n) | BigInt(part), 0n)
}

/** @param text is a valid IPv6 address: the end may be dotted decimals, `::` stands at most once. */
function readIpv6(text: string): bigint {
  const dotted = /\d+\.\d+\.\d+\.\d+$/.exec(text)?.[0]
  const tail = dotted === undefined ? 0n : readIpv4(dotted)
  const plain =
    dotted === undefined
      ? text
      : `${text.slice(0, -dotted.length)}${(tail >> 16n).toString(16)}:${(tail & 0xffffn).toString(16)}`
  const [before = '', after] = plain.split('::')
  const head = splitGroups(before)
  const rest = after === undefined ? [] : splitGroups(after)
  const gap = Array.from({ length: 8 - head.length - rest.length }, () => '0')
  return [...head, ...gap, ...rest].reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n)
}

function splitGroups(text: string): string[] {
  return text === '' ? [] : text.split(':')
}
