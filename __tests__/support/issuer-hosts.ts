import { generateKeyPairSync } from 'node:crypto'
import type { IssuerSource } from '../../src/core/credentials/source.ts'
import type { FakeService } from '../fakes/exchange.ts'
import { type AwsSts, createAwsSts } from '../fakes/issuers/aws-sts.ts'
import { createEntra, ENTRA_CLOUDS, type EntraCloud } from '../fakes/issuers/entra.ts'
import { createGcpIam, createGcpSts } from '../fakes/issuers/gcp.ts'
import { createGithubApp } from '../fakes/issuers/github-app.ts'
import { createGithubOidc, type GithubOidc, OIDC_PATH, OIDC_QUERY } from '../fakes/issuers/github-oidc.ts'
import { createOauth } from '../fakes/issuers/oauth.ts'
import { createSwitchable, type SwitchableService } from '../fakes/issuers/switchable.ts'
import { createTokenLedger, type TokenLedger, type TokenLife } from '../fakes/issuers/token-ledger.ts'
import { createAnthropicFederation, createOpenaiFederation } from '../fakes/issuers/vendor-federation.ts'
import { upstreamOf } from './sidecar-launch.ts'

export type IssuerKind = IssuerSource['kind'] | 'azure-usgov' | 'azure-china' | 'gcp-account' | 'oauth-refresh'

/** One fake issuer as the source that asks it sees it. */
export interface IssuerSetup {
  readonly source: IssuerSource
  /** Secrets of the source by the second half of their names in the launch message. */
  readonly secrets: Readonly<Record<string, string>>
  /** Virtual hosts that must answer at 443, the issuer's own among them. */
  readonly hosts: Readonly<Record<string, FakeService>>
  /** Breaks and mends the issuer itself; GitHub's OIDC endpoint stays up. */
  readonly issuer: SwitchableService
  /** Tokens that a model upstream must accept. */
  readonly tokens: TokenLedger
  readonly oidc: GithubOidc
  readonly sts?: AwsSts
  /** Everything secret that came into being so far, by a name for a report. */
  readonly secretsSeen: () => readonly { readonly name: string; readonly value: string }[]
}

export const OIDC_HOST = 'run-actions-1.actions.githubusercontent.com'
export const OIDC_URL = `https://${OIDC_HOST}${OIDC_PATH}?${OIDC_QUERY}`
export const OIDC_TOKEN = 'runner-0idc-t0ken-5f0e3c1b9d7a'
export const AWS_REGION = 'eu-central-1'

const APP_KEY = generateKeyPairSync('rsa', { modulusLength: 2048 })
export const APP_PEM = APP_KEY.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const APP_PUBLIC = APP_KEY.publicKey.export({ type: 'spki', format: 'pem' }).toString()

const TENANT = '11111111-2222-3333-4444-555555555555'
const CLIENT = '66666666-7777-8888-9999-000000000000'
const SCOPES = { public: 'com', usgov: 'us', china: 'cn' } as const
const POOL = 'projects/12345/locations/global/workloadIdentityPools/pool/providers/github'
const ACCOUNT = 'agent@project.iam.gserviceaccount.com'
const ROLE = 'arn:aws:iam::123456789012:role/agent'
const OAUTH_HOST = 'login.corp.example'
const OAUTH_PATH = '/realms/ai/token'
export const CLIENT_SECRET = 'cl1ent-s3cret/+&=~with-marks'
export const REFRESH_TOKEN = 'rt-first-0123456789abcdef'

interface Base {
  readonly tokens: TokenLedger
  readonly oidc: GithubOidc
}

interface Built {
  readonly source: IssuerSource
  readonly host: string
  readonly service: FakeService
  readonly secrets?: Readonly<Record<string, string>>
  readonly more?: Readonly<Record<string, FakeService>>
  readonly sts?: AwsSts
  readonly refreshTokens?: readonly string[]
  readonly federated?: TokenLedger
}

const BUILDERS: Readonly<Record<IssuerKind, (base: Base) => Built>> = {
  azure: (base) => buildEntra(base, 'public'),
  'azure-usgov': (base) => buildEntra(base, 'usgov'),
  'azure-china': (base) => buildEntra(base, 'china'),
  aws: ({ tokens, oidc }) => {
    const sts = createAwsSts({ roleArn: ROLE, oidc, tokens })
    const source = { kind: 'aws', roleArn: ROLE, region: AWS_REGION } as const
    return { source, host: `sts.${AWS_REGION}.amazonaws.com`, service: sts, sts }
  },
  gcp: ({ tokens, oidc }) => ({
    source: { kind: 'gcp', workloadIdentityProvider: POOL },
    host: 'sts.googleapis.com',
    service: createGcpSts({ provider: POOL, oidc, tokens }),
  }),
  'gcp-account': ({ tokens, oidc }) => {
    const federated = createTokenLedger({ claimed: 300 })
    const iam = createGcpIam({ serviceAccount: ACCOUNT, federated, tokens })
    return {
      source: { kind: 'gcp', workloadIdentityProvider: POOL, serviceAccount: ACCOUNT },
      host: 'sts.googleapis.com',
      service: createGcpSts({ provider: POOL, oidc, tokens: federated }),
      more: { 'iamcredentials.googleapis.com': iam },
      federated,
    }
  },
  anthropic: (base) => {
    const source = { kind: 'anthropic', federationRuleId: 'fdrl_1', organizationId: 'org-1' } as const
    const members = { federation_rule_id: 'fdrl_1', organization_id: 'org-1' }
    return { source, host: 'api.anthropic.com', service: createAnthropicFederation({ ...base, members }) }
  },
  openai: (base) => {
    const source = { kind: 'openai', identityProviderId: 'idp_1', serviceAccountId: 'sa_1' } as const
    const members = { identity_provider_id: 'idp_1', service_account_id: 'sa_1' }
    return { source, host: 'auth.openai.com', service: createOpenaiFederation({ ...base, members }) }
  },
  oauth: (base) => buildOauth(base, 'client_credentials'),
  'oauth-refresh': (base) => buildOauth(base, 'refresh_token'),
  'github-app': ({ tokens }) => ({
    source: { kind: 'github-app', appId: '4711', installationId: '98765' },
    host: 'api.github.com',
    service: createGithubApp({ publicKey: APP_PUBLIC, appId: '4711', installationId: '98765', tokens }),
    secrets: { 'github-app-private-key': APP_PEM },
  }),
}

/** Every kind of issuer there is a fake for. */
export const ISSUER_KINDS = Object.keys(BUILDERS) as readonly IssuerKind[]

/** Builds one issuer together with GitHub's OIDC endpoint. Sockets are the caller's. */
export function createIssuerSetup(
  kind: IssuerKind,
  life: TokenLife = { claimed: 3600 },
  around: (service: FakeService) => FakeService = (service) => service,
): IssuerSetup {
  const tokens = createTokenLedger(life)
  const oidc = createGithubOidc({ token: OIDC_TOKEN, path: OIDC_PATH })
  const built = BUILDERS[kind]({ tokens, oidc })
  const issuer = createSwitchable(around(built.service))
  const secrets = built.secrets ?? {}
  return {
    source: built.source,
    secrets,
    hosts: { [OIDC_HOST]: oidc, ...built.more, [built.host]: issuer },
    issuer,
    tokens,
    oidc,
    ...(built.sts === undefined ? {} : { sts: built.sts }),
    secretsSeen: () => listSecrets({ ...built, secrets }, { tokens, oidc }),
  }
}

function listSecrets(built: Built, { tokens, oidc }: Base): ReturnType<IssuerSetup['secretsSeen']> {
  const named = (name: string, values: readonly string[]) => values.map((value) => ({ name, value }))
  return [
    { name: 'oidc token', value: OIDC_TOKEN },
    ...Object.entries(built.secrets ?? {}).map(([name, value]) => ({ name, value })),
    ...named('assertion', oidc.assertions),
    ...named('minted token', tokens.issued),
    ...named('federated token', built.federated?.issued ?? []),
    ...named('refresh token', built.refreshTokens ?? []),
    ...named('secret access key', built.sts?.keys.map(({ secretAccessKey }) => secretAccessKey) ?? []),
  ]
}

function buildEntra({ tokens, oidc }: Base, cloud: EntraCloud): Built {
  const scope = `https://cognitiveservices.azure.${SCOPES[cloud]}/.default`
  const service = createEntra({ cloud, tenantId: TENANT, clientId: CLIENT, scope, tokens, oidc })
  const source = { kind: 'azure', tenantId: TENANT, clientId: CLIENT, scope, cloud } as const
  return { source, host: ENTRA_CLOUDS[cloud].host, service }
}

function buildOauth({ tokens }: Base, grant: 'client_credentials' | 'refresh_token'): Built {
  const tokenUrl = upstreamOf(`https://${OAUTH_HOST}${OAUTH_PATH}`)
  const common = {
    path: OAUTH_PATH,
    clientId: 'agent-client',
    scope: 'models.use',
    tokens,
    clientSecret: CLIENT_SECRET,
  }
  const source = { kind: 'oauth', tokenUrl, clientId: 'agent-client', grant, scope: 'models.use' } as const
  if (grant === 'client_credentials') {
    const secrets = { 'oauth-client-secret': CLIENT_SECRET }
    return { source, host: OAUTH_HOST, service: createOauth(common), secrets }
  }
  const service = createOauth({ ...common, refreshToken: REFRESH_TOKEN })
  const secrets = { 'oauth-client-secret': CLIENT_SECRET, 'oauth-refresh-token': REFRESH_TOKEN }
  return { source, host: OAUTH_HOST, service, secrets, refreshTokens: service.refreshTokens }
}
