import { deriveClientBaseUrl } from './client-base-url.ts'
import type { FirewallLevel } from './firewall-level.ts'
import type { OutputName } from './inputs/output-table.ts'
import type { ProviderId } from './providers/provider.ts'
import type { ProviderCheck, ProviderConfig } from './sidecar-config.ts'
import { deriveSidecarDomains } from './topology/sidecar-domains.ts'
import type { Topology } from './topology/topology.ts'
import { renderUpstream } from './upstream.ts'

export interface OutputFacts {
  readonly topology: Topology
  readonly providers: readonly ProviderConfig[]
  readonly checks: readonly ProviderCheck[]
  readonly ports: Readonly<Partial<Record<ProviderId, number>>>
  readonly listenAddress: string
  readonly managementPort: number
  readonly logDirectory: string
  /** Absent without a firewall: its outputs are then empty. */
  readonly firewall?: FirewallOutputs
}

/** What the firewall adds; an empty text where there is nothing to say. */
export interface FirewallOutputs {
  readonly level: FirewallLevel
  /** The agent’s whole list, in AWF’s form. */
  readonly allowedDomains: readonly string[]
  readonly blockedCount: number
  readonly blockedHosts: readonly string[]
  readonly logPath: string
  readonly squidConfig: string
  readonly awfConfig: string
  readonly proxyUrl: string
}

const URL_OUTPUTS = {
  copilot: 'copilot-api-url',
  openai: 'openai-base-url',
  anthropic: 'anthropic-base-url',
  gemini: 'gemini-base-url',
  vertex: 'vertex-base-url',
  byok: 'provider-base-url',
} as const satisfies { readonly [Id in ProviderId]: OutputName }

/** Derives every output of the action; all are set, an output without meaning in this run is empty. */
export function deriveOutputs(facts: OutputFacts): Readonly<Record<OutputName, string>> {
  const url = (id: ProviderId): string => {
    const port = facts.ports[id]
    return port === undefined ? '' : deriveClientBaseUrl(id, facts.listenAddress, port)
  }
  const copilot = facts.checks.find((check) => check.provider === 'copilot')
  return {
    [URL_OUTPUTS.copilot]: url('copilot'),
    [URL_OUTPUTS.openai]: url('openai'),
    [URL_OUTPUTS.anthropic]: url('anthropic'),
    [URL_OUTPUTS.gemini]: url('gemini'),
    [URL_OUTPUTS.vertex]: url('vertex'),
    [URL_OUTPUTS.byok]: url('byok'),
    'gh-host': facts.topology.ghHost ?? '',
    topology: facts.topology.kind,
    'routing-mode': copilot?.routing ?? '',
    'copilot-api-target': copilot === undefined ? '' : copilot.upstream.hostname,
    'allowed-domains': (facts.firewall?.allowedDomains ?? facts.topology.agentDomains).join(','),
    'sidecar-domains': deriveSidecarHosts(facts).join(','),
    ...deriveFirewallOutputs(facts.firewall),
    validation: JSON.stringify(facts.checks.map(renderValidation)),
    'management-url': renderManagementUrl(facts.listenAddress, facts.managementPort),
    'log-directory': facts.logDirectory,
  }
}

type FirewallOutputName =
  | 'firewall-level'
  | 'blocked-count'
  | 'blocked-hosts'
  | 'firewall-log'
  | 'squid-config'
  | 'awf-config'
  | 'https-proxy'

/** The outputs of the firewall alone. */
function deriveFirewallOutputs(firewall: FirewallOutputs | undefined): Readonly<Record<FirewallOutputName, string>> {
  return {
    'firewall-level': firewall?.level ?? '',
    'blocked-count': firewall === undefined ? '' : String(firewall.blockedCount),
    'blocked-hosts': firewall?.blockedHosts.join(',') ?? '',
    'firewall-log': firewall?.logPath ?? '',
    'squid-config': firewall?.squidConfig ?? '',
    'awf-config': firewall?.awfConfig ?? '',
    'https-proxy': firewall?.proxyUrl ?? '',
  }
}

/** The upstreams after discovery: what is dialled, not what was guessed. */
function deriveSidecarHosts({ topology, providers, checks }: OutputFacts): string[] {
  const found = providers.map((provider) => ({
    ...provider,
    upstream: checks.find((check) => check.provider === provider.id)?.upstream ?? provider.upstream,
  }))
  return deriveSidecarDomains(topology, found)
}

/** A check without its model listing, which can be long. */
function renderValidation({ models, upstream, ...check }: ProviderCheck): object {
  return { ...check, upstream: renderUpstream(upstream), modelCount: models.length }
}

/** Where the management port answers: always on loopback, of the same kind as `listen-address`. */
export function renderManagementUrl(listenAddress: string, managementPort: number): string {
  return `http://${listenAddress.includes(':') ? '[::1]' : '127.0.0.1'}:${managementPort}`
}
