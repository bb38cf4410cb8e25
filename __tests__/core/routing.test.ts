import { describe, expect, test } from '@jest/globals'
import type { ApiDialect, ProviderId } from '../../src/core/providers/provider.ts'
import { PROVIDERS } from '../../src/core/providers/table.ts'
import { decideRoute, type RouteRequest } from '../../src/core/routing.ts'
import { parseUpstream, type Upstream } from '../../src/core/upstream.ts'

function request(id: ProviderId, target: string, extra: Partial<RouteRequest> = {}): RouteRequest {
  const upstream = parseUpstream('https://upstream.example') as Upstream
  const provider = { id, dialect: PROVIDERS[id].dialect as ApiDialect, upstream, allowMcp: false }
  return { provider, routing: 'inject', method: 'POST', target, ...extra }
}

function azure(base: string, target: string): RouteRequest {
  const upstream = parseUpstream(`https://x.openai.azure.com${base}`) as Upstream
  return request('byok', target, { provider: { id: 'byok', dialect: 'azure', upstream, allowMcp: false } })
}

function bedrock(target: string): RouteRequest {
  const upstream = parseUpstream('https://bedrock-runtime.us-east-1.amazonaws.com') as Upstream
  return request('byok', target, { provider: { id: 'byok', dialect: 'bedrock', upstream, allowMcp: false } })
}

const PROFILE = '/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Ainference-profile'

describe('decideRoute()', () => {
  test.each<[ProviderId, string, string]>([
    ['openai', '/v1/responses', '/responses'],
    ['openai', '/v1/responses?stream=1', '/responses?stream=1'],
    ['openai', '/v1', '/'],
    ['openai', '/v10/responses', '/v10/responses'],
    ['openai', '/responses', '/responses'],
    ['anthropic', '/v1/messages?beta=true', '/v1/messages?beta=true'],
    ['gemini', '/v1beta/models/m:generateContent', '/v1beta/models/m:generateContent'],
    ['byok', '/chat/completions', '/chat/completions'],
    ['byok', '//chat/completions', '/chat/completions'],
  ])('%s: %s goes to %s behind the upstream’s base path', (id, target, path) => {
    expect(decideRoute(request(id, target))).toEqual({ kind: 'forward', to: 'api', path })
  })

  test.each([
    ['', '/openai/v1/chat/completions', '/openai/v1/chat/completions'],
    ['/openai', '/openai/v1/responses', '/v1/responses'],
    ['/openai/v1', '/openai/v1/responses', '/responses'],
    ['/openai/v1', '/responses', '/responses'],
    ['/api/projects/p', '/openai/v1/responses', '/openai/v1/responses'],
  ])('azure with the base %j: %s is not doubled', (base, target, path) => {
    expect(decideRoute(azure(base, target))).toEqual({ kind: 'forward', to: 'api', path })
  })

  test.each([
    `${PROFILE}%2Fus.anthropic.claude-v1%3A0/converse`,
    '/model/arn:aws:bedrock:us-east-1:1:imported-model%2fabc/invoke',
    '/model/anthropic.claude-v1%3A0/converse-stream?x=1',
  ])('bedrock: %s goes as it is, also with the slash that the SDKs encode in an ARN', (target) => {
    expect(decideRoute(bedrock(target))).toEqual({ kind: 'forward', to: 'api', path: target })
  })

  test.each([
    `${PROFILE}%2F..%2F..%2Fguardrails`,
    `${PROFILE}%2f%2e%2e/x`,
    '/model/a%2Fb/converse',
    '/guardrail/arn%3Aaws%2Fx',
  ])('bedrock: %s is refused', (target) => {
    expect(decideRoute(bedrock(target))).toEqual({ kind: 'refuse', code: 'bad_request_target' })
  })

  test.each([
    'http://evil.example/v1',
    '*',
    'example.com:443',
    '',
    '/v1/../admin',
    '/v1/%2e%2e/admin',
    '/a%2fb',
    '/a\\b',
    '/%00',
  ])('the target %j is refused', (target) => {
    expect(decideRoute(request('openai', target))).toEqual({ kind: 'refuse', code: 'bad_request_target' })
  })

  test.each([
    ['GET', '/models', 'api'],
    ['POST', '/chat/completions', 'api'],
    ['GET', '/responses', 'api'],
    ['POST', '/v1/messages', 'api'],
    ['GET', '/copilot_internal/user', 'rest'],
    ['GET', '/copilot/mcp_registry', 'rest'],
  ])('copilot lends its credential for %s %s', (method, target, to) => {
    expect(decideRoute(request('copilot', target, { method }))).toEqual({ kind: 'forward', to, path: target })
  })

  test.each([
    ['GET', '/user', 'path_not_lent'],
    ['POST', '/graphql', 'path_not_lent'],
    ['GET', '/repos/a/b', 'path_not_lent'],
    ['GET', '/copilot_internal/v2/token', 'path_not_lent'],
    ['DELETE', '/models', 'path_not_lent'],
    ['POST', '/mcp/readonly', 'mcp_not_lent'],
    ['POST', '/agents/sessions', 'mcp_not_lent'],
  ])('copilot does not lend it for %s %s', (method, target, code) => {
    expect(decideRoute(request('copilot', target, { method }))).toEqual({ kind: 'refuse', code })
  })

  test('copilot-mcp: allow and passthrough open what they are for', () => {
    const open = { ...request('copilot', '/mcp/readonly').provider, allowMcp: true }
    expect(decideRoute(request('copilot', '/mcp/readonly', { provider: open }))).toMatchObject({ kind: 'forward' })
    expect(decideRoute(request('copilot', '/user', { routing: 'passthrough' }))).toMatchObject({ kind: 'forward' })
  })
})
