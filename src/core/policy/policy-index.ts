import { type Hostname, isSubdomainOf } from '../hostname.ts'
import { containsAddress, type IpAddress, type IpNetwork, parseIpNetwork } from './ip-address.ts'
import type { AddressRule, DenyRule, HostRule, Policy } from './policy.ts'

/** A policy prepared for questions: no question looks at more rules than those that name its host or one of its parents. */
export interface PolicyIndex {
  /** Rules for exactly this name, in the order of the policy. */
  readonly findHosts: (name: Hostname) => readonly HostRule[]
  /** Wildcards over this name, the nearest parent first. */
  readonly findWildcards: (name: Hostname) => readonly HostRule[]
  readonly findDeny: (name: Hostname) => DenyRule | undefined
  /** Rules that hold this address, the narrowest network first. */
  readonly findAddresses: (address: IpAddress) => readonly AddressRule[]
}

const indexes = new WeakMap<Policy, PolicyIndex>()

/** The index of a policy; made at the first question and kept as long as the policy object lives. */
export function indexPolicy(policy: Policy): PolicyIndex {
  const known = indexes.get(policy)
  if (known !== undefined) return known
  const index = createPolicyIndex(policy)
  indexes.set(policy, index)
  return index
}

/** Makes the index of a policy. Throws when an address rule is not readable: it was not made by our parser. */
export function createPolicyIndex(policy: Policy): PolicyIndex {
  const hosts = groupByName(policy.hosts.filter((rule) => rule.kind === 'host'))
  const wildcards = groupByName(policy.hosts.filter((rule) => rule.kind === 'wildcard'))
  const deniedHosts = groupByName(policy.denied.filter((rule) => rule.kind === 'host'))
  const deniedZones = groupByName(policy.denied.filter((rule) => rule.kind === 'wildcard'))
  return {
    findHosts: (name) => hosts.get(name) ?? [],
    findWildcards: (name) => findInParents(wildcards, name),
    findDeny: (name) => deniedHosts.get(name)?.[0] ?? findInParents(deniedZones, name)[0],
    findAddresses: createAddressFinder(policy.addresses),
  }
}

function groupByName<Rule extends { readonly name: Hostname }>(rules: readonly Rule[]): ReadonlyMap<string, Rule[]> {
  return Map.groupBy(rules, (rule) => rule.name)
}

function findInParents<Rule>(rules: ReadonlyMap<string, Rule[]>, name: Hostname): readonly Rule[] {
  if (rules.size === 0) return []
  const found: Rule[] = []
  for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
    const parent = rules.get(name.slice(dot + 1))
    if (parent !== undefined) found.push(...parent)
  }
  return found
}

/** Rules by family and length of prefix, so that one question costs one look-up for each length that occurs. */
function createAddressFinder(rules: readonly AddressRule[]): PolicyIndex['findAddresses'] {
  const shapes = new Map<string, { readonly shape: IpNetwork; readonly rules: Map<bigint, AddressRule[]> }>()
  for (const rule of rules) {
    const network = readNetwork(rule)
    const key = `${network.family}/${network.prefix}`
    const entry = shapes.get(key) ?? { shape: network, rules: new Map<bigint, AddressRule[]>() }
    shapes.set(key, entry)
    const bits = shiftToPrefix(network, network)
    entry.rules.set(bits, [...(entry.rules.get(bits) ?? []), rule])
  }
  const ordered = [...shapes.values()].sort((left, right) => right.shape.prefix - left.shape.prefix)
  return (address) =>
    ordered
      .filter(({ shape }) => shape.family === address.family)
      .flatMap((entry) => entry.rules.get(shiftToPrefix(entry.shape, address)) ?? [])
}

function shiftToPrefix({ family, prefix }: IpNetwork, { value }: IpAddress): bigint {
  return value >> BigInt((family === 4 ? 32 : 128) - prefix)
}

function readNetwork({ network }: AddressRule): IpNetwork {
  const parsed = parseIpNetwork(network)
  if (parsed === undefined || !containsAddress(parsed, parsed)) throw new TypeError('an address rule holds no network')
  return parsed
}

/** The nearest parent for which a rule is exact, where a wildcard would have been needed. */
export function findExactParent(index: PolicyIndex, name: Hostname): HostRule | undefined {
  for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
    const rule = index.findHosts(name.slice(dot + 1) as Hostname)[0]
    if (rule !== undefined && isSubdomainOf(name, rule.name)) return rule
  }
  return undefined
}
