import { describe, expect, test } from '@jest/globals'
import { decideRefresh, REFRESH_BODY_LIMIT, type UpstreamAnswer } from '../../../src/core/credentials/decide-refresh.ts'
import {
  DEFAULT_REFRESH_POLICY,
  deriveRefreshRules,
  type RefreshRule,
} from '../../../src/core/credentials/refresh-rule.ts'

const RULES: readonly RefreshRule[] = [{ status: 401 }, { status: 403 }, { status: 400, text: 'ExpiredToken' }]
const EXPIRED = '{"__type":"com.amazon.coral#ExpiredTokenException","message":"The security token is expired"}'

const upstream = (status: number, body?: string, headers: UpstreamAnswer['headers'] = {}): UpstreamAnswer =>
  body === undefined ? { status, headers } : { status, headers, body }

describe('decideRefresh', () => {
  test.each<[string, UpstreamAnswer, ReturnType<typeof decideRefresh>]>([
    ['a status that says it alone', upstream(401), 'refresh'],
    ['the same, whatever its body', upstream(403, 'policy'), 'refresh'],
    ['success', upstream(200, EXPIRED), 'pass'],
    ['an error that is not listed', upstream(429, EXPIRED), 'pass'],
    ['a server error', upstream(500), 'pass'],
    ['a status that needs a text, before its body', upstream(400), 'read-body'],
    ['the text in the body', upstream(400, EXPIRED), 'refresh'],
    ['another text in the body', upstream(400, '{"message":"Malformed input request"}'), 'pass'],
    ['an empty body', upstream(400, ''), 'pass'],
    ['another spelling', upstream(400, 'expiredtoken'), 'pass'],
    [
      'the text in the header of AWS',
      upstream(400, undefined, { 'x-amzn-errortype': 'ExpiredTokenException:http://x/' }),
      'refresh',
    ],
    [
      'another error in the header of AWS',
      upstream(400, undefined, { 'x-amzn-errortype': 'ValidationException' }),
      'read-body',
    ],
    [
      'the text in a list of challenges',
      upstream(400, undefined, { 'www-authenticate': ['Basic', 'Bearer error="ExpiredToken"'] }),
      'refresh',
    ],
    ['the text in an unrelated header', upstream(400, undefined, { 'x-request-id': 'ExpiredToken' }), 'read-body'],
    ['the text behind what is looked at', upstream(400, ' '.repeat(REFRESH_BODY_LIMIT) + EXPIRED), 'pass'],
  ])('%s', (_name, given, expected) => {
    expect(decideRefresh(given, RULES)).toBe(expected)
  })

  test('by default 401 alone', () => {
    const { onStatus } = DEFAULT_REFRESH_POLICY
    expect([400, 401, 403, 407].map((status) => decideRefresh(upstream(status), onStatus))).toEqual([
      'pass',
      'refresh',
      'pass',
      'pass',
    ])
  })

  test('without rules never', () => {
    expect(decideRefresh(upstream(401, EXPIRED), [])).toBe('pass')
  })

  test('a status both alone and with a text does not wait for the body', () => {
    expect(decideRefresh(upstream(403), [{ status: 403, text: 'x' }, { status: 403 }])).toBe('refresh')
  })

  test('any of several texts', () => {
    const rules = [
      { status: 400, text: 'ExpiredToken' },
      { status: 400, text: 'token_expired' },
    ]
    expect(decideRefresh(upstream(400, 'code: token_expired'), rules)).toBe('refresh')
  })
})

describe('deriveRefreshRules()', () => {
  test('knows the spelling of AWS for an ended session at Bedrock, whatever is configured', () => {
    const rules = deriveRefreshRules([{ status: 401 }], 'bedrock')
    const answer = (status: number, errorType: string) => ({ status, headers: { 'x-amzn-errortype': errorType } })
    expect(decideRefresh(answer(403, 'ExpiredTokenException'), rules)).toBe('refresh')
    expect(decideRefresh(answer(400, 'ExpiredToken'), rules)).toBe('refresh')
    expect(decideRefresh({ ...answer(403, 'AccessDeniedException'), body: '{}' }, rules)).toBe('pass')
  })

  test('are those that are configured everywhere else', () => {
    const configured = [{ status: 419 }]
    expect(deriveRefreshRules(configured, 'openai')).toBe(configured)
  })
})
