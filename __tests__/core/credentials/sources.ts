import type { IssuerSource } from '../../../src/core/credentials/source.ts'
import { deriveFirstStep } from '../../../src/core/credentials/token-request.ts'
import type { AnswerReceipt, SourceInputs, TokenStep } from '../../../src/core/credentials/token-step.ts'
import { createRedactor } from '../../../src/core/redact.ts'
import { Secret } from '../../../src/core/secret.ts'
import { DOTCOM, upstream } from '../probes/situations.ts'

/** Sources of every kind, and what they are asked with. */
export const NOW = Date.parse('2026-11-01T12:00:00Z')
export const JWT = 'eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJ4IiwianRpIjoiMSJ9.c2lnbmF0dXJl'
export const SIGNATURE = 'c2ln'.repeat(86)
export const CLIENT_SECRET = 'client-s3cr3t/+&='
export const REFRESH_TOKEN = 'refresh-t0k3n-1'
export const OIDC_TOKEN = 'runner-0idc-t0ken'

export const SOURCES = {
  oauth: {
    kind: 'oauth',
    tokenUrl: upstream('https://login.corp.example/realms/ai/token'),
    clientId: 'agent client',
    grant: 'client_credentials',
    scope: 'models.read models.use',
  },
  azure: {
    kind: 'azure',
    tenantId: '11111111-2222-3333-4444-555555555555',
    clientId: '66666666-7777-8888-9999-000000000000',
    scope: 'https://cognitiveservices.azure.com/.default',
    cloud: 'public',
  },
  aws: { kind: 'aws', roleArn: 'arn:aws:iam::123456789012:role/agent', region: 'eu-central-1' },
  gcp: {
    kind: 'gcp',
    workloadIdentityProvider: 'projects/12345/locations/global/workloadIdentityPools/pool/providers/github',
  },
  anthropic: { kind: 'anthropic', federationRuleId: 'fdrl_1', organizationId: 'org-uuid', serviceAccountId: 'svac_1' },
  openai: { kind: 'openai', identityProviderId: 'idp_1', serviceAccountId: 'sa_1' },
  'github-app': { kind: 'github-app', appId: '4711', installationId: '98765' },
} as const satisfies { readonly [Kind in IssuerSource['kind']]: IssuerSource }

export const INPUTS: SourceInputs = {
  topology: DOTCOM,
  secrets: {
    clientSecret: new Secret(CLIENT_SECRET),
    refreshToken: new Secret(REFRESH_TOKEN),
    oidcUrl: new Secret('https://run-actions-1.actions.githubusercontent.com/77//idtoken/a/b?api-version=2.0'),
    oidcToken: new Secret(OIDC_TOKEN),
  },
  sign: () => SIGNATURE,
  now: NOW,
}

export const RECEIPT: AnswerReceipt = { receivedAt: NOW, redact: createRedactor([CLIENT_SECRET, REFRESH_TOKEN]) }

/** The first step of a source that has one. */
export async function firstStep(source: IssuerSource, inputs: SourceInputs = INPUTS): Promise<TokenStep> {
  const step = await deriveFirstStep(source, inputs)
  if (step.kind === 'failure') throw new Error(`no step: ${step.message}`)
  return step
}
