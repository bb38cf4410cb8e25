import type { Hostname } from '../hostname.ts'
import type { ProviderConfig } from '../sidecar-config.ts'
import type { Upstream } from '../upstream.ts'
import { PROBE_USER_AGENT, type ProbeKind, type ProbeRequest } from './probe.ts'

/** The integration id that Copilot's gateway accepts for every kind of GitHub token; unknown ids make it refuse the token. */
export const DEFAULT_INTEGRATION_ID = 'copilot-developer-cli'

/** API version that Copilot CLI 1.0.102 sends on its listing (measured). */
const COPILOT_API_VERSION = '2026-08-01'

/** Since 2023 the only version of Anthropic's API; a request without it is refused. */
const ANTHROPIC_VERSION = '2023-06-01'

interface ProbeRow {
  /** Path and query behind the base path of the upstream. */
  readonly path: (basePath: string) => string
  readonly headers: (provider: ProviderConfig) => readonly (readonly [string, string])[]
}

const none = (): readonly (readonly [string, string])[] => []

/**
 * Only listings: they are free, need no model name and change nothing.
 *
 * Vertex AI: publishers.models.list exists in v1beta1 alone and reads Google's public catalogue. Whether it takes an express-mode
 * API key could not be verified; where it does not, the answer is "API keys are not supported by this API", which the dictionary
 * reads as inconclusive, never as a bad key. The page is kept small because its entries are large.
 */
const PROBES: Readonly<Record<Exclude<ProbeKind, 'exchange'>, ProbeRow>> = {
  openai: { path: () => '/models', headers: none },
  azure: { path: deriveAzurePath, headers: none },
  anthropic: {
    path: () => '/v1/models?limit=1000',
    headers: () => [['anthropic-version', ANTHROPIC_VERSION]],
  },
  gemini: { path: () => '/v1beta/models?pageSize=1000', headers: none },
  vertex: { path: () => '/v1beta1/publishers/google/models?pageSize=100', headers: none },
  bedrock: { path: () => '/foundation-models', headers: none },
  copilot: {
    path: () => '/models',
    headers: (provider) => [
      ['copilot-integration-id', provider.integrationId ?? DEFAULT_INTEGRATION_ID],
      ['editor-version', `${PROBE_USER_AGENT}/1`],
      ['x-github-api-version', COPILOT_API_VERSION],
    ],
  },
}

/**
 * The request that tells whether the credential of a provider works at the upstream that will be used.
 * @returns a listing request without credential; the caller adds the provider's credential and configured headers.
 */
export function deriveProbe(provider: ProviderConfig): ProbeRequest {
  const row = PROBES[deriveProbeKind(provider)]
  return {
    method: 'GET',
    upstream: deriveProbeUpstream(provider),
    path: row.path(provider.upstream.basePath),
    headers: [['accept', 'application/json'], ['user-agent', PROBE_USER_AGENT], ...row.headers(provider)],
  }
}

/** Which listing a provider has: its own, and for byok the one of its dialect. */
export function deriveProbeKind(provider: Pick<ProviderConfig, 'id' | 'dialect'>): Exclude<ProbeKind, 'exchange'> {
  if (provider.id !== 'byok') return provider.id
  return provider.dialect === 'google' ? 'gemini' : provider.dialect
}

// Amazon Bedrock lists its models at the control plane of the region, which takes the same keys and the same signatures.
function deriveProbeUpstream({ dialect, upstream }: ProviderConfig): Upstream {
  const [, rest] = /^bedrock-runtime((?:-fips)?\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?)$/.exec(upstream.hostname) ?? []
  return dialect !== 'bedrock' || rest === undefined
    ? upstream
    : { ...upstream, hostname: `bedrock${rest}` as Hostname, basePath: '' }
}

// Azure users give the resource, the resource with /openai, or the whole v1 base; all three are in Microsoft's examples.
function deriveAzurePath(basePath: string): string {
  if (/\/openai\/v1$/i.test(basePath)) return '/models'
  return /\/openai$/i.test(basePath) ? '/v1/models' : '/openai/v1/models'
}
