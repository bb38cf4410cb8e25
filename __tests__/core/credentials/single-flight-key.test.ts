import { describe, expect, test } from '@jest/globals'
import { deriveSingleFlightKey } from '../../../src/core/credentials/single-flight-key.ts'
import type { CredentialSource } from '../../../src/core/credentials/source.ts'
import { upstream } from '../probes/situations.ts'
import { SOURCES } from './sources.ts'

const COMMAND = { kind: 'command', argv: ['/usr/bin/az', 'a b'], timeoutMs: 1000, environmentNames: ['A'] } as const
const { scope: _scope, ...WITHOUT_SCOPE } = SOURCES.oauth

/** Sources that give different credentials, however alike they look. */
const DISTINCT: readonly CredentialSource[] = [
  { kind: 'static' },
  { kind: 'none' },
  COMMAND,
  { ...COMMAND, argv: ['/usr/bin/az', 'a', 'b'] },
  { ...COMMAND, argv: ['/usr/bin/az","a b'] },
  { ...COMMAND, environmentNames: ['A', 'B'] },
  { ...COMMAND, environmentNames: ['A,B'] },
  { kind: 'file', path: '/run/token' },
  { kind: 'file', path: '/run/Token' },
  SOURCES.oauth,
  WITHOUT_SCOPE,
  { ...SOURCES.oauth, scope: '' },
  { ...SOURCES.oauth, scope: 'null' },
  { ...SOURCES.oauth, scope: 'models.read' },
  { ...SOURCES.oauth, clientId: 'other' },
  { ...SOURCES.oauth, grant: 'refresh_token' },
  { ...SOURCES.oauth, tokenUrl: upstream('https://login.corp.example/realms/other/token') },
  { ...SOURCES.oauth, tokenUrl: upstream('https://login.corp.example:8443/realms/ai/token') },
  SOURCES.azure,
  { ...SOURCES.azure, tenantId: 'other' },
  { ...SOURCES.azure, clientId: 'other' },
  { ...SOURCES.azure, scope: 'https://ai.azure.com/.default' },
  { ...SOURCES.azure, cloud: 'usgov' },
  SOURCES.aws,
  { ...SOURCES.aws, region: 'us-east-1' },
  { ...SOURCES.aws, roleArn: 'arn:aws:iam::123456789012:role/other' },
  SOURCES.gcp,
  { ...SOURCES.gcp, serviceAccount: 'a@b.iam.gserviceaccount.com' },
  { ...SOURCES.gcp, workloadIdentityProvider: 'projects/1/other' },
  SOURCES.anthropic,
  { ...SOURCES.anthropic, workspaceId: 'wrkspc_1' },
  { ...SOURCES.anthropic, federationRuleId: 'fdrl_2' },
  { ...SOURCES.anthropic, organizationId: 'other' },
  { ...SOURCES.anthropic, serviceAccountId: 'svac_2' },
  SOURCES.openai,
  { ...SOURCES.openai, identityProviderId: 'idp_2' },
  { ...SOURCES.openai, serviceAccountId: 'sa_2' },
  SOURCES['github-app'],
  { ...SOURCES['github-app'], appId: '1' },
  { ...SOURCES['github-app'], installationId: '1' },
]

describe('deriveSingleFlightKey', () => {
  test('tells sources apart that differ in issuer, tenant, client, scope or audience alone', () => {
    const keys = DISTINCT.map((source) => deriveSingleFlightKey('byok', source))
    const doubles = keys.filter((key, index) => keys.indexOf(key) !== index)
    expect(doubles).toEqual([])
  })

  test('tells providers apart', () => {
    expect(deriveSingleFlightKey('openai', SOURCES.azure)).not.toBe(deriveSingleFlightKey('byok', SOURCES.azure))
  })

  test.each(DISTINCT)('is the same for equal sources: %j', (source) => {
    const copy = Object.fromEntries(Object.entries(source).reverse()) as unknown as CredentialSource
    expect(deriveSingleFlightKey('byok', copy)).toBe(deriveSingleFlightKey('byok', source))
  })

  test('does not depend on how long a command may take', () => {
    const patient = { ...COMMAND, timeoutMs: 120_000 }
    expect(deriveSingleFlightKey('byok', patient)).toBe(deriveSingleFlightKey('byok', COMMAND))
  })

  test('holds an audience that is the default and one that is spelled out as the same', () => {
    const spelled = { ...SOURCES.aws, audience: 'sts.amazonaws.com' }
    expect(deriveSingleFlightKey('byok', spelled)).toBe(deriveSingleFlightKey('byok', SOURCES.aws))
  })
})
