import { describe, expect, test } from '@jest/globals'
import { deriveExchangeRequest, EXCHANGE_SCHEME, readExchange } from '../../../src/core/probes/copilot-exchange.ts'
import type { ProbeAnswer } from '../../../src/core/probes/probe.ts'
import { createRedactor } from '../../../src/core/redact.ts'
import { renderUpstream } from '../../../src/core/upstream.ts'
import { answer, DOTCOM, provider, SERVER, TENANT } from './situations.ts'

const CONTEXT = { provider: provider('copilot'), tokenKind: 'oauth', topology: DOTCOM } as const
const TOKEN = 'tid=0123;exp=1900000000;sku=copilot_enterprise;proxy-ep=proxy.enterprise.githubcopilot.com:abcdef'
const GOOD = {
  token: TOKEN,
  expires_at: 1_900_000_000,
  refresh_in: 1500,
  endpoints: { api: 'https://api.enterprise.githubcopilot.com' },
}

const read = (given: ProbeAnswer) => readExchange(CONTEXT, given, (text) => text)

describe('deriveExchangeRequest', () => {
  test.each([
    ['github.com', DOTCOM, 'https://api.github.com/copilot_internal/v2/token'],
    ['a tenant', TENANT, 'https://api.contoso.ghe.com/copilot_internal/v2/token'],
    ['the licence host of a GHES', SERVER, 'https://api.github.com/copilot_internal/v2/token'],
  ])('asks %s', (_name, topology, url) => {
    const request = deriveExchangeRequest(topology)
    expect(`${renderUpstream(request.upstream)}${request.path}`).toBe(url)
    expect(request.method).toBe('GET')
    expect(EXCHANGE_SCHEME).toBe('token')
  })
})

describe('readExchange takes', () => {
  test('a token as a Secret, its expiry in milliseconds, and the host that goes with it', () => {
    const exchange = read(answer(200, GOOD))
    if (exchange.kind !== 'token') throw new Error(`no token: ${exchange.message}`)
    expect(exchange.token.reveal()).toBe(TOKEN)
    expect(exchange).toMatchObject({ expiresAtMs: 1_900_000_000_000, refreshInMs: 1_500_000 })
    expect(exchange.upstream?.hostname).toBe('api.enterprise.githubcopilot.com')
    expect(JSON.stringify(exchange)).not.toContain('tid=')
  })

  test('an expiry in milliseconds as such', () => {
    expect(read(answer(200, { ...GOOD, expires_at: 1_900_000_000_000 }))).toMatchObject({
      expiresAtMs: 1_900_000_000_000,
    })
  })

  test('a token without host or renewal time', () => {
    const exchange = read(answer(200, { token: TOKEN, expires_at: 1_900_000_000 }))
    expect(exchange).toMatchObject({ kind: 'token' })
    expect(Object.keys(exchange)).toEqual(['kind', 'token', 'expiresAtMs'])
  })

  test('the token but not a host of somebody else', () => {
    const exchange = read(answer(200, { ...GOOD, endpoints: { api: 'https://evil.example' } }))
    expect(exchange).toMatchObject({ kind: 'token', endpointRefused: 'evil.example is not under githubcopilot.com' })
    expect(exchange).not.toHaveProperty('upstream')
  })
})

describe('readExchange gives the cause for', () => {
  test.each([
    [
      'a token that may not be exchanged',
      answer(403, { message: 'Resource not accessible by personal access token' }),
      'exchange-not-allowed',
      'inconclusive',
    ],
    [
      'an integration',
      answer(403, { message: 'Resource not accessible by integration' }),
      'exchange-not-allowed',
      'inconclusive',
    ],
    ['a host without the endpoint', answer(404, { message: 'Not Found' }), 'exchange-not-allowed', 'inconclusive'],
    ['a dead token', answer(401, { message: 'Bad credentials' }), 'copilot-bad-credentials', 'rejected'],
    [
      'an account without a seat',
      answer(403, { message: 'no', error_details: { notification_id: 'copilot_license_required' } }),
      'copilot-no-seat',
      'rejected',
    ],
    [
      'single sign-on',
      answer(403, { message: 'Resource protected by organization SAML enforcement.' }),
      'github-sso-required',
      'rejected',
    ],
    ['an answer without token', answer(200, { expires_at: 1 }), 'exchange-malformed', 'inconclusive'],
    ['an expiry that is none', answer(200, { token: TOKEN, expires_at: 'soon' }), 'exchange-malformed', 'inconclusive'],
    ['a negative expiry', answer(200, { token: TOKEN, expires_at: -1 }), 'exchange-malformed', 'inconclusive'],
    ['a token with a line break', answer(200, { ...GOOD, token: 'a\r\nx: y' }), 'exchange-malformed', 'inconclusive'],
    ['a token that is no text', answer(200, { ...GOOD, token: { a: 1 } }), 'exchange-malformed', 'inconclusive'],
    ['a login page', answer(200, '<html><title>Sign in</title>'), 'captive-portal', 'inconclusive'],
    ['an overloaded host', answer(502, 'bad gateway'), 'upstream-error', 'inconclusive'],
    ['no answer', { kind: 'failure', failure: 'dns', code: 'ENOTFOUND' } as const, 'dns', 'inconclusive'],
  ])('%s', (_name, given, cause, verdict) => {
    const exchange = read(given)
    expect(exchange).toMatchObject({ kind: 'cause', cause, verdict })
    expect(exchange.kind === 'cause' && exchange.message).toContain('api.github.com')
  })

  test('a text that quotes a known secret, which is not quoted', () => {
    const secret = 'house plant seven'
    const given = answer(418, `The token ${secret} is no teapot`)
    expect(JSON.stringify(read(given))).toContain(secret)
    expect(JSON.stringify(readExchange(CONTEXT, given, createRedactor([secret])))).not.toContain(secret)
  })

  test('a model listing, which is no token', () => {
    expect(read(answer(200, { data: [{ id: 'x' }] }))).toMatchObject({
      kind: 'cause',
      verdict: 'inconclusive',
    })
  })
})
