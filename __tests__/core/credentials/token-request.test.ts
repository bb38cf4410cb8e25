import { createSign, createVerify, generateKeyPairSync } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, test } from '@jest/globals'
import { AZURE_CLOUDS } from '../../../src/core/credentials/issuers/azure.ts'
import { renderTokenRequest } from '../../../src/core/credentials/render-token-request.ts'
import type { AzureSource, IssuerSource } from '../../../src/core/credentials/source.ts'
import {
  deriveAudience,
  deriveExchangeStep,
  deriveFirstStep,
  type FederatedIssuerSource,
} from '../../../src/core/credentials/token-request.ts'
import type { SourceInputs, TokenStep } from '../../../src/core/credentials/token-step.ts'
import type { ProbeRequest } from '../../../src/core/probes/probe.ts'
import { Secret } from '../../../src/core/secret.ts'
import { renderUpstream } from '../../../src/core/upstream.ts'
import { DOTCOM, SERVER, TENANT } from '../probes/situations.ts'
import { CLIENT_SECRET, firstStep, INPUTS, JWT, NOW, OIDC_TOKEN, REFRESH_TOKEN, SIGNATURE, SOURCES } from './sources.ts'

const ASSERTION = new Secret(JWT)

function exchange(source: FederatedIssuerSource): ProbeRequest {
  const step = deriveExchangeStep(source, ASSERTION)
  if (step.kind === 'failure') throw new Error(step.message)
  return renderTokenRequest(step.request)
}

const urlOf = ({ upstream, path }: ProbeRequest): string => renderUpstream(upstream) + path
const formOf = ({ body }: ProbeRequest): Record<string, string> => Object.fromEntries(new URLSearchParams(body))
const headerOf = ({ headers }: ProbeRequest, name: string): string | undefined =>
  headers.find(([each]) => each === name)?.[1]

describe('deriveFirstStep, oauth', () => {
  test('posts client credentials as a form to the whole token URL', async () => {
    const request = renderTokenRequest((await firstStep(SOURCES.oauth)).request)
    expect(request.method).toBe('POST')
    expect(urlOf(request)).toBe('https://login.corp.example/realms/ai/token')
    expect(headerOf(request, 'content-type')).toBe('application/x-www-form-urlencoded')
    expect(formOf(request)).toEqual({
      grant_type: 'client_credentials',
      client_id: 'agent client',
      client_secret: CLIENT_SECRET,
      scope: 'models.read models.use',
    })
    expect(request.body).toContain('client_secret=client-s3cr3t%2F%2B%26%3D')
  })

  test('posts a refresh token, with the client secret where there is one', async () => {
    const { scope: _, ...source } = SOURCES.oauth
    const full = await firstStep({ ...source, grant: 'refresh_token' })
    expect(formOf(renderTokenRequest(full.request))).toEqual({
      grant_type: 'refresh_token',
      client_id: 'agent client',
      client_secret: CLIENT_SECRET,
      refresh_token: REFRESH_TOKEN,
    })
    const secrets = { refreshToken: new Secret(REFRESH_TOKEN) }
    const publicClient = await firstStep({ ...source, grant: 'refresh_token' }, { ...INPUTS, secrets })
    expect(formOf(renderTokenRequest(publicClient.request))).not.toHaveProperty('client_secret')
  })

  test.each([
    ['client_credentials', 'oauth-client-secret'],
    ['refresh_token', 'oauth-refresh-token'],
  ] as const)('names what is missing for %s', async (grant, missing) => {
    const outcome = await deriveFirstStep({ ...SOURCES.oauth, grant }, { ...INPUTS, secrets: {} })
    expect(outcome).toMatchObject({ kind: 'failure', cause: 'source-secret-missing', isPermanent: true })
    expect(outcome).toMatchObject({ message: expect.stringContaining(missing), fix: expect.stringContaining(missing) })
  })
})

describe('deriveFirstStep, federated sources', () => {
  test.each([
    [SOURCES.azure, 'api://AzureADTokenExchange'],
    [{ ...SOURCES.azure, cloud: 'usgov' }, 'api://AzureADTokenExchangeUSGov'],
    [{ ...SOURCES.azure, cloud: 'china' }, 'api://AzureADTokenExchangeChina'],
    [SOURCES.aws, 'sts.amazonaws.com'],
    [{ ...SOURCES.aws, region: 'us-gov-west-1' }, 'sts.amazonaws.com'],
    [{ ...SOURCES.aws, region: 'cn-north-1' }, 'sts.amazonaws.com.cn'],
    [SOURCES.gcp, `https://iam.googleapis.com/${SOURCES.gcp.workloadIdentityProvider}`],
    [SOURCES.anthropic, 'https://api.anthropic.com'],
    [SOURCES.openai, 'https://api.openai.com/v1'],
  ] as const)('%j asks GitHub for an assertion made out to %s', async (source, audience) => {
    expect(deriveAudience(source)).toBe(audience)
    const step = await firstStep(source)
    const request = renderTokenRequest(step.request)
    expect(step.issuer).toBe('github-oidc')
    expect(request.method).toBe('GET')
    expect(urlOf(request)).toBe(
      `https://run-actions-1.actions.githubusercontent.com/77//idtoken/a/b?api-version=2.0&audience=${encodeURIComponent(audience)}`,
    )
    expect(headerOf(request, 'authorization')).toBe(`bearer ${OIDC_TOKEN}`)
    expect(request.body).toBeUndefined()
  })

  test.each([['oidcUrl'], ['oidcToken']] as const)('say what permission is missing without %s', async (name) => {
    const { [name]: _, ...secrets } = INPUTS.secrets
    const outcome = await deriveFirstStep(SOURCES.anthropic, { ...INPUTS, secrets })
    expect(outcome).toMatchObject({ cause: 'oidc-unavailable', isPermanent: true })
    expect(outcome).toMatchObject({ fix: expect.stringContaining('id-token: write') })
  })

  test('refuse a URL of the runner that is no https URL', async () => {
    const secrets = { ...INPUTS.secrets, oidcUrl: new Secret('http://evil.example/?x') }
    expect(await deriveFirstStep(SOURCES.aws, { ...INPUTS, secrets })).toMatchObject({ cause: 'oidc-url-unusable' })
  })
})

describe('deriveExchangeStep', () => {
  test.each([
    ['public', 'login.microsoftonline.com'],
    ['usgov', 'login.microsoftonline.us'],
    ['china', 'login.partner.microsoftonline.cn'],
  ] as const)('asks Entra of the cloud %s at %s', (cloud, host) => {
    const request = exchange({ ...SOURCES.azure, cloud })
    expect(urlOf(request)).toBe(`https://${host}/11111111-2222-3333-4444-555555555555/oauth2/v2.0/token`)
    expect(formOf(request)).toEqual({
      grant_type: 'client_credentials',
      client_id: SOURCES.azure.clientId,
      scope: 'https://cognitiveservices.azure.com/.default',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: JWT,
    })
  })

  test('keeps a tenant inside its path segment', () => {
    const source: AzureSource = { ...SOURCES.azure, tenantId: '../x?y#z' }
    expect(exchange(source).path).toBe('/..%2Fx%3Fy%23z/oauth2/v2.0/token')
  })

  test('knows the default scope of every Azure cloud', () => {
    expect(Object.values(AZURE_CLOUDS).map((cloud) => cloud.defaultScope)).toEqual([
      'https://cognitiveservices.azure.com/.default',
      'https://cognitiveservices.azure.us/.default',
      'https://cognitiveservices.azure.cn/.default',
    ])
  })

  test.each([
    ['eu-central-1', 'https://sts.eu-central-1.amazonaws.com/'],
    ['cn-northwest-1', 'https://sts.cn-northwest-1.amazonaws.com.cn/'],
  ])('posts to AWS STS of %s with the assertion in the body alone', (region, url) => {
    const request = exchange({ ...SOURCES.aws, region })
    expect(request.method).toBe('POST')
    expect(urlOf(request)).toBe(url)
    expect(formOf(request)).toEqual({
      Action: 'AssumeRoleWithWebIdentity',
      Version: '2011-06-15',
      RoleArn: 'arn:aws:iam::123456789012:role/agent',
      RoleSessionName: 'setup-agent-proxy',
      DurationSeconds: '3600',
      WebIdentityToken: JWT,
    })
    expect(headerOf(request, 'authorization')).toBeUndefined()
  })

  test.each(['eu.evil.example/', 'a b', '', 'EU-1', 'x@y'])('makes no host from the region %j', (region) => {
    expect(deriveExchangeStep({ ...SOURCES.aws, region }, ASSERTION)).toMatchObject({ cause: 'source-unusable' })
  })

  test('exchanges at Google’s STS with the audience that has no scheme', () => {
    const request = exchange(SOURCES.gcp)
    expect(urlOf(request)).toBe('https://sts.googleapis.com/v1/token')
    expect(JSON.parse(request.body ?? '')).toEqual({
      grantType: 'urn:ietf:params:oauth:grant-type:token-exchange',
      audience: `//iam.googleapis.com/${SOURCES.gcp.workloadIdentityProvider}`,
      scope: 'https://www.googleapis.com/auth/cloud-platform',
      requestedTokenType: 'urn:ietf:params:oauth:token-type:access_token',
      subjectTokenType: 'urn:ietf:params:oauth:token-type:jwt',
      subjectToken: JWT,
    })
  })

  test('sends Anthropic both betas, and a workspace only where one is given', () => {
    const request = exchange(SOURCES.anthropic)
    expect(urlOf(request)).toBe('https://api.anthropic.com/v1/oauth/token')
    expect(headerOf(request, 'anthropic-beta')).toBe('oauth-2025-04-20,oidc-federation-2026-04-01')
    const body = {
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: JWT,
      federation_rule_id: 'fdrl_1',
      organization_id: 'org-uuid',
      service_account_id: 'svac_1',
    }
    expect(JSON.parse(request.body ?? '')).toEqual(body)
    const inWorkspace = exchange({ ...SOURCES.anthropic, workspaceId: 'wrkspc_1' })
    expect(JSON.parse(inWorkspace.body ?? '')).toEqual({ ...body, workspace_id: 'wrkspc_1' })
  })

  test('exchanges at OpenAI', () => {
    const request = exchange(SOURCES.openai)
    expect(urlOf(request)).toBe('https://auth.openai.com/oauth/token')
    expect(headerOf(request, 'content-type')).toBe('application/json')
    expect(JSON.parse(request.body ?? '')).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      subject_token: JWT,
      identity_provider_id: 'idp_1',
      service_account_id: 'sa_1',
    })
  })
})

describe('deriveFirstStep, github-app', () => {
  test.each([
    ['github.com', DOTCOM, 'https://api.github.com'],
    ['a tenant', TENANT, 'https://api.contoso.ghe.com'],
    ['the GitHub that holds the licence of a GHES', SERVER, 'https://api.github.com'],
  ])('asks %s for Copilot’s permission alone', async (_name, topology, base) => {
    const request = renderTokenRequest((await firstStep(SOURCES['github-app'], { ...INPUTS, topology })).request)
    expect(urlOf(request)).toBe(`${base}/app/installations/98765/access_tokens`)
    expect(JSON.parse(request.body ?? '')).toEqual({ permissions: { copilot_requests: 'write' } })
    expect(headerOf(request, 'accept')).toBe('application/vnd.github+json')
  })

  test('signs claims that are valid for less than ten minutes, backdated by one', async () => {
    const signed: string[] = []
    const sign = async (input: string): Promise<string> => {
      signed.push(input)
      return SIGNATURE
    }
    const request = renderTokenRequest((await firstStep(SOURCES['github-app'], { ...INPUTS, sign })).request)
    const [header, claims, ...rest] = (signed[0] ?? '')
      .split('.')
      .map((part) => Buffer.from(part, 'base64url').toString())
    expect(rest).toEqual([])
    expect(JSON.parse(header ?? '')).toEqual({ alg: 'RS256', typ: 'JWT' })
    expect(JSON.parse(claims ?? '')).toEqual({ iat: NOW / 1000 - 60, exp: NOW / 1000 + 540, iss: '4711' })
    expect(signed[0]).toMatch(/^[\w.-]+$/)
    expect(headerOf(request, 'authorization')).toBe(`Bearer ${signed[0]}.${SIGNATURE}`)
  })

  test.each<[string, NonNullable<SourceInputs['sign']>]>([
    [
      'throws',
      () => {
        throw new Error('-----BEGIN RSA PRIVATE KEY----- leaked')
      },
    ],
    ['rejects', () => Promise.reject(new Error('-----BEGIN RSA PRIVATE KEY----- leaked'))],
    ['gives nothing', () => ''],
    ['gives base64 with padding', () => `${'A'.repeat(342)}==`],
    ['gives a header of its own', () => `${SIGNATURE}\r\nx-evil: 1`],
  ])('reports a signer that %s without repeating it', async (_name, sign) => {
    const outcome = await deriveFirstStep(SOURCES['github-app'], { ...INPUTS, sign })
    expect(outcome).toMatchObject({ cause: 'github-app-key-unusable', isPermanent: true })
    expect(JSON.stringify(outcome)).not.toMatch(/BEGIN|leaked|evil/)
  })

  test('carries a signature that the public key of the App verifies', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const sign = (text: string): string => createSign('RSA-SHA256').update(text).sign(privateKey, 'base64url')
    const request = renderTokenRequest((await firstStep(SOURCES['github-app'], { ...INPUTS, sign })).request)
    const jwt = headerOf(request, 'authorization')?.replace('Bearer ', '') ?? ''
    const [claims, signature] = [jwt.slice(0, jwt.lastIndexOf('.')), jwt.slice(jwt.lastIndexOf('.') + 1)]
    expect(createVerify('RSA-SHA256').update(claims).verify(publicKey, signature, 'base64url')).toBe(true)
  })

  test('asks for the key where there is no signer', async () => {
    const { sign: _, ...inputs } = INPUTS
    const outcome = await deriveFirstStep(SOURCES['github-app'], inputs)
    expect(outcome).toMatchObject({ cause: 'source-secret-missing', message: expect.stringContaining('private-key') })
  })
})

describe('TokenStep', () => {
  const secrets = [CLIENT_SECRET, REFRESH_TOKEN, OIDC_TOKEN, JWT, SIGNATURE, 'idtoken']

  test.each(Object.values(SOURCES))('of $kind shows no secret before it is rendered', async (source: IssuerSource) => {
    const steps: TokenStep[] = [await firstStep(source)]
    if (source.kind !== 'oauth' && source.kind !== 'github-app') {
      const next = deriveExchangeStep(source, ASSERTION)
      if (next.kind === 'step') steps.push(next)
      expect(steps).toHaveLength(2)
    }
    const shown = JSON.stringify(steps) + inspect(steps, { depth: 20 }) + String(steps)
    expect(secrets.filter((secret) => shown.includes(secret))).toEqual([])
  })
})
