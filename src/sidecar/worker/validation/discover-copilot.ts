import type { GithubTokenKind } from '../../../core/credentials/github-token-kind.ts'
import { deriveDiscoveryRequests, readDiscovery } from '../../../core/probes/copilot-discovery.ts'
import type { Secret } from '../../../core/secret.ts'
import type { Upstream } from '../../../core/upstream.ts'
import { sendTwice, type ValidationContext } from './prober.ts'

export interface DiscoveredUpstream {
  readonly upstream: Upstream
  /** Where the host comes from, one clause. */
  readonly reason: string
}

/** Asks GitHub which Copilot host serves the token's plan; the table's host when nobody names an acceptable one. */
export async function discoverCopilot(
  context: ValidationContext,
  secret: Secret,
  tokenKind: GithubTokenKind,
): Promise<DiscoveredUpstream> {
  const { topology } = context.config
  const headers = [['authorization', `Bearer ${secret.reveal()}`]] as const
  let reason = 'installation tokens use the default host'
  for (const request of deriveDiscoveryRequests(topology, tokenKind)) {
    const answer = await sendTwice(context, request, { headers })
    const discovery = readDiscovery(answer, topology)
    if (discovery.kind === 'found') return { upstream: discovery.upstream, reason: 'GitHub named this host' }
    reason = discovery.reason
  }
  return { upstream: topology.copilot, reason }
}
