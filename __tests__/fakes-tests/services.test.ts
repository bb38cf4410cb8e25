import { describe, expect, test } from '@jest/globals'
import { request } from 'undici'
import { createAnthropicService } from '../fakes/anthropic-service.ts'
import { createCopilotService } from '../fakes/copilot-service.ts'
import { createFakeProvider } from '../fakes/fake-provider.ts'
import { createGeminiService } from '../fakes/gemini-service.ts'
import { createGitHubService, createTokenIssuer } from '../fakes/github-service.ts'
import { createAzureService } from '../fakes/openai-service.ts'

const conversation = { text: 'done' }

const SERVICES = {
  anthropic: createAnthropicService({ key: 'k', conversation }),
  azure: createAzureService({ key: 'k', deployment: 'd', conversation }),
  gemini: createGeminiService({ key: 'k', conversation }),
  copilot: createCopilotService({ accepts: (token) => token === 'ghs_k', conversation }),
  insisting: createCopilotService({ accepts: () => true, scheme: 'token', conversation }),
  github: createGitHubService({ token: 'ghs_k', copilotApi: 'https://copilot-api.contoso.ghe.com' }),
  ghes: createGitHubService({ token: 'ghs_k', restPrefix: '/api/v3' }),
}

interface Case {
  readonly service: keyof typeof SERVICES
  readonly path: string
  readonly headers?: Record<string, string>
  readonly body?: object
  readonly status: number
  readonly text: string
}

const x = { 'x-api-key': 'k', 'anthropic-version': '2023-06-01' }
const goog = { 'x-goog-api-key': 'k' }
const bearer = { authorization: 'Bearer ghs_k' }
const models = '/v1beta/models/gemini-fake'

const CASES: readonly Case[] = [
  { service: 'anthropic', path: '/v1/models', headers: x, status: 200, text: 'claude-fake' },
  { service: 'anthropic', path: '/v1/messages', headers: x, body: { stream: true }, status: 200, text: 'message_stop' },
  { service: 'anthropic', path: '/v1/models', headers: { 'x-api-key': 'no' }, status: 401, text: 'invalid x-api-key' },
  { service: 'azure', path: '/openai/v1/models', headers: { 'api-key': 'k' }, status: 200, text: 'gpt-fake' },
  {
    service: 'azure',
    path: '/openai/deployments/d/chat/completions',
    headers: { 'api-key': 'k' },
    body: {},
    status: 404,
    text: 'Resource not found',
  },
  {
    service: 'azure',
    path: '/openai/deployments/d/chat/completions?api-version=1',
    headers: { 'api-key': 'k' },
    body: {},
    status: 200,
    text: 'done',
  },
  {
    service: 'azure',
    path: '/openai/v1/models',
    headers: { 'api-key': 'no' },
    status: 401,
    text: 'invalid subscription key',
  },
  { service: 'gemini', path: '/v1beta/models', headers: goog, status: 200, text: 'models/gemini-fake' },
  { service: 'gemini', path: `${models}:generateContent`, headers: goog, body: {}, status: 200, text: '"text":"done"' },
  {
    service: 'gemini',
    path: `${models}:streamGenerateContent?alt=sse`,
    headers: goog,
    body: {},
    status: 200,
    text: 'usageMetadata',
  },
  {
    service: 'gemini',
    path: '/v1beta1/publishers/google/models/g:generateContent',
    headers: goog,
    body: {},
    status: 200,
    text: 'done',
  },
  {
    service: 'gemini',
    path: '/v1beta/models',
    headers: { 'x-goog-api-key': 'no' },
    status: 400,
    text: 'API_KEY_INVALID',
  },
  { service: 'copilot', path: '/models', headers: bearer, status: 200, text: 'supported_endpoints' },
  {
    service: 'copilot',
    path: '/models',
    headers: { authorization: 'Bearer no' },
    status: 401,
    text: 'AuthenticateToken authentication failed',
  },
  {
    service: 'insisting',
    path: '/models',
    headers: bearer,
    status: 400,
    text: 'Authorization header is badly formatted',
  },
  {
    service: 'copilot',
    path: '/v1/messages',
    headers: { ...bearer, 'anthropic-version': '1' },
    body: {},
    status: 200,
    text: 'done',
  },
  {
    service: 'github',
    path: '/copilot_internal/user',
    headers: bearer,
    status: 200,
    text: 'copilot-api.contoso.ghe.com',
  },
  {
    service: 'github',
    path: '/graphql',
    headers: bearer,
    body: { query: '{viewer{copilotEndpoints{api}}}' },
    status: 200,
    text: 'copilotEndpoints',
  },
  {
    service: 'github',
    path: '/copilot_internal/v2/token',
    headers: bearer,
    status: 403,
    text: 'Resource not accessible',
  },
  { service: 'github', path: '/user', headers: { authorization: 'Bearer no' }, status: 401, text: 'Bad credentials' },
  { service: 'ghes', path: '/api/v3/user', headers: bearer, status: 200, text: 'fake-user' },
]

describe('the fake services', () => {
  test.each(CASES)('$service answers $path with $status "$text"', async ({ service, path, status, text, ...rest }) => {
    await using provider = await createFakeProvider({ hosts: { '*': SERVICES[service] } })
    const method = rest.body === undefined ? 'GET' : 'POST'
    const body = rest.body === undefined ? null : JSON.stringify(rest.body)
    const answer = await request(provider.origin + path, { method, headers: rest.headers ?? {}, body })
    expect(await answer.body.text()).toContain(text)
    expect(answer.statusCode).toBe(status)
  })
})

describe('createTokenIssuer()', () => {
  test('accepts a token until it expires, by the clock it is given', () => {
    let now = 1_000_000
    const issuer = createTokenIssuer(60, () => now)
    const { token, expiresAt } = issuer.issue()
    expect(expiresAt).toBe(1060)
    expect(issuer.accepts(token)).toBe(true)
    now = 1_060_000
    expect(issuer.accepts(token)).toBe(false)
  })

  test('accepts nothing it issued before revokeAll', () => {
    const issuer = createTokenIssuer(60)
    const { token } = issuer.issue()
    issuer.revokeAll()
    expect(issuer.accepts(token)).toBe(false)
    expect(issuer.accepts(issuer.issue().token)).toBe(true)
  })
})
