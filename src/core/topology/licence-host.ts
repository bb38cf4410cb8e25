import { type Hostname, isSubdomainOf, parseHostname } from '../hostname.ts'
import { TENANT_ZONE } from './github-zones.ts'
import type { Topology } from './topology.ts'

const COPILOT_LABEL = 'copilot-api.'

/**
 * Says where the Copilot licence of a server's users lives. That is github.com unless the user names the Copilot API of a
 * tenant (`copilot-api.<tenant>.ghe.com`): then clients must sign in at, and ask about the token at, that tenant.
 * @param target host of an explicit `copilot-api-target`.
 */
export function placeLicence(topology: Topology, target: Hostname): Topology {
  if (topology.kind !== 'server' || !target.startsWith(COPILOT_LABEL)) return topology
  const tenant = parseHostname(target.slice(COPILOT_LABEL.length))
  if (tenant === undefined || !isSubdomainOf(tenant, TENANT_ZONE)) return topology
  return { ...topology, copilotGhHost: tenant }
}
