import { deriveClientBaseUrl } from './client-base-url.ts'
import { COMPETING_VARIABLES } from './environment-table.ts'
import { mergeNoProxy } from './no-proxy.ts'
import type { ProviderId, RoutingMode } from './providers/provider.ts'
import { PROVIDER_IDS } from './providers/provider.ts'
import type { RunTokens } from './run-token.ts'
import type { ProviderConfig } from './sidecar-config.ts'
import type { Topology } from './topology/topology.ts'

/** What is known once the sidecar listens. */
export interface EnvironmentFacts {
  readonly topology: Topology
  readonly providers: readonly ProviderConfig[]
  readonly ports: Readonly<Partial<Record<ProviderId, number>>>
  readonly listenAddress: string
  /** Copilot's mode after validation. */
  readonly copilotRouting: RoutingMode | undefined
  readonly tokens: RunTokens
  /** True when a request of the runner's own user is served without the token: codex then needs no key at all. */
  readonly keylessWorks: boolean
  /** The environment of the job, to merge with and to find competing variables in. */
  readonly job: Readonly<Record<string, string | undefined>>
}

export interface AgentEnvironment {
  readonly variables: Readonly<Record<string, string>>
  /** Names that were set in the job and are now empty, in table order. */
  readonly blanked: readonly string[]
  /** Names whose value in the job is replaced by another one. */
  readonly replaced: readonly string[]
}

type Variables = Record<string, string>

interface RowFacts extends EnvironmentFacts {
  readonly provider: ProviderConfig
  readonly url: string
}

/**
 * Derives the variables for the steps after this one: only for what is configured, placeholders instead of keys, competing
 * variables blanked. Rule: what each CLI was measured to read.
 */
export function deriveEnvironment(facts: EnvironmentFacts): AgentEnvironment {
  const noProxy = mergeNoProxy([facts.job.NO_PROXY, facts.job.no_proxy])
  const variables: Variables = { ...deriveHosts(facts) }
  for (const provider of facts.providers) {
    const port = facts.ports[provider.id]
    if (port === undefined) continue
    const url = deriveClientBaseUrl(provider.id, facts.listenAddress, port)
    Object.assign(variables, ROWS[provider.id]({ ...facts, provider, url }))
  }
  Object.assign(variables, { NO_PROXY: noProxy, no_proxy: noProxy })
  const blanked = findCompeting(facts, variables)
  const replaced = Object.keys(variables).filter((name) => isReplaced(name, variables, facts.job))
  for (const name of blanked) variables[name] = ''
  return { variables, blanked, replaced }
}

/** Variables of one provider. Pure; the order of rows does not matter. */
const ROWS: { readonly [Id in ProviderId]: (facts: RowFacts) => Variables } = {
  openai: ({ url, tokens, keylessWorks }) => ({
    OPENAI_BASE_URL: url,
    OPENAI_API_KEY: tokens.other,
    // With its base URL set codex runs without any key; with this one it works where only the token opens the sidecar.
    ...(keylessWorks ? {} : { CODEX_API_KEY: tokens.other }),
  }),
  anthropic: ({ url, tokens }) => ({
    ANTHROPIC_BASE_URL: url,
    ANTHROPIC_API_KEY: tokens.other,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  }),
  copilot: (facts) => ({
    COPILOT_API_URL: facts.url,
    ...(facts.copilotRouting === 'passthrough' ? {} : deriveCopilotIdentity(facts)),
  }),
  gemini: ({ url, tokens }) => ({ GOOGLE_GEMINI_BASE_URL: url, GEMINI_API_KEY: tokens.other }),
  vertex: (facts) => ({
    GOOGLE_VERTEX_BASE_URL: facts.url,
    GOOGLE_API_KEY: facts.tokens.other,
    // With Gemini configured too, the switch would take its traffic away: the user chooses per command then.
    ...(isConfigured(facts, 'gemini') ? {} : { GOOGLE_GENAI_USE_VERTEXAI: 'true' }),
  }),
  byok: (facts) => (facts.provider.dialect === 'bedrock' ? deriveBedrock(facts) : deriveOwnProvider(facts)),
}

function deriveOwnProvider(facts: RowFacts): Variables {
  return {
    COPILOT_PROVIDER_BASE_URL: facts.url,
    COPILOT_PROVIDER_TYPE: PROVIDER_TYPES[facts.provider.dialect],
    COPILOT_PROVIDER_API_KEY: facts.tokens.other,
    ...(facts.provider.model === undefined ? {} : { COPILOT_MODEL: facts.provider.model }),
    ...(isConfigured(facts, 'copilot') ? {} : { ...QUIET_COPILOT, COPILOT_OFFLINE: 'true' }),
  }
}

// The AWS SDKs read endpoint and API key from these; with an API key they do not sign, so no keys of AWS are asked for.
function deriveBedrock({ url, tokens }: RowFacts): Variables {
  return {
    AWS_ENDPOINT_URL_BEDROCK_RUNTIME: url,
    AWS_BEARER_TOKEN_BEDROCK: tokens.other,
    ANTHROPIC_BEDROCK_BASE_URL: url,
  }
}

/** `COPILOT_PROVIDER_TYPE` knows three kinds; whatever else a gateway is, it speaks the OpenAI form. Bedrock gets none. */
const PROVIDER_TYPES = {
  openai: 'openai',
  azure: 'azure',
  anthropic: 'anthropic',
  google: 'openai',
  copilot: 'openai',
  bedrock: 'openai',
} as const

// Without these the CLI asks api.github.com for releases and sends metrics to another host (measured with 1.0.102).
const QUIET_COPILOT = { CAFE_METRICS: 'false', COPILOT_AUTO_UPDATE: 'false' } as const

function deriveCopilotIdentity({ tokens, provider, topology }: RowFacts): Variables {
  return {
    COPILOT_GITHUB_TOKEN: tokens.copilot,
    ...QUIET_COPILOT,
    ...(provider.model === undefined ? {} : { COPILOT_MODEL: provider.model }),
    ...(topology.copilotGhHost === undefined ? {} : { COPILOT_GH_HOST: topology.copilotGhHost }),
  }
}

function deriveHosts({ topology }: EnvironmentFacts): Variables {
  return topology.ghHost === undefined ? {} : { GH_HOST: topology.ghHost }
}

function findCompeting(facts: EnvironmentFacts, variables: Variables): string[] {
  const isInjected = (id: ProviderId): boolean => !(id === 'copilot' && facts.copilotRouting === 'passthrough')
  const names = PROVIDER_IDS.filter((id) => isConfigured(facts, id) && isInjected(id)).flatMap(
    (id): readonly string[] => COMPETING_VARIABLES[id],
  )
  const present = names.filter((name) => (facts.job[name] ?? '') !== '' && !(name in variables))
  return [...new Set(present)]
}

function isReplaced(name: string, variables: Variables, job: EnvironmentFacts['job']): boolean {
  const before = job[name] ?? ''
  return before !== '' && before !== variables[name] && !/^no_proxy$/i.test(name)
}

function isConfigured(facts: EnvironmentFacts, id: ProviderId): boolean {
  return facts.providers.some((provider) => provider.id === id)
}
