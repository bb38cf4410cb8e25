import { describe, expect, test } from '@jest/globals'
import { deriveDiscoveryRequests, readDiscovery } from '../../../src/core/probes/copilot-discovery.ts'
import type { Topology } from '../../../src/core/topology/topology.ts'
import { renderUpstream } from '../../../src/core/upstream.ts'
import { answer, DOTCOM, host, SERVER, TENANT } from './situations.ts'

function urlsOf(topology: Topology, kind: Parameters<typeof deriveDiscoveryRequests>[1] = 'fine-grained'): string[] {
  return deriveDiscoveryRequests(topology, kind).map(
    (each) => `${each.method} ${renderUpstream(each.upstream)}${each.path}`,
  )
}

describe('deriveDiscoveryRequests asks', () => {
  test.each([
    ['github.com', DOTCOM, ['POST https://api.github.com/graphql', 'GET https://api.github.com/copilot_internal/user']],
    [
      'the tenant itself',
      TENANT,
      ['POST https://api.contoso.ghe.com/graphql', 'GET https://api.contoso.ghe.com/copilot_internal/user'],
    ],
    [
      'the licence host of a GHES',
      SERVER,
      ['POST https://api.github.com/graphql', 'GET https://api.github.com/copilot_internal/user'],
    ],
    [
      'a tenant that licences a GHES',
      { ...SERVER, copilotGhHost: host('contoso.ghe.com') },
      ['POST https://api.contoso.ghe.com/graphql', 'GET https://api.contoso.ghe.com/copilot_internal/user'],
    ],
  ])('%s', (_name, topology, urls) => {
    expect(urlsOf(topology)).toEqual(urls)
  })

  test('a GHES without a licence host at its own addresses', () => {
    const { copilotGhHost: _none, ...alone } = SERVER
    expect(urlsOf(alone)).toEqual([
      'POST https://ghes.corp.example/api/graphql',
      'GET https://ghes.corp.example/api/v3/copilot_internal/user',
    ])
  })

  test('nobody for an installation token, which has no viewer', () => {
    expect(urlsOf(TENANT, 'installation')).toEqual([])
  })

  test('with a query for the endpoint alone', () => {
    const [graphql] = deriveDiscoveryRequests(DOTCOM, 'oauth')
    expect(JSON.parse(graphql?.body ?? '')).toEqual({ query: '{viewer{copilotEndpoints{api}}}' })
  })
})

const graphql = (api: unknown): unknown => ({ data: { viewer: { copilotEndpoints: { api } } } })

describe('readDiscovery finds', () => {
  test.each([
    [
      'the GraphQL answer',
      DOTCOM,
      graphql('https://api.business.githubcopilot.com'),
      'https://api.business.githubcopilot.com',
    ],
    [
      'the REST answer',
      DOTCOM,
      { login: 'x', endpoints: { api: 'https://api.enterprise.githubcopilot.com' } },
      'https://api.enterprise.githubcopilot.com',
    ],
    ['a trailing slash', DOTCOM, graphql('https://api.githubcopilot.com/'), 'https://api.githubcopilot.com'],
    ['the suffix itself', DOTCOM, graphql('https://githubcopilot.com'), 'https://githubcopilot.com'],
    ['a tenant', TENANT, graphql('https://copilot-api.contoso.ghe.com'), 'https://copilot-api.contoso.ghe.com'],
    ['capital letters', TENANT, graphql('https://Copilot-API.Contoso.GHE.com'), 'https://copilot-api.contoso.ghe.com'],
  ])('%s', (_name, topology, body, url) => {
    const found = readDiscovery(answer(200, body), topology)
    expect(found.kind === 'found' ? renderUpstream(found.upstream) : found).toBe(url)
  })
})

describe('readDiscovery refuses', () => {
  test.each([
    'https://evil.example',
    'https://evilgithubcopilot.com',
    'https://githubcopilot.com.evil.example',
    'https://api.githubcopilot.com.evil.example',
    'https://api.githubcopilot.com@evil.example',
    'http://api.githubcopilot.com',
    'https://api.githubcopilot.com:8443',
    'https://api.githubcopilot.com/path',
    'https://api.githubcopilot.com/?x=1',
    'https://api.githubcopilot.com/#x',
    'https://copilot-api.contoso.ghe.com',
    'https://127.0.0.1',
    'https://169.254.169.254',
    'api.githubcopilot.com',
    'javascript:alert(1)',
    'https://api.githubcopilot.com\\@evil.example',
    'https://api.githubcopilot.com\u0000.evil.example',
    `https://${'a.'.repeat(200)}githubcopilot.com`,
  ])('%s', (url) => {
    const discovery = readDiscovery(answer(200, graphql(url)), DOTCOM)
    expect(discovery).toMatchObject({ kind: 'refused', reason: expect.stringMatching(/^[\x20-\x7e]+$/) })
  })

  test('the hosts of github.com for a tenant', () => {
    expect(readDiscovery(answer(200, graphql('https://api.githubcopilot.com')), TENANT)).toMatchObject({
      kind: 'refused',
      reason: 'api.githubcopilot.com is not under contoso.ghe.com',
    })
  })
})

describe('readDiscovery finds nothing in', () => {
  test.each([
    ['a refusal', answer(401, { message: 'Bad credentials' })],
    ['a redirect', answer(302, '', { location: 'https://evil.example' })],
    ['GraphQL errors', answer(200, { errors: [{ message: 'no' }], data: null })],
    ['null endpoints', answer(200, { endpoints: null })],
    ['an empty endpoint', answer(200, graphql(''))],
    ['a number', answer(200, graphql(42))],
    ['a login page', answer(200, '<html>Sign in</html>')],
    [
      'an inherited member',
      answer(200, '{"data":{"__proto__":{"viewer":{"copilotEndpoints":{"api":"https://api.githubcopilot.com"}}}}}'),
    ],
    ['no answer', { kind: 'failure', failure: 'dns', code: 'ENOTFOUND' } as const],
  ])('%s', (_name, given) => {
    expect(readDiscovery(given, DOTCOM)).toMatchObject({ kind: 'nothing', reason: expect.stringMatching(/\w/) })
  })
})
