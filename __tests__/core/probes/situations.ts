import type { Hostname } from '../../../src/core/hostname.ts'
import type { ProbeAnswer } from '../../../src/core/probes/probe.ts'
import type { ProviderId } from '../../../src/core/providers/provider.ts'
import { PROVIDERS } from '../../../src/core/providers/table.ts'
import type { ProviderConfig } from '../../../src/core/sidecar-config.ts'
import type { Topology } from '../../../src/core/topology/topology.ts'
import { parseUpstream, type Upstream } from '../../../src/core/upstream.ts'

/** Topologies, providers and answers the probe tests start from; each with the hosts of one real kind of GitHub. */
export const host = (name: string): Hostname => name as Hostname

export function upstream(url: string): Upstream {
  const parsed = parseUpstream(url)
  if (typeof parsed === 'string') throw new Error(`bad test URL ${url}: ${parsed}`)
  return parsed
}

export const DOTCOM: Topology = {
  kind: 'dotcom',
  web: host('github.com'),
  rest: upstream('https://api.github.com'),
  graphql: upstream('https://api.github.com/graphql'),
  copilot: upstream('https://api.githubcopilot.com'),
  copilotSuffixes: [host('githubcopilot.com')],
  telemetry: [],
  oidcIssuer: 'https://token.actions.githubusercontent.com',
  agentDomains: [],
}

export const TENANT: Topology = {
  kind: 'tenant',
  web: host('contoso.ghe.com'),
  rest: upstream('https://api.contoso.ghe.com'),
  graphql: upstream('https://api.contoso.ghe.com/graphql'),
  copilot: upstream('https://copilot-api.contoso.ghe.com'),
  copilotSuffixes: [host('contoso.ghe.com')],
  telemetry: [],
  oidcIssuer: 'https://token.actions.contoso.ghe.com',
  ghHost: host('contoso.ghe.com'),
  agentDomains: [],
}

export const SERVER: Topology = {
  ...DOTCOM,
  kind: 'server',
  web: host('ghes.corp.example'),
  rest: upstream('https://ghes.corp.example/api/v3'),
  graphql: upstream('https://ghes.corp.example/api/graphql'),
  copilot: upstream('https://api.enterprise.githubcopilot.com'),
  oidcIssuer: 'https://ghes.corp.example/_services/token',
  ghHost: host('ghes.corp.example'),
  copilotGhHost: host('github.com'),
}

export function provider(id: ProviderId, overrides: Partial<ProviderConfig> = {}): ProviderConfig {
  const defaults: Partial<Record<ProviderId, Upstream>> = {
    copilot: DOTCOM.copilot,
    byok: upstream('https://gateway.corp.example/llm'),
  }
  const row = PROVIDERS[id]
  const usual = 'defaultUpstream' in row ? row.defaultUpstream : undefined
  return {
    id,
    dialect: row.dialect,
    upstream: defaults[id] ?? usual ?? upstream('https://unused.example'),
    upstreamIsExplicit: id === 'byok',
    routing: id === 'copilot' ? 'auto' : 'inject',
    credential: { kind: 'static' },
    extraHeaderNames: [],
    allowMcp: false,
    ...overrides,
  }
}

export function answer(status: number, body: unknown, headers: Record<string, string> = {}): ProbeAnswer {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return { kind: 'answer', status, headers, body: text }
}

export const MODELS = { data: [{ id: 'gpt-5.2' }, { id: 'claude-sonnet-4.5' }] }
