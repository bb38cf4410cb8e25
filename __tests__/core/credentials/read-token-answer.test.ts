import { describe, expect, test } from '@jest/globals'
import { SOURCE_CAUSES } from '../../../src/core/credentials/causes/source-causes.ts'
import { ISSUER_CAUSES, ISSUERS } from '../../../src/core/credentials/issuer-cause-table.ts'
import { readStep } from '../../../src/core/credentials/read-step.ts'
import { readTokenAnswer } from '../../../src/core/credentials/read-token-answer.ts'
import type { IssuerSource, SourceFailure } from '../../../src/core/credentials/source.ts'
import type { StepIssuer, TokenStep } from '../../../src/core/credentials/token-step.ts'
import { PROBE_BODY_LIMIT, type ProbeAnswer } from '../../../src/core/probes/probe.ts'
import { answer, upstream } from '../probes/situations.ts'
import { ISSUER_CASES, type IssuerCase } from './issuer-answers.ts'
import { CLIENT_SECRET, JWT, NOW, RECEIPT, SOURCES } from './sources.ts'

const OWNERS: Readonly<Partial<Record<StepIssuer, IssuerSource>>> = {
  'github-oidc': SOURCES.anthropic,
  'gcp-iam': { ...SOURCES.gcp, serviceAccount: 'agent@project.iam.gserviceaccount.com' },
}

function stepOf(issuer: StepIssuer): TokenStep {
  const source = OWNERS[issuer] ?? Object.values(SOURCES).find((each) => each.kind === issuer)
  if (source === undefined) throw new Error(`no source for ${issuer}`)
  const request: TokenStep['request'] = {
    method: 'POST',
    upstream: upstream('https://issuer.example:8443/token'),
    path: '',
    headers: [],
    body: { kind: 'none' },
  }
  return { kind: 'step', issuer, source, request }
}

function fail(issuer: StepIssuer, given: ProbeAnswer): SourceFailure {
  const reading = readStep(stepOf(issuer), given, RECEIPT)
  if (reading.kind !== 'failure') throw new Error(`${issuer} gave ${reading.kind}`)
  return reading
}

const nameOf = ({ issuer, answer: given }: IssuerCase): string =>
  given.kind === 'failure'
    ? `${issuer} ${given.failure}`
    : `${issuer} ${given.status} ${JSON.stringify(given.body.slice(0, 100))}`

describe('readTokenAnswer takes', () => {
  const expiresAt = NOW + 3_600_000

  test.each<[string, StepIssuer, unknown, number | null]>([
    ['an OAuth answer', 'oauth', { access_token: 'tok', expires_in: 3600, token_type: 'Bearer' }, expiresAt],
    [
      'Entra’s answer',
      'azure',
      { token_type: 'bearer', expires_in: '3600', ext_expires_in: 3600, access_token: 'tok' },
      expiresAt,
    ],
    ['expires_at', 'oauth', { access_token: 'tok', expires_at: expiresAt / 1000 }, expiresAt],
    ['expires_at in milliseconds', 'oauth', { access_token: 'tok', expires_at: expiresAt }, expiresAt],
    ['expires_at as ISO 8601', 'oauth', { access_token: 'tok', expires_at: '2026-11-01T13:00:00Z' }, expiresAt],
    ['expires_on as text', 'azure', { access_token: 'tok', expires_on: String(expiresAt / 1000) }, expiresAt],
    ['no expiry', 'openai', { access_token: 'tok' }, null],
    ['more than 30 days', 'oauth', { access_token: 'tok', expires_in: 31_536_000 }, null],
    ['an unreadable expiry', 'oauth', { access_token: 'tok', expires_in: 'soon', expires_at: [] }, null],
    ['60 seconds', 'gcp', { access_token: 'tok', expires_in: 60 }, NOW + 60_000],
    [
      'the token of a service account',
      'gcp-iam',
      { accessToken: 'tok', expireTime: '2026-11-01T13:00:00Z' },
      expiresAt,
    ],
    ['an installation token', 'github-app', { token: 'tok', expires_at: '2026-11-01T13:00:00Z' }, expiresAt],
    ['a token_type of null', 'oauth', { access_token: 'tok', token_type: null }, null],
  ])('%s', (_name, issuer, body, expected) => {
    const outcome = readTokenAnswer(stepOf(issuer), answer(200, body), RECEIPT)
    if (outcome.kind === 'failure') throw new Error(outcome.message)
    const { value } = outcome.credential
    expect(value.kind === 'secret' && value.secret.reveal()).toBe('tok')
    expect(outcome.credential.expiresAt).toBe(expected)
    expect(JSON.stringify(outcome)).not.toContain('tok"')
  })

  test('a token that looks like a secret, which a redactor would have eaten', () => {
    const outcome = readTokenAnswer(
      stepOf('anthropic'),
      answer(200, { access_token: 'sk-ant-oat01-abcdefgh' }),
      RECEIPT,
    )
    expect(outcome.kind === 'obtained' && outcome.credential.value).toMatchObject({ kind: 'secret' })
    const value = outcome.kind === 'obtained' ? outcome.credential.value : undefined
    expect(value?.kind === 'secret' && value.secret.reveal()).toBe('sk-ant-oat01-abcdefgh')
  })

  test('a rotated refresh token, and none where there is none', () => {
    const rotated = readTokenAnswer(stepOf('oauth'), answer(200, { access_token: 'a', refresh_token: 'new' }), RECEIPT)
    expect(rotated.kind === 'obtained' && rotated.credential.nextRefreshToken?.reveal()).toBe('new')
    for (const refresh_token of [undefined, null, '', 'a b', 5, {}]) {
      const kept = readTokenAnswer(stepOf('oauth'), answer(200, { access_token: 'a', refresh_token }), RECEIPT)
      expect(kept.kind === 'obtained' && Object.keys(kept.credential)).toEqual(['value', 'expiresAt'])
    }
  })

  test.each([
    [
      'XML',
      `<a><Credentials><AccessKeyId>ASIAIOSFODNN7EXAMPLE</AccessKeyId><SecretAccessKey>wJalrXUtnFEMI/K7MDENG/bPx</SecretAccessKey><SessionToken>AQoDYXdzEE0a8ANXXXX=</SessionToken><Expiration>2026-11-01T12:15:00Z</Expiration></Credentials></a>`,
    ],
    [
      'JSON with epoch seconds, which as milliseconds would be 1970',
      JSON.stringify({
        AssumeRoleWithWebIdentityResponse: {
          AssumeRoleWithWebIdentityResult: {
            Credentials: {
              AccessKeyId: 'ASIAIOSFODNN7EXAMPLE',
              SecretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPx',
              SessionToken: 'AQoDYXdzEE0a8ANXXXX=',
              Expiration: NOW / 1000 + 900,
            },
          },
        },
      }),
    ],
  ])('AWS keys with a life of 15 minutes from %s', (_name, body) => {
    const outcome = readTokenAnswer(stepOf('aws'), answer(200, body), RECEIPT)
    expect(outcome).toMatchObject({
      kind: 'obtained',
      credential: { value: { kind: 'aws' }, expiresAt: NOW + 900_000 },
    })
  })

  test('an instant of an issuer whose clock is ahead by the difference that its Date header shows', () => {
    const headers = { date: 'Sun, 01 Nov 2026 12:30:00 GMT' }
    const body = { token: 'tok', expires_at: '2026-11-01T13:30:00Z' }
    const outcome = readTokenAnswer(stepOf('github-app'), answer(201, body, headers), RECEIPT)
    expect(outcome).toMatchObject({ credential: { expiresAt: NOW + 3_600_000 } })
  })
})

describe('readTokenAnswer refuses', () => {
  test.each<[string, unknown]>([
    ['a token of another type', { access_token: { a: 1 } }],
    ['an empty token', { access_token: '' }],
    ['a token with a line break', { access_token: 'a\r\nx-evil: 1' }],
    ['a token with a NUL', { access_token: 'a\0b' }],
    ['a token with a space', { access_token: 'a b' }],
    ['a token outside ASCII', { access_token: 'tökén' }],
    ['a token longer than any header', { access_token: 'a'.repeat(20_000) }],
    ['a token that needs a proof of possession', { access_token: 'tok', token_type: 'DPoP' }],
    ['a token_type of another type', { access_token: 'tok', token_type: ['bearer'] }],
    ['a list', [{ access_token: 'tok' }]],
    ['a nested answer', { data: { access_token: 'tok' } }],
    ['JSON in a text', JSON.stringify({ access_token: 'tok' }).replaceAll('"', '\\"')],
    ['an inherited member', '{"__proto__":{"access_token":"tok"}}'],
    ['JSON that was cut', '{"access_token":"tok'],
    ['null', 'null'],
    ['a megabyte of brackets', '['.repeat(PROBE_BODY_LIMIT)],
  ])('%s', (_name, body) => {
    const failure = fail('oauth', answer(200, body))
    expect(failure).toMatchObject({ cause: 'issuer-answer-malformed', isPermanent: false })
    expect(failure.message).not.toMatch(/\btok\b|evil|tök/)
  })

  test.each([0, -1, '0'])('a lifetime of %j as expired', (expires_in) => {
    const failure = fail('azure', answer(200, { access_token: 'tok', expires_in }))
    expect(failure).toMatchObject({ cause: 'token-expired', isPermanent: false })
    expect(failure.message).toContain('Microsoft Entra ID at issuer.example:8443')
  })
})

describe('readStep gives for', () => {
  test.each(ISSUER_CASES.map((each) => [nameOf(each), each] as const))('%s its cause', (_name, each) => {
    const { cause, isPermanent } = fail(each.issuer, each.answer)
    expect({ cause, isPermanent }).toEqual({ cause: each.cause, isPermanent: each.isPermanent })
  })

  test.each(ISSUER_CASES.map((each) => [nameOf(each), each] as const))('%s two whole sentences', (_name, each) => {
    const { message, fix } = fail(each.issuer, each.answer)
    expect(message).toMatch(/^(?!.*\{\w+\})\p{Lu}[^\n\r]{20,420}\.$/u)
    expect(fix).toMatch(/^(?!.*\{\w+\})[^\n\r]{10,420}\.$/)
  })

  test('every code of the dictionary an answer', () => {
    const covered = new Set(ISSUER_CASES.map((each) => each.cause))
    expect(ISSUER_CAUSES.map((row) => row.code).filter((code) => !covered.has(code))).toEqual([])
  })
})

describe('readStep calls a limit or a timeout passing', () => {
  const answers = ISSUER_CASES.flatMap(({ answer: given }) => (given.kind === 'answer' ? [given] : []))
  const issuers = [...new Set(ISSUER_CASES.map(({ issuer }) => issuer))]
  const cases = issuers.flatMap((issuer) => [408, 425, 429].map((status) => [issuer, status] as const))

  test.each(cases)('of %s with %d, whatever the text', (issuer, status) => {
    const readings = answers.map((given) => fail(issuer, { ...given, status }))
    expect(readings.filter(({ isPermanent }) => isPermanent).map(({ message }) => message)).toEqual([])
  })

  test('for every issuer', () => {
    expect([...issuers].sort()).toEqual(Object.keys(ISSUERS).sort())
  })
})

describe('readStep quotes', () => {
  test('the sentence of the issuer without the ids of its support', () => {
    const { message } = fail(
      'azure',
      answer(400, {
        error: 'invalid_scope',
        error_description: 'AADSTS70011: The scope is not valid.\r\nTrace ID: 255d1aef Correlation ID: x',
      }),
    )
    expect(message).toBe(
      'Microsoft Entra ID does not give tokens for this scope (AADSTS70011: The scope is not valid).',
    )
  })

  test('the Message of an XML error', () => {
    const body =
      '<ErrorResponse><Error><Code>AccessDenied</Code><Message>Not authorized here</Message></Error></ErrorResponse>'
    expect(fail('aws', answer(403, body)).message).toBe(
      'The role does not let this job assume it (Not authorized here).',
    )
  })

  test.each([
    ['the assertion', JWT],
    ['a known secret', CLIENT_SECRET],
    ['a known secret as a form spells it', encodeURIComponent(CLIENT_SECRET)],
    ['a token of its own', 'ghs_abcdefghijklmnopqrstuvwxyz0123456789'],
  ])('never %s that the issuer repeats', (_name, secret) => {
    for (const issuer of [
      'oauth',
      'azure',
      'aws',
      'gcp',
      'anthropic',
      'openai',
      'github-app',
      'github-oidc',
    ] as const) {
      const body = { error: 'invalid_client', error_description: `refused ${secret} as such` }
      const shown = JSON.stringify(fail(issuer, answer(400, body)))
      expect(shown).not.toContain(secret)
      expect(shown).not.toContain(secret.slice(2, 20))
    }
  })

  test('a text on one line, so that it begins no workflow command', () => {
    const { message } = fail('oauth', answer(500, 'x\r\n::stop-commands::y\u2028z'))
    expect(message).not.toMatch(/[\r\n\u2028]/)
    expect(message).toContain('x ::stop-commands::y z')
  })

  test('a huge error only in part', () => {
    expect(fail('oauth', answer(500, 'x '.repeat(100_000))).message.length).toBeLessThan(400)
  })

  test('nothing of an answer that may hold a token', () => {
    const failure = fail('oauth', answer(200, { accessToken: 'opaque-value', note: 'welcome' }))
    expect(JSON.stringify(failure)).not.toMatch(/opaque|welcome/)
  })
})

describe('ISSUER_CAUSES', () => {
  test('ends with a row that takes every answer', () => {
    expect(ISSUER_CAUSES.at(-1)?.when).toEqual({})
  })

  test('has patterns without memory between answers', () => {
    const patterns = ISSUER_CAUSES.flatMap(({ when }) => [when.body, when.code].filter((each) => each !== undefined))
    expect(patterns.filter((pattern) => pattern.global || pattern.sticky)).toEqual([])
  })

  test('and the local ones have codes that can be anchors', () => {
    const codes = [...ISSUER_CAUSES, ...Object.values(SOURCE_CAUSES)].map((row) => row.code)
    expect(codes.filter((code) => !/^[a-z0-9]+(-[a-z0-9]+)+$/.test(code))).toEqual([])
  })
})
