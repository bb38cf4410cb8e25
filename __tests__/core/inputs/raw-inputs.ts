import type { Fault } from '../../../src/core/fault.ts'
import type { Inputs } from '../../../src/core/inputs/inputs.ts'
import { parseInputs } from '../../../src/core/inputs/parse-inputs.ts'

/** Shapes of real secrets; none of them was ever issued. */
export const KEYS = {
  openai: 'sk-proj-Q7zR4mXw2LpT9vKd6sNhY3bFgC8jE1aU',
  anthropic: 'sk-ant-api03-Q7zR4mXw2LpT9vKd6sNhY3bFgC8jE1aU',
  google: 'AIzaQ7zR4mXw2LpT9vKd6sNhY3bFgC8jE1aU',
  fineGrained: 'github_pat_Q7zR4mXw2LpT9vKd6sNhY3bFgC8jE1aU',
  installation: 'ghs_Q7zR4mXw2LpT9vKd6sNhY3bFgC8jE1aU',
  oauth: 'gho_Q7zR4mXw2LpT9vKd6sNhY3bFgC8jE1aU',
} as const

export type RawInputs = Readonly<Record<string, string>>

const DOTCOM: RawInputs = { 'github-server-url': 'https://github.com', 'github-api-url': 'https://api.github.com' }

const RUNNER = new Map(Object.entries(DOTCOM))

/** Not a key of anybody's: the letters of this word in base64, over and over. */
export const PEM = [
  '-----BEGIN RSA PRIVATE KEY-----',
  ...Array.from({ length: 4 }, () => 'bm90YWtleQ'.repeat(6)),
  '-----END RSA PRIVATE KEY-----',
].join('\n')

/** Whole sources, each with the inputs it needs and no others. */
export const SOURCES = {
  oauth: {
    'oauth-token-url': 'https://login.acme.example/oauth2/token',
    'oauth-client-id': 'agent-client',
    'oauth-client-secret': 'S3cr~etOfTheClient',
  },
  azure: {
    'azure-tenant-id': '72f988bf-86f1-41af-91ab-2d7cd011db47',
    'azure-client-id': '0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0',
  },
  aws: { 'aws-role-arn': 'arn:aws:iam::123456789012:role/ci/agent', 'aws-region': 'us-east-1' },
  gcp: {
    'gcp-workload-identity-provider':
      'projects/123456789012/locations/global/workloadIdentityPools/ci-pool/providers/github',
  },
  anthropic: { 'anthropic-federation-rule-id': 'fdrl_rule1', 'anthropic-organization-id': 'org-one' },
  openai: { 'openai-identity-provider-id': 'idp_one', 'openai-service-account-id': 'svc_one' },
  'github-app': {
    'github-app-id': '12345',
    'github-app-private-key': PEM,
    'github-app-installation-id': '67890',
  },
} as const satisfies Readonly<Record<string, RawInputs>>

/** Parses as in a job on github.com that may ask for identity tokens; the given inputs replace the runner's. */
export function parse(raw: RawInputs, oidc = 'available') {
  return parseInputs(new Map(Object.entries({ ...DOTCOM, ...raw })), new Map([...RUNNER, ['oidc', oidc]]))
}

/** The parsed inputs and notices; throws when there are faults. */
export function accept(raw: RawInputs): { readonly inputs: Inputs; readonly notices: readonly string[] } {
  const result = parse(raw)
  if (result.kind === 'faults') throw new Error(JSON.stringify(result.faults))
  return result
}

/** The faults; throws when there are none. */
export function refuse(raw: RawInputs): readonly Fault[] {
  const result = parse(raw)
  if (result.kind === 'ok') throw new Error('the inputs were accepted')
  return result.faults
}

/** Inputs and codes of the faults, for comparison. */
export function summarize(faults: readonly Fault[]): string[] {
  return faults.map((fault) => `${fault.input ?? ''} ${fault.code}`)
}
