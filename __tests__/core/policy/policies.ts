import { parseAllowList } from '../../../src/core/policy/parse-allow-list.ts'
import { parseAllowedIps } from '../../../src/core/policy/parse-allowed-ips.ts'
import type { Policy } from '../../../src/core/policy/policy.ts'
import { deriveTopology } from '../../../src/core/topology/derive-topology.ts'
import type { Topology } from '../../../src/core/topology/topology.ts'

/** The lists as a user writes them; throws when they have faults. */
export function lists(domains: string, ips = '') {
  const rules = parseAllowList(domains, { input: 'allowed-domains' })
  const { addresses, faults } = parseAllowedIps(ips, { input: 'allowed-ips' })
  if (rules.faults.length + faults.length > 0) throw new Error(JSON.stringify([rules.faults, faults]))
  return { rules, ips: addresses }
}

/** A policy of the user's lists alone. */
export function policyOf(domains: string, ips = '', mode: Policy['mode'] = 'block'): Policy {
  const { rules, ips: addresses } = lists(domains, ips)
  return { mode, hosts: rules.hosts, addresses, denied: rules.denied }
}

/** The topology of a server URL; throws when it has none. */
export function topologyOf(serverUrl: string, apiUrl?: string): Topology {
  const result = deriveTopology({ serverUrl, apiUrl })
  if (result.kind === 'faults') throw new Error(JSON.stringify(result.faults))
  return result.topology
}
