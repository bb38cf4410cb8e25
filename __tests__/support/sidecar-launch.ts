import type { Hostname } from '../../src/core/hostname.ts'
import type { ProviderId } from '../../src/core/providers/provider.ts'
import { PROVIDERS } from '../../src/core/providers/table.ts'
import { deriveRunTokens } from '../../src/core/run-token.ts'
import type { LaunchMessage, ProviderConfig, SidecarConfig } from '../../src/core/sidecar-config.ts'
import type { Topology } from '../../src/core/topology/topology.ts'
import { httpsUpstream, parseUpstream, type Upstream } from '../../src/core/upstream.ts'

/** What a test says about a sidecar; everything else has a default that suits most. */
export interface LaunchOptions {
  readonly providers: readonly (Partial<ProviderConfig> & Pick<ProviderConfig, 'id' | 'upstream'>)[]
  readonly config?: Partial<SidecarConfig>
  readonly secrets?: LaunchMessage['secrets']
}

const CORE = `${'T3st0nly'.repeat(4)}abcd`

/** The tokens every sidecar of the tests accepts. */
export const RUN_TOKENS = deriveRunTokens(CORE)
export const CONTROL_TOKEN = 'control-token-of-the-tests-0123456789'

/** The key that a provider of the tests gets when a test gives no other. */
export function keyOf(id: ProviderId): string {
  return id === 'copilot' ? `gho_${'k'.repeat(36)}` : `sk-real-${id}-0123456789`
}

/** Parses a base URL that the test itself wrote. */
export function upstreamOf(text: string): Upstream {
  const upstream = parseUpstream(text, { allowPlainHttp: true })
  if (typeof upstream === 'string') throw new Error(`The test gives an upstream that is wrong: ${text} (${upstream})`)
  return upstream
}

const host = (name: string): Hostname => name as Hostname

const DOTCOM: Topology = {
  kind: 'dotcom',
  web: host('github.com'),
  rest: httpsUpstream(host('api.github.com')),
  graphql: httpsUpstream(host('api.github.com'), '/graphql'),
  copilot: httpsUpstream(host('api.githubcopilot.com')),
  copilotSuffixes: [host('githubcopilot.com')],
  telemetry: [],
  oidcIssuer: 'https://token.actions.githubusercontent.com',
  agentDomains: [],
}

/** The topology of github.com with some hosts moved to fakes. */
export function topologyWith(changes: Partial<Topology>): Topology {
  return { ...DOTCOM, ...changes }
}

/** The message for the sidecar's stdin. Validation is off unless the test asks for it, so that a fake sees only its requests. */
export function createLaunchMessage(options: LaunchOptions): LaunchMessage {
  const providers = options.providers.map(
    (given): ProviderConfig => ({
      dialect: PROVIDERS[given.id].dialect,
      upstreamIsExplicit: true,
      routing: 'inject',
      credential: { kind: 'static' },
      extraHeaderNames: [],
      allowMcp: false,
      ...given,
    }),
  )
  const keyed = providers.filter(({ credential }) => credential.kind === 'static')
  const keys = Object.fromEntries(keyed.map(({ id }) => [`${id}.key`, keyOf(id)]))
  return {
    config: { ...DEFAULTS, runnerUid: process.getuid?.() ?? null, ...options.config, providers },
    secrets: { ...keys, 'run-token': CORE, 'control-token': CONTROL_TOKEN, ...options.secrets },
  }
}

const DEFAULTS: SidecarConfig = {
  version: 1,
  runId: 'testrun0123456789',
  listenAddress: '127.0.0.1',
  topology: DOTCOM,
  providers: [],
  validate: 'off',
  clientAuth: 'auto',
  runnerUid: null,
  noProxy: '',
  extraCa: [],
  streamIdleTimeoutMs: 900_000,
  limits: { maxRequests: null, maxTokens: null },
  logLevel: 'info',
  watch: null,
  maxAgeMs: 3_600_000,
}
