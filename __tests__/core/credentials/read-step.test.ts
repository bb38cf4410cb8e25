import { describe, expect, test } from '@jest/globals'
import { readStep } from '../../../src/core/credentials/read-step.ts'
import { renderTokenRequest } from '../../../src/core/credentials/render-token-request.ts'
import type { IssuerSource } from '../../../src/core/credentials/source.ts'
import type { StepReading, TokenStep } from '../../../src/core/credentials/token-step.ts'
import { renderUpstream } from '../../../src/core/upstream.ts'
import { answer } from '../probes/situations.ts'
import { firstStep, JWT, NOW, RECEIPT, SOURCES } from './sources.ts'

function next(reading: StepReading): TokenStep {
  if (reading.kind !== 'next') throw new Error(`no next step: ${JSON.stringify(reading)}`)
  return reading.step
}

const urlOf = (step: TokenStep): string => {
  const request = renderTokenRequest(step.request)
  return renderUpstream(request.upstream) + request.path
}

async function exchangeStep(source: IssuerSource): Promise<TokenStep> {
  return next(readStep(await firstStep(source), answer(200, { value: JWT }), RECEIPT))
}

describe('readStep', () => {
  test.each([
    [SOURCES.azure, /^https:\/\/login\.microsoftonline\.com\//],
    [SOURCES.aws, /^https:\/\/sts\.eu-central-1\.amazonaws\.com\/$/],
    [SOURCES.gcp, /^https:\/\/sts\.googleapis\.com\//],
    [SOURCES.anthropic, /^https:\/\/api\.anthropic\.com\//],
    [SOURCES.openai, /^https:\/\/auth\.openai\.com\//],
  ] as const)('carries the assertion of GitHub to the issuer of %j', async (source, url) => {
    const step = await exchangeStep(source)
    expect(step.issuer).toBe(source.kind)
    expect(urlOf(step)).toMatch(url)
    expect(renderTokenRequest(step.request).body).toContain(JWT)
    expect(JSON.stringify(step)).not.toContain(JWT)
  })

  test('ends with the credential of the issuer', async () => {
    const step = await exchangeStep(SOURCES.openai)
    const reading = readStep(step, answer(200, { access_token: 'tok', expires_in: 3600 }), RECEIPT)
    expect(reading).toMatchObject({ kind: 'obtained', credential: { expiresAt: NOW + 3_600_000 } })
  })

  test('ends when GitHub gives no assertion, and names the permission', async () => {
    const reading = readStep(await firstStep(SOURCES.aws), answer(403, 'no'), RECEIPT)
    expect(reading).toMatchObject({ kind: 'failure', cause: 'oidc-refused', isPermanent: true })
    expect(reading).toMatchObject({ fix: expect.stringContaining('id-token: write') })
  })

  test('ends when the region makes no host', async () => {
    const step = await firstStep({ ...SOURCES.aws, region: 'a/b' })
    expect(readStep(step, answer(200, { value: JWT }), RECEIPT)).toMatchObject({ cause: 'source-unusable' })
  })

  test('asks with Google’s federated token for that of the service account, where one is given', async () => {
    const serviceAccount = 'agent@project.iam.gserviceaccount.com'
    const sts = await exchangeStep({ ...SOURCES.gcp, serviceAccount })
    const iam = next(readStep(sts, answer(200, { access_token: 'ya29.federated', expires_in: 300 }), RECEIPT))
    const request = renderTokenRequest(iam.request)
    expect(iam.issuer).toBe('gcp-iam')
    expect(urlOf(iam)).toBe(
      'https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/agent%40project.iam.gserviceaccount.com:generateAccessToken',
    )
    expect(request.headers).toContainEqual(['authorization', 'Bearer ya29.federated'])
    expect(JSON.parse(request.body ?? '')).toEqual({
      scope: ['https://www.googleapis.com/auth/cloud-platform'],
      lifetime: '3600s',
    })
    const body = { accessToken: 'ya29.account', expireTime: '2026-11-01T13:00:00Z' }
    expect(readStep(iam, answer(200, body), RECEIPT)).toMatchObject({
      kind: 'obtained',
      credential: { expiresAt: NOW + 3_600_000 },
    })
  })

  test('uses Google’s federated token itself without a service account', async () => {
    const reading = readStep(
      await exchangeStep(SOURCES.gcp),
      answer(200, { access_token: 'a', expires_in: 299 }),
      RECEIPT,
    )
    expect(reading).toMatchObject({ kind: 'obtained', credential: { expiresAt: NOW + 299_000 } })
  })

  test('does not go on to the service account after a refusal', async () => {
    const sts = await exchangeStep({ ...SOURCES.gcp, serviceAccount: 'a@b.iam.gserviceaccount.com' })
    const reading = readStep(sts, answer(400, { error: 'invalid_target' }), RECEIPT)
    expect(reading).toMatchObject({ kind: 'failure', cause: 'gcp-provider-unknown' })
  })
})
