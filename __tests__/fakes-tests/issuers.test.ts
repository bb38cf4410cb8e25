import { createPrivateKey, sign } from 'node:crypto'
import { request } from 'node:https'
import { buffer } from 'node:stream/consumers'
import { describe, expect, test } from '@jest/globals'
import { readStep } from '../../src/core/credentials/read-step.ts'
import { renderTokenRequest } from '../../src/core/credentials/render-token-request.ts'
import type { SourceOutcome } from '../../src/core/credentials/source.ts'
import { deriveFirstStep } from '../../src/core/credentials/token-request.ts'
import type { SourceInputs } from '../../src/core/credentials/token-step.ts'
import type { ProbeAnswer, ProbeRequest } from '../../src/core/probes/probe.ts'
import { createRedactor } from '../../src/core/redact.ts'
import { Secret } from '../../src/core/secret.ts'
import { sharedAuthority } from '../fakes/certificate.ts'
import { json } from '../fakes/exchange.ts'
import { createFakeProvider, type FakeProvider } from '../fakes/fake-provider.ts'
import { renderError as renderStsError } from '../fakes/issuers/aws-sts.ts'
import { renderError as renderEntraError } from '../fakes/issuers/entra.ts'
import { deriveSignature } from '../fakes/issuers/sigv4.ts'
import {
  APP_PEM,
  createIssuerSetup,
  ISSUER_KINDS,
  type IssuerSetup,
  OIDC_TOKEN,
  OIDC_URL,
} from '../support/issuer-hosts.ts'
import { topologyWith } from '../support/sidecar-launch.ts'

const serve = (setup: IssuerSetup): Promise<FakeProvider> => createFakeProvider({ hosts: setup.hosts, tls: true })

/** Sends a request to the fake that answers for its host, with that host's name in SNI and Host. */
async function send(
  provider: FakeProvider,
  { upstream, path, method, headers, body }: ProbeRequest,
): Promise<ProbeAnswer> {
  const options = { host: '127.0.0.1', port: provider.port, servername: upstream.hostname, ca: sharedAuthority().ca }
  const named = { ...Object.fromEntries(headers), host: upstream.hostname }
  const sent = request({ ...options, path: upstream.basePath + path, method, headers: named, agent: false })
  sent.end(body)
  const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
    sent.on('response', resolve)
    sent.on('error', reject)
  })
  const text = (await buffer(response)).toString('utf8')
  const flat = Object.entries(response.headers).map(([name, value]) => [name, String(value)])
  return { kind: 'answer', status: response.statusCode ?? 0, headers: Object.fromEntries(flat), body: text }
}

/** The whole way to a credential, as the worker goes it. */
async function obtain(setup: IssuerSetup, provider: FakeProvider): Promise<SourceOutcome> {
  const redact = createRedactor(setup.secretsSeen().map(({ value }) => value))
  const outcome = await deriveFirstStep(setup.source, renderInputs(setup))
  let reading: Awaited<ReturnType<typeof deriveFirstStep>> | ReturnType<typeof readStep> = outcome
  while (reading.kind === 'step' || reading.kind === 'next') {
    const step = reading.kind === 'step' ? reading : reading.step
    const answer = await send(provider, renderTokenRequest(step.request))
    reading = readStep(step, answer, { receivedAt: Date.now(), redact })
  }
  return reading
}

function renderInputs({ secrets, oidc, secretsSeen }: IssuerSetup): SourceInputs {
  const newest = secretsSeen().findLast(({ name }) => name === 'refresh token')?.value
  const key = createPrivateKey(APP_PEM)
  return {
    topology: topologyWith({}),
    secrets: {
      ...(secrets['oauth-client-secret'] === undefined
        ? {}
        : { clientSecret: new Secret(secrets['oauth-client-secret']) }),
      ...(newest === undefined ? {} : { refreshToken: new Secret(newest) }),
      oidcUrl: new Secret(OIDC_URL),
      oidcToken: new Secret(oidc === undefined ? '' : OIDC_TOKEN),
    },
    sign: (text) => sign('sha256', Buffer.from(text), key).toString('base64url'),
    now: Date.now(),
  }
}

describe.each(ISSUER_KINDS)('the fake issuer %s', (kind) => {
  test('gives a new credential each time it is asked as the source asks, with its life', async () => {
    const setup = createIssuerSetup(kind)
    await using provider = await serve(setup)
    const outcomes = [await obtain(setup, provider), await obtain(setup, provider)]
    expect(outcomes.map((outcome) => outcome.kind)).toEqual(['obtained', 'obtained'])
    expect(new Set(setup.tokens.issued).size).toBe(2)
    expect(setup.tokens.issued.map(setup.tokens.accepts)).toEqual([true, true])
    for (const outcome of outcomes) {
      const life = outcome.kind === 'obtained' ? (outcome.credential.expiresAt ?? 0) - Date.now() : 0
      expect(Math.round(life / 60_000)).toBe(60)
    }
    expect(new Set(setup.oidc.assertions).size).toBe(setup.oidc.assertions.length)
  })

  test('that is broken says so, and gives again once it is mended', async () => {
    const setup = createIssuerSetup(kind)
    await using provider = await serve(setup)
    setup.issuer.set('error')
    expect(await obtain(setup, provider)).toMatchObject({ kind: 'failure', isPermanent: false })
    setup.issuer.set('up')
    expect(await obtain(setup, provider)).toMatchObject({ kind: 'obtained' })
  })
})

describe('fake issuers in their own words', () => {
  test.each([
    [
      'azure',
      renderEntraError(700024, 'invalid_client', 'Client assertion is not within its time.'),
      'entra-assertion-expired',
    ],
    ['azure', renderEntraError(700212, 'invalid_client', 'No matching record.'), 'entra-audience-mismatch'],
    [
      'aws',
      renderStsError('xml', 'AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity'),
      'aws-role-refused',
    ],
    ['aws', renderStsError('json', 'ExpiredTokenException', 'Token expired'), 'aws-identity-expired'],
    ['oauth-refresh', json(400, { error: 'invalid_grant' }), 'oauth-grant-invalid'],
  ] as const)('%s refuses as the dictionary knows it', async (kind, answer, cause) => {
    const setup = createIssuerSetup(kind)
    await using provider = await serve(setup)
    setup.issuer.set(answer)
    expect(await obtain(setup, provider)).toMatchObject({ kind: 'failure', cause })
  })

  test('the refresh token rotates, and the one before is worthless', async () => {
    const setup = createIssuerSetup('oauth-refresh')
    await using provider = await serve(setup)
    const first = await obtain(setup, provider)
    const next = first.kind === 'obtained' ? first.credential.nextRefreshToken?.reveal() : undefined
    expect(next).toBe(setup.secretsSeen().findLast(({ name }) => name === 'refresh token')?.value)
  })

  test('GitHub’s OIDC endpoint knows each assertion again when it is shown twice', async () => {
    const setup = createIssuerSetup('anthropic')
    await using provider = await serve(setup)
    await obtain(setup, provider)
    const [assertion = ''] = setup.oidc.assertions
    expect(setup.oidc.take(assertion, 'https://api.anthropic.com')).toBe('reused')
    expect(setup.oidc.take(`${assertion}x`, 'https://api.anthropic.com')).toBe('unknown')
  })
})

describe('deriveSignature()', () => {
  test('is the one of the example that AWS documents', () => {
    const rawHeaders = [
      ['Content-Type', 'application/x-www-form-urlencoded; charset=utf-8'],
      ['Host', 'iam.amazonaws.com'],
      ['X-Amz-Date', '20150830T123600Z'],
    ].flat()
    const target = '/?Action=ListUsers&Version=2010-05-08'
    const asked = { method: 'GET', target, rawHeaders, body: Buffer.alloc(0), date: '20150830T123600Z' }
    const scope = {
      day: '20150830',
      region: 'us-east-1',
      service: 'iam',
      names: ['content-type', 'host', 'x-amz-date'],
    }
    const signature = deriveSignature(asked, 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', scope)
    expect(signature).toBe('5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7')
  })
})
