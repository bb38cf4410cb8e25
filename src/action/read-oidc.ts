import { Secret } from '../core/secret.ts'
import type { ProviderConfig, SecretName } from '../core/sidecar-config.ts'

type Environment = Readonly<Record<string, string | undefined>>

const URL_VARIABLE = 'ACTIONS_ID_TOKEN_REQUEST_URL'
const TOKEN_VARIABLE = 'ACTIONS_ID_TOKEN_REQUEST_TOKEN'

/** Sources that start from an assertion of GitHub's OIDC. */
const FEDERATED: ReadonlySet<ProviderConfig['credential']['kind']> = new Set([
  'azure',
  'aws',
  'gcp',
  'anthropic',
  'openai',
])

/** True when the job has `id-token: write`: the runner then gives every step these two variables. */
export function hasOidc(environment: Environment): boolean {
  return [URL_VARIABLE, TOKEN_VARIABLE].every((name) => (environment[name] ?? '') !== '')
}

/** What the sidecar needs to mint assertions; nothing when no source uses them. */
export function readOidc(
  environment: Environment,
  providers: readonly ProviderConfig[],
): ReadonlyMap<SecretName, Secret> {
  if (!hasOidc(environment) || !providers.some(({ credential }) => FEDERATED.has(credential.kind))) return new Map()
  return new Map<SecretName, Secret>([
    ['oidc.url', new Secret(environment[URL_VARIABLE] ?? '')],
    ['oidc.token', new Secret(environment[TOKEN_VARIABLE] ?? '')],
  ])
}
