import { type Hostname, isIpLiteral } from '../hostname.ts'
import { classifyAddress, isOwnAddress } from './address-classes.ts'
import { parseIpAddress } from './ip-address.ts'
import type { Destination, HostRule, Policy, PolicyDecision } from './policy.ts'
import { findExactParent, indexPolicy, type PolicyIndex } from './policy-index.ts'
import { renderAddressRule, renderDenyRule, renderRule } from './render-rule.ts'

/**
 * Decides what may be reached by name. Deny rules win; a rule allows its own port only, with TLS or HTTP inside as it says (a `tcp`
 * rule whatever is inside). The decision is the same in both modes: `audit` lets a blocked connection pass and says so.
 * A blocked decision names the rule that denies it, or the nearest one that would have to be different.
 */
export function decideDestination(policy: Policy, destination: Destination): PolicyDecision {
  const { name, port } = destination
  if (isIpLiteral(name)) return decideAddress(policy, name, port)
  const index = indexPolicy(policy)
  const deny = index.findDeny(name)
  if (deny !== undefined) return { verdict: 'blocked', reason: 'denied', rule: renderDenyRule(deny) }
  const named = [...index.findHosts(name), ...index.findWildcards(name)]
  const matching = named.filter((rule) => matchesEnd(rule, destination))
  const [first] = matching
  if (first !== undefined) {
    const mayBePrivate = matching.some((rule) => rule.mayBePrivate)
    return { verdict: 'allowed', rule: renderRule(first), mayBePrivate }
  }
  const [other] = named
  if (other !== undefined) return { verdict: 'blocked', reason: 'port-not-allowed', rule: renderRule(other) }
  const near = findNearMiss(index, name)
  return { verdict: 'blocked', reason: 'not-allowed', ...(near === undefined ? {} : { rule: renderRule(near) }) }
}

function matchesEnd(rule: HostRule, { port, scheme }: Destination): boolean {
  return rule.port === port && (rule.scheme === scheme || rule.scheme === 'tcp')
}

/**
 * The rule that its author may have thought covers this name: one for a parent, which is exact, or a wildcard below the name,
 * which leaves the name itself out.
 */
function findNearMiss(index: PolicyIndex, name: Hostname): HostRule | undefined {
  const below = index.findWildcards(`x.${name}` as Hostname).find((rule) => rule.name === name)
  return below ?? findExactParent(index, name)
}

/**
 * Decides what may be reached by address alone, without a name: only what `allowed-ips` lists. A text that is no address is
 * refused like one that is not listed.
 */
export function decideAddress(policy: Policy, address: string, port: number): PolicyDecision {
  const parsed = parseIpAddress(address)
  const rules = parsed === undefined ? [] : indexPolicy(policy).findAddresses(parsed)
  const rule = rules.find((row) => row.port === null || row.port === port)
  if (rule !== undefined) return { verdict: 'allowed', rule: renderAddressRule(rule), mayBePrivate: true }
  const [other] = rules
  if (other !== undefined) return { verdict: 'blocked', reason: 'port-not-allowed', rule: renderAddressRule(other) }
  return { verdict: 'blocked', reason: 'address-literal' }
}

export interface ResolvedDestination {
  /** What the real name servers gave for an allowed name. */
  readonly address: string
  readonly port: number
  /** Of the decision that allowed the name. */
  readonly mayBePrivate: boolean
  /** Addresses of this machine's interfaces. */
  readonly own?: readonly string[]
}

/**
 * Decides whether an allowed name may be followed to this address: against names that lead inside (rebinding). Public addresses
 * may; private ones only for a server of the customer's own or where `allowed-ips` lists them; this machine, its
 * hypervisor and its metadata service never.
 */
export function decideResolvedAddress(policy: Policy, resolved: ResolvedDestination): 'allowed' | 'internal-address' {
  const address = parseIpAddress(resolved.address)
  if (address === undefined || isOwnAddress(address, resolved.own ?? [])) return 'internal-address'
  switch (classifyAddress(address).class) {
    case 'public':
      return 'allowed'
    case 'closed':
      return 'internal-address'
    case 'private':
      if (resolved.mayBePrivate) return 'allowed'
      return decideAddress(policy, resolved.address, resolved.port).verdict === 'allowed'
        ? 'allowed'
        : 'internal-address'
  }
}
