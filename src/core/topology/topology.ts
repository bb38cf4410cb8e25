import type { Hostname } from '../hostname.ts'
import type { Upstream } from '../upstream.ts'

/**
 * Room: topology. Decides, from the two URLs the runner gives, which GitHub this is and every host that follows from it.
 * Never knows: secrets, inputs by name, the network. Called by: action (inputs), environment, sidecar config.
 */
export type TopologyKind = 'dotcom' | 'tenant' | 'server'

export interface Topology {
  /** `dotcom` = github.com, `tenant` = GHE.com with data residency, `server` = GitHub Enterprise Server. */
  readonly kind: TopologyKind
  readonly web: Hostname
  /** REST base, e.g. https://api.github.com, https://api.acme.ghe.com, https://ghes.corp/api/v3. `/copilot_internal/*` goes here. */
  readonly rest: Upstream
  /** GraphQL endpoint (whole path in basePath). */
  readonly graphql: Upstream
  /** Copilot API from the table (before an explicit target or discovery). */
  readonly copilot: Upstream
  /** Discovery's answer must be one of these names or lie under them. */
  readonly copilotSuffixes: readonly Hostname[]
  readonly telemetry: readonly Hostname[]
  readonly oidcIssuer: string
  /** GH_HOST for the agent; absent on github.com, where it stays unset. */
  readonly ghHost?: Hostname
  /** COPILOT_GH_HOST: the cloud host that holds the Copilot licence; GHES only. */
  readonly copilotGhHost?: Hostname
  /** The agent's allow-list that follows from the topology, in the form `awf --allow-domains` takes. */
  readonly agentDomains: readonly string[]
}
