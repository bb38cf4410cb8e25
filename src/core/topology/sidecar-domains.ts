import { listIssuerHosts } from '../credentials/issuer-hosts.ts'
import { type Hostname, isLoopback } from '../hostname.ts'
import { deriveProbe } from '../probes/derive-probe.ts'
import type { ProviderConfig } from '../sidecar-config.ts'
import { deriveLicenceApi } from './licence-api.ts'
import type { Topology } from './topology.ts'

/** Copilot plan hosts that discovery may answer with on github.com; an account may use only the one of its plan. */
const COPILOT_PLAN_HOSTS = [
  'api.githubcopilot.com',
  'api.individual.githubcopilot.com',
  'api.business.githubcopilot.com',
  'api.enterprise.githubcopilot.com',
] as const

/**
 * Hosts that the sidecar itself dials: those of {@link deriveUpstreamDomains}, and the issuers of the credentials. Sorted, without loopback.
 * GitHub's OIDC host is a fact of the runner, which this cannot know.
 */
export function deriveSidecarDomains(topology: Topology, providers: readonly ProviderConfig[]): string[] {
  const issuers = providers.flatMap(({ credential }) => listIssuerHosts(credential, topology))
  const names = new Set<string>(issuers.filter((hostname) => !isLoopback(hostname)))
  for (const name of deriveUpstreamDomains(topology, providers)) names.add(name)
  return [...names].sort()
}

/**
 * Hosts that requests of a client, or questions about its key, go to: the upstream of each provider, the host that its check asks and, for Copilot, the
 * REST and GraphQL hosts and those that discovery may name. Sorted, without loopback. An address literal stands as it is.
 */
export function deriveUpstreamDomains(topology: Topology, providers: readonly ProviderConfig[]): string[] {
  const names = new Set<string>()
  const add = (hostname: Hostname): void => {
    if (!isLoopback(hostname)) names.add(hostname)
  }
  for (const provider of providers) {
    add(provider.upstream.hostname)
    add(deriveProbe(provider).upstream.hostname)
    if (provider.id !== 'copilot') continue
    const licence = deriveLicenceApi(topology)
    for (const { hostname } of [topology.rest, licence.rest, licence.graphql]) add(hostname)
    if (!provider.upstreamIsExplicit && topology.kind !== 'tenant')
      for (const name of COPILOT_PLAN_HOSTS) names.add(name)
  }
  return [...names].sort()
}
