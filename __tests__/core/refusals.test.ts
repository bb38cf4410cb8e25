import { describe, expect, test } from '@jest/globals'
import type { ApiDialect } from '../../src/core/providers/provider.ts'
import { REFUSAL_HEADER, REFUSALS, type RefusalCode, renderRefusal } from '../../src/core/refusals.ts'

const codes = Object.keys(REFUSALS) as RefusalCode[]
const dialects = [
  'openai',
  'azure',
  'anthropic',
  'google',
  'copilot',
  'bedrock',
] as const satisfies readonly ApiDialect[]
const every = codes.flatMap((code) => dialects.map((dialect) => [code, dialect] as const))

const headersOf = (flat: readonly string[]): Record<string, string> =>
  Object.fromEntries(Array.from({ length: flat.length / 2 }, (_, index) => [flat[index * 2], flat[index * 2 + 1]]))

describe('renderRefusal()', () => {
  test.each(every)('%s for %s: labelled, JSON, with its sentence and an error status', (code, dialect) => {
    const { status, headers, body } = renderRefusal(code, dialect)
    expect(headersOf(headers)).toMatchObject({ [REFUSAL_HEADER]: code, 'content-type': 'application/json' })
    expect(status).toBeGreaterThanOrEqual(400)
    expect(JSON.stringify(JSON.parse(body))).toContain(JSON.stringify(REFUSALS[code].sentence).slice(1, -1))
  })

  test.each(every)('%s for %s never asks the client to log in or to slow down', (code, dialect) => {
    expect([401, 407, 429]).not.toContain(renderRefusal(code, dialect).status)
  })

  test.each([
    ['anthropic', { type: 'error', error: { type: 'proxy_path_not_lent', message: expect.any(String) } }],
    ['google', { error: { code: 404, status: 'PROXY_PATH_NOT_LENT', message: expect.any(String) } }],
    [
      'openai',
      { error: { type: 'proxy_error', code: 'proxy_path_not_lent', param: null, message: expect.any(String) } },
    ],
    [
      'copilot',
      { error: { type: 'proxy_error', code: 'proxy_path_not_lent', param: null, message: expect.any(String) } },
    ],
  ] as const)('speaks the envelope of %s', (dialect, envelope) => {
    expect(JSON.parse(renderRefusal('path_not_lent', dialect).body)).toEqual(envelope)
  })

  test('says when to come back, and only then', () => {
    expect(headersOf(renderRefusal('credential_unavailable', 'openai', { retryAfter: 7 }).headers)['retry-after']).toBe(
      '7',
    )
    expect(headersOf(renderRefusal('sidecar_stopping', 'openai').headers)['retry-after']).toBe('1')
    expect(headersOf(renderRefusal('client_token_invalid', 'openai').headers)).not.toHaveProperty('retry-after')
  })

  test('tells SDKs not to retry what cannot change', () => {
    expect(headersOf(renderRefusal('token_limit_reached', 'openai').headers)['x-should-retry']).toBe('false')
    expect(headersOf(renderRefusal('upstream_reset', 'openai').headers)).not.toHaveProperty('x-should-retry')
  })

  test('adds a detail in brackets', () => {
    expect(renderRefusal('upstream_reset', 'openai', { detail: 'host: ECONNRESET' }).body).toContain(
      '(host: ECONNRESET)',
    )
  })
})
