import { type Hostname, isSubdomainOf } from '../core/hostname.ts'
import { type IpNetwork, overlaps, parseIpNetwork, renderIpNetwork } from '../core/policy/ip-address.ts'
import type { AddressRule, HostRule, RuleScheme } from '../core/policy/policy.ts'

/** Host rules that differ in their name only: one access line of Squid. */
export interface HostGroup extends NameLists {
  /** Name of its lists, unique in the file. */
  readonly id: string
  readonly scheme: RuleScheme
  readonly port: number
  readonly mayBePrivate: boolean
}

export interface NameLists {
  readonly exact: readonly Hostname[]
  /** Names whose sub-names are meant, without those that another of them covers: Squid takes a list with both for a mistake. */
  readonly below: readonly Hostname[]
}

export interface AddressGroup {
  readonly id: string
  readonly port: number | null
  readonly networks: readonly string[]
}

/** Groups the rules by scheme, port and privacy, in the order in which they first appear. */
export function deriveHostGroups(rules: readonly HostRule[]): readonly HostGroup[] {
  const groups = Map.groupBy(
    rules,
    ({ scheme, port, mayBePrivate }) => `${scheme}_${port}${mayBePrivate ? '_private' : ''}`,
  )
  return [...groups].flatMap(([id, members]) => {
    const [first] = members
    if (first === undefined) return []
    const { scheme, port, mayBePrivate } = first
    return [{ id, scheme, port, mayBePrivate, ...deriveNameLists(members) }]
  })
}

/** Splits named rules into exact names and names whose sub-names are meant. */
export function deriveNameLists(rules: readonly Pick<HostRule, 'kind' | 'name'>[]): NameLists {
  const names = (kind: HostRule['kind']): Hostname[] => [
    ...new Set(rules.filter((rule) => rule.kind === kind).map((rule) => rule.name)),
  ]
  const below = names('wildcard')
  return { exact: names('host'), below: below.filter((name) => !below.some((other) => isSubdomainOf(name, other))) }
}

/** Groups the address rules by port. */
export function deriveAddressGroups(rules: readonly AddressRule[]): readonly AddressGroup[] {
  const groups = Map.groupBy(rules, ({ port }) => port)
  return [...groups].map(([port, members]) => ({
    id: `address_${port ?? 'any'}`,
    port,
    networks: deriveOutermost(members.flatMap((rule) => parseIpNetwork(rule.network) ?? [])),
  }))
}

/**
 * Networks without those that lie in another of them, as texts. Of two that overlap Squid keeps the one it likes, with a warning: the
 * wider may be lost.
 */
export function deriveOutermost(networks: readonly IpNetwork[]): readonly string[] {
  const outer = networks.filter(
    (network) => !networks.some((other) => other.prefix < network.prefix && overlaps(other, network)),
  )
  return [...new Set(outer.map(renderIpNetwork))]
}
