import { describe, expect, test } from '@jest/globals'
import { deriveProbe, deriveProbeKind } from '../../../src/core/probes/derive-probe.ts'
import type { ProviderConfig } from '../../../src/core/sidecar-config.ts'
import { renderOrigin } from '../../../src/core/upstream.ts'
import { provider, TENANT, upstream } from './situations.ts'

function deriveUrl(config: ProviderConfig): string {
  const probe = deriveProbe(config)
  return `${probe.method} ${renderOrigin(probe.upstream)}${probe.upstream.basePath}${probe.path}`
}

const byok = (dialect: ProviderConfig['dialect'], url: string): ProviderConfig =>
  provider('byok', { dialect, upstream: upstream(url) })

describe('deriveProbe asks for the free listing:', () => {
  const cases: readonly (readonly [string, ProviderConfig])[] = [
    ['GET https://api.openai.com/v1/models', provider('openai')],
    ['GET https://gw.example/team/v1/models', provider('openai', { upstream: upstream('https://gw.example/team/v1') })],
    ['GET https://api.anthropic.com/v1/models?limit=1000', provider('anthropic')],
    ['GET https://api.githubcopilot.com/models', provider('copilot')],
    ['GET https://copilot-api.contoso.ghe.com/models', provider('copilot', { upstream: TENANT.copilot })],
    ['GET https://generativelanguage.googleapis.com/v1beta/models?pageSize=1000', provider('gemini')],
    ['GET https://aiplatform.googleapis.com/v1beta1/publishers/google/models?pageSize=100', provider('vertex')],
    ['GET https://openrouter.ai/api/v1/models', byok('openai', 'https://openrouter.ai/api/v1')],
    ['GET http://127.0.0.1:8080/models', byok('openai', 'http://127.0.0.1:8080')],
    ['GET https://gw.example/anthropic/v1/models?limit=1000', byok('anthropic', 'https://gw.example/anthropic')],
    ['GET https://res.openai.azure.com/openai/v1/models', byok('azure', 'https://res.openai.azure.com')],
    ['GET https://res.openai.azure.com/openai/v1/models', byok('azure', 'https://res.openai.azure.com/openai')],
    ['GET https://res.openai.azure.com/openai/v1/models', byok('azure', 'https://res.openai.azure.com/openai/v1')],
    ['GET https://apim.example/my/openai/v1/models', byok('azure', 'https://apim.example/my/openai/v1/')],
    ['GET https://apim.example/openai-x/openai/v1/models', byok('azure', 'https://apim.example/openai-x')],
    [
      'GET https://bedrock.eu-west-1.amazonaws.com/foundation-models',
      byok('bedrock', 'https://bedrock-runtime.eu-west-1.amazonaws.com/openai/v1'),
    ],
    ['GET https://vpce.example/foundation-models', byok('bedrock', 'https://vpce.example')],
    ['GET https://gw.example/v1beta/models?pageSize=1000', byok('google', 'https://gw.example')],
  ]
  test.each(cases)('%s', (url, config) => {
    expect(deriveUrl(config)).toBe(url)
  })
})

describe('deriveProbe sends headers', () => {
  const headersOf = (config: ProviderConfig): Record<string, string> => Object.fromEntries(deriveProbe(config).headers)

  test('that name ourselves and never a credential', () => {
    for (const id of ['openai', 'anthropic', 'copilot', 'gemini', 'vertex', 'byok'] as const) {
      const headers = headersOf(provider(id))
      expect(headers['user-agent']).toBe('setup-agent-proxy')
      expect(Object.keys(headers).filter((name) => /auth|key|cookie|token/.test(name))).toEqual([])
    }
  })

  test('with the integration id and API version Copilot wants', () => {
    expect(headersOf(provider('copilot'))).toMatchObject({
      'copilot-integration-id': 'copilot-developer-cli',
      'x-github-api-version': expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
    })
    expect(headersOf(provider('copilot', { integrationId: 'agentic-workflows' }))['copilot-integration-id']).toBe(
      'agentic-workflows',
    )
  })

  test('with the version Anthropic wants, also at a gateway of its dialect', () => {
    expect(headersOf(provider('anthropic'))['anthropic-version']).toBe('2023-06-01')
    expect(headersOf(byok('anthropic', 'https://gw.example'))['anthropic-version']).toBe('2023-06-01')
  })
})

test('deriveProbeKind is the provider itself, and for byok its dialect', () => {
  expect(deriveProbeKind(provider('vertex'))).toBe('vertex')
  expect(deriveProbeKind(byok('azure', 'https://gw.example'))).toBe('azure')
})
