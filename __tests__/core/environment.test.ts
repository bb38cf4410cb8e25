import { describe, expect, test } from '@jest/globals'
import { deriveEnvironment, type EnvironmentFacts } from '../../src/core/environment.ts'
import type { ApiDialect, ProviderId } from '../../src/core/providers/provider.ts'
import { PROVIDERS } from '../../src/core/providers/table.ts'
import { deriveRunTokens } from '../../src/core/run-token.ts'
import type { ProviderConfig } from '../../src/core/sidecar-config.ts'
import { deriveTopology } from '../../src/core/topology/derive-topology.ts'
import type { Topology } from '../../src/core/topology/topology.ts'
import { parseUpstream, type Upstream } from '../../src/core/upstream.ts'

const tokens = deriveRunTokens('a'.repeat(36))

function topologyOf(serverUrl: string): Topology {
  const result = deriveTopology({ serverUrl, apiUrl: undefined })
  if (result.kind !== 'ok') throw new Error(serverUrl)
  return result.topology
}

function provider(id: ProviderId, extra: Partial<ProviderConfig> = {}): ProviderConfig {
  return {
    id,
    dialect: PROVIDERS[id].dialect,
    upstream: parseUpstream('https://upstream.example') as Upstream,
    upstreamIsExplicit: true,
    routing: 'inject',
    credential: { kind: 'static' },
    extraHeaderNames: [],
    allowMcp: false,
    ...extra,
  }
}

function derive(providers: readonly ProviderConfig[], facts: Partial<EnvironmentFacts> = {}) {
  const ports = Object.fromEntries(providers.map(({ id }) => [id, PROVIDERS[id].preferredPort]))
  return deriveEnvironment({
    topology: topologyOf('https://github.com'),
    providers,
    ports,
    listenAddress: '127.0.0.1',
    copilotRouting: 'inject',
    tokens,
    keylessWorks: true,
    job: {},
    ...facts,
  })
}

const proxies = { NO_PROXY: '127.0.0.1,localhost,::1', no_proxy: '127.0.0.1,localhost,::1' }

describe('deriveEnvironment()', () => {
  test.each<[string, ProviderConfig[], Partial<EnvironmentFacts>, Record<string, string>]>([
    ['nothing but the proxies without a provider', [], {}, {}],
    [
      'openai: base URL with /v1, placeholder, no key for codex',
      [provider('openai')],
      {},
      { OPENAI_BASE_URL: 'http://127.0.0.1:10000/v1', OPENAI_API_KEY: tokens.other },
    ],
    [
      'openai where only the token opens the sidecar: a key for codex too',
      [provider('openai')],
      { keylessWorks: false },
      { OPENAI_BASE_URL: 'http://127.0.0.1:10000/v1', OPENAI_API_KEY: tokens.other, CODEX_API_KEY: tokens.other },
    ],
    [
      'anthropic: no /v1, the placeholder as API key',
      [provider('anthropic')],
      {},
      {
        ANTHROPIC_BASE_URL: 'http://127.0.0.1:10001',
        ANTHROPIC_API_KEY: tokens.other,
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      },
    ],
    [
      'copilot: ghs_ placeholder, quiet, the model',
      [provider('copilot', { model: 'gpt-5' })],
      {},
      {
        COPILOT_API_URL: 'http://127.0.0.1:10002',
        COPILOT_GITHUB_TOKEN: tokens.copilot,
        CAFE_METRICS: 'false',
        COPILOT_AUTO_UPDATE: 'false',
        COPILOT_MODEL: 'gpt-5',
      },
    ],
    [
      'copilot passthrough: the address alone',
      [provider('copilot', { routing: 'passthrough', credential: { kind: 'none' } })],
      { copilotRouting: 'passthrough', job: { GITHUB_COPILOT_API_TOKEN: 'own' } },
      { COPILOT_API_URL: 'http://127.0.0.1:10002' },
    ],
    [
      'gemini',
      [provider('gemini')],
      {},
      { GOOGLE_GEMINI_BASE_URL: 'http://127.0.0.1:10003', GEMINI_API_KEY: tokens.other },
    ],
    [
      'vertex alone: the switch is on',
      [provider('vertex')],
      {},
      {
        GOOGLE_VERTEX_BASE_URL: 'http://127.0.0.1:10004',
        GOOGLE_API_KEY: tokens.other,
        GOOGLE_GENAI_USE_VERTEXAI: 'true',
      },
    ],
    [
      'gemini and vertex: the user switches',
      [provider('gemini'), provider('vertex')],
      {},
      {
        GOOGLE_GEMINI_BASE_URL: 'http://127.0.0.1:10003',
        GEMINI_API_KEY: tokens.other,
        GOOGLE_VERTEX_BASE_URL: 'http://127.0.0.1:10004',
        GOOGLE_API_KEY: tokens.other,
      },
    ],
    ['a provider without a port is left out', [provider('openai')], { ports: {} }, {}],
  ])('%s', (_name, providers, facts, expected) => {
    expect(derive(providers, facts).variables).toEqual({ ...proxies, ...expected })
  })

  test.each<[ApiDialect, string]>([
    ['openai', 'openai'],
    ['azure', 'azure'],
    ['anthropic', 'anthropic'],
  ])('byok of type %s: Copilot CLI offline with that provider', (dialect, type) => {
    const { variables } = derive([provider('byok', { dialect, model: 'm' })])
    expect(variables).toMatchObject({
      COPILOT_PROVIDER_BASE_URL: 'http://127.0.0.1:10005',
      COPILOT_PROVIDER_TYPE: type,
      COPILOT_PROVIDER_API_KEY: tokens.other,
      COPILOT_MODEL: 'm',
      COPILOT_OFFLINE: 'true',
    })
  })

  test('byok of type bedrock: endpoint and API key of the AWS SDKs, nothing for Copilot CLI', () => {
    expect(derive([provider('byok', { dialect: 'bedrock' })]).variables).toEqual({
      ...proxies,
      AWS_ENDPOINT_URL_BEDROCK_RUNTIME: 'http://127.0.0.1:10005',
      AWS_BEARER_TOKEN_BEDROCK: tokens.other,
      ANTHROPIC_BEDROCK_BASE_URL: 'http://127.0.0.1:10005',
    })
  })

  test('byok beside copilot is not offline', () => {
    expect(derive([provider('copilot'), provider('byok')]).variables).not.toHaveProperty('COPILOT_OFFLINE')
  })

  test.each([
    ['https://github.com', {}],
    ['https://acme.ghe.com', { GH_HOST: 'acme.ghe.com' }],
  ])('the GitHub host for %s follows the topology, also without copilot', (serverUrl, expected) => {
    const { variables } = derive([provider('openai')], { topology: topologyOf(serverUrl) })
    expect(Object.fromEntries(Object.entries(variables).filter(([name]) => name.endsWith('GH_HOST')))).toEqual(expected)
  })

  test('a server: GH_HOST is the server, COPILOT_GH_HOST the licence host, the latter only with copilot', () => {
    const topology = topologyOf('https://git.corp.example')
    expect(derive([provider('openai')], { topology }).variables).toMatchObject({ GH_HOST: 'git.corp.example' })
    expect(derive([provider('openai')], { topology }).variables).not.toHaveProperty('COPILOT_GH_HOST')
    expect(derive([provider('copilot')], { topology }).variables).toMatchObject({
      GH_HOST: 'git.corp.example',
      COPILOT_GH_HOST: topology.copilotGhHost,
    })
  })

  test('competing variables are blanked only when they are set and their provider is configured', () => {
    const job = { CODEX_API_KEY: 'sk-1', ANTHROPIC_AUTH_TOKEN: 'a', CLAUDE_CODE_OAUTH_TOKEN: '' }
    const { variables, blanked } = derive([provider('openai')], { job })
    expect(blanked).toEqual(['CODEX_API_KEY'])
    expect(variables).toMatchObject({ CODEX_API_KEY: '' })
    expect(variables).not.toHaveProperty('ANTHROPIC_AUTH_TOKEN')
  })

  test('a variable that another provider exports is not blanked', () => {
    const { variables } = derive([provider('gemini'), provider('vertex')], { job: { GOOGLE_API_KEY: 'real' } })
    expect(variables).toMatchObject({ GOOGLE_API_KEY: tokens.other })
  })

  test('values of the job that are hidden by ours are named, merged proxies are not', () => {
    const job = { OPENAI_API_KEY: 'sk-real', NO_PROXY: 'corp.example' }
    const { variables, replaced } = derive([provider('openai')], { job })
    expect(replaced).toEqual(['OPENAI_API_KEY'])
    expect(variables).toMatchObject({ NO_PROXY: 'corp.example,127.0.0.1,localhost,::1' })
  })

  test.each([
    ['0.0.0.0', 'http://127.0.0.1:10001'],
    ['::', 'http://[::1]:10001'],
    ['::1', 'http://[::1]:10001'],
    ['172.17.0.1', 'http://172.17.0.1:10001'],
  ])('listening on %s is reached at %s', (listenAddress, expected) => {
    expect(derive([provider('anthropic')], { listenAddress }).variables).toMatchObject({ ANTHROPIC_BASE_URL: expected })
  })
})
