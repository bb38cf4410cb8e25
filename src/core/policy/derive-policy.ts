import { type Hostname, isIpLiteral, isLoopback, isSubdomainOf } from '../hostname.ts'
import { AGENT_DOMAINS, renderAgentDomain } from '../topology/agent-domains.ts'
import type { Topology } from '../topology/topology.ts'
import { parseIpAddress, renderIpAddress } from './ip-address.ts'
import type { AllowList } from './parse-allow-list.ts'
import type { AddressRule, DenyRule, HostRule, Policy, RuleOrigin } from './policy.ts'
import { renderAddressRule, renderDenyRule, renderRule } from './render-rule.ts'

export interface PolicyFacts {
  readonly mode: Policy['mode']
  /** What `allowed-domains` says. */
  readonly rules: Pick<AllowList, 'hosts' | 'denied'>
  /** What `allowed-ips` says. */
  readonly ips: readonly AddressRule[]
  readonly topology: Topology
  /** Services of the runner itself. */
  readonly runner: readonly HostRule[]
}

/**
 * Puts the agent's policy together: what the user lists, what this GitHub needs, what the runner needs. Model hosts are not in it;
 * the sidecar reaches those under its own uid. Each rule stands once, at its first place: user, bundle, topology, runner.
 */
export function derivePolicy(facts: PolicyFacts): Policy {
  const hosts = [...facts.rules.hosts, ...deriveTopologyRules(facts.topology), ...facts.runner]
  return {
    mode: facts.mode,
    hosts: mergeHosts(hosts.toSorted((left, right) => ORDER[left.origin.kind] - ORDER[right.origin.kind])),
    addresses: dropRepeated([...facts.ips, ...deriveTopologyAddresses(facts.topology)], renderAddressRule),
    denied: dropRepeated([...facts.rules.denied, ...deriveDenied(facts)], renderDenyRule),
  }
}

const ORDER: Readonly<Record<RuleOrigin['kind'], number>> = { user: 0, bundle: 1, topology: 2, runner: 3 }

function dropRepeated<Rule>(rules: readonly Rule[], render: (rule: Rule) => string): readonly Rule[] {
  return [...new Map(rules.toReversed().map((rule) => [render(rule), rule])).values()].reverse()
}

/** The first of several equal rules stays; a server stays one that may be private, also where the user lists it too. */
function mergeHosts(rules: readonly HostRule[]): readonly HostRule[] {
  const merged = new Map<string, HostRule>()
  for (const rule of rules) {
    const key = renderRule(rule)
    const known = merged.get(key)
    if (known === undefined) merged.set(key, rule)
    else if (rule.mayBePrivate) merged.set(key, { ...known, mayBePrivate: true })
  }
  return [...merged.values()]
}

/** Hosts of this GitHub, from the table of the topology; on a server's own port, and possibly in a private network. */
function deriveTopologyRules({ kind, web, rest }: Topology): readonly HostRule[] {
  if (isIpLiteral(web) || isLoopback(web)) return []
  return AGENT_DOMAINS[kind].map((row) => {
    const text = renderAgentDomain(row, { web, rest: rest.hostname })
    const isWildcard = text.startsWith('*.')
    return {
      kind: isWildcard ? 'wildcard' : 'host',
      name: (isWildcard ? text.slice(2) : text) as Hostname,
      scheme: 'https',
      port: kind === 'server' ? rest.port : 443,
      mayBePrivate: kind === 'server',
      origin: { kind: 'topology', reason: row.reason },
    }
  })
}

/** A server that is reached by its address. */
function deriveTopologyAddresses({ web, rest }: Topology): readonly AddressRule[] {
  const address = isLoopback(web) ? undefined : parseIpAddress(web)
  if (address === undefined) return []
  const origin: RuleOrigin = { kind: 'topology', reason: 'git over HTTPS, REST and GraphQL of this server' }
  return [{ network: renderIpAddress(address), port: rest.port, origin }]
}

const ISSUER = 'the issuer of identity tokens: nobody but a relying party needs it'
const COPILOT = 'a host of Copilot: requests to models go through the sidecar'

/**
 * What the wildcards of topology and runner would open and the agent does not need, denied by name. A name that the user's list
 * allows exactly is left alone. Tokens themselves come from the hosts that also carry the job's messages
 * (`run-actions-….actions.…`), so asking for one cannot be denied without ending the job; only `id-token: write` decides that.
 */
function deriveDenied({ rules, topology, runner }: PolicyFacts): readonly DenyRule[] {
  const wildcards = [...deriveTopologyRules(topology), ...runner].filter((rule) => rule.kind === 'wildcard')
  const isNamed = (name: Hostname): boolean =>
    rules.hosts.some((rule) => rule.kind === 'host' && rule.name === name && rule.origin.kind === 'user')
  return listUnwanted(topology)
    .filter(({ name }) => wildcards.some((rule) => isSubdomainOf(name, rule.name)) && !isNamed(name))
    .map(({ name, reason }) => ({ kind: 'host', name, origin: { kind: 'topology', reason } }))
}

function listUnwanted(topology: Topology): readonly { readonly name: Hostname; readonly reason: string }[] {
  const because = (reason: string, ...names: readonly string[]) =>
    names.map((name) => ({ name: name as Hostname, reason }))
  const copilot = [topology.copilot.hostname, ...topology.telemetry]
  if (topology.kind === 'server') return []
  const issuers = because(ISSUER, new URL(topology.oidcIssuer).hostname, 'token.actions.githubusercontent.com')
  if (topology.kind === 'dotcom') return [...issuers, ...because(COPILOT, ...copilot)]
  const own = ['copilot-api', 'copilot-proxy', 'copilot-telemetry-service'].map((label) => `${label}.${topology.web}`)
  return [...issuers, ...because(COPILOT, ...copilot, ...own)]
}
