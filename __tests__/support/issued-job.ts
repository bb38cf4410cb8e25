import { sharedAuthority } from '../fakes/certificate.ts'
import type { FakeService } from '../fakes/exchange.ts'
import { type CorporateProxy, createCorporateProxy } from '../fakes/fake-corporate-proxy.ts'
import { createFakeProvider, type FakeProvider } from '../fakes/fake-provider.ts'
import type { TokenLife } from '../fakes/issuers/token-ledger.ts'
import { type Answer, type Asked, ask } from './http-client.ts'
import {
  AWS_REGION,
  createIssuerSetup,
  type IssuerKind,
  type IssuerSetup,
  OIDC_TOKEN,
  OIDC_URL,
} from './issuer-hosts.ts'
import { Job } from './runner.ts'
import { providerRowOf } from './source-providers.ts'

/** What a workflow says for each source, behind which hosts the model is, and what the agent then finds in its environment. */
interface JobRow {
  readonly inputs: Readonly<Record<string, string>>
  readonly modelHosts: readonly string[]
  readonly base: string
  readonly token: string
}

const AZURE_HOST = 'agents.openai.azure.com'
const GATEWAY_HOST = 'gateway.corp.example'
const OWN = { base: 'COPILOT_PROVIDER_BASE_URL', token: 'COPILOT_PROVIDER_API_KEY' }
const VERTEX = { base: 'GOOGLE_VERTEX_BASE_URL', token: 'GOOGLE_API_KEY', modelHosts: ['aiplatform.googleapis.com'] }
const GATEWAY = { ...OWN, modelHosts: [GATEWAY_HOST] }

const GATEWAY_INPUTS = {
  'provider-base-url': `https://${GATEWAY_HOST}/v1`,
  'provider-credential': 'oauth',
  'oauth-token-url': 'https://login.corp.example/realms/ai/token',
  'oauth-client-id': 'agent-client',
  'oauth-scope': 'models.use',
}

const azure = (cloud: string): JobRow => ({
  ...OWN,
  modelHosts: [AZURE_HOST],
  inputs: {
    'provider-type': 'azure',
    'provider-base-url': `https://${AZURE_HOST}/openai/v1`,
    'azure-tenant-id': '11111111-2222-3333-4444-555555555555',
    'azure-client-id': '66666666-7777-8888-9999-000000000000',
    'azure-cloud': cloud,
  },
})

const POOL = {
  'gcp-workload-identity-provider': 'projects/12345/locations/global/workloadIdentityPools/pool/providers/github',
}

const ROWS: Readonly<Record<IssuerKind, JobRow>> = {
  azure: azure('public'),
  'azure-usgov': azure('usgov'),
  'azure-china': azure('china'),
  aws: {
    base: 'AWS_ENDPOINT_URL_BEDROCK_RUNTIME',
    token: 'AWS_BEARER_TOKEN_BEDROCK',
    modelHosts: [`bedrock-runtime.${AWS_REGION}.amazonaws.com`, `bedrock.${AWS_REGION}.amazonaws.com`],
    inputs: {
      'provider-type': 'bedrock',
      'aws-role-arn': 'arn:aws:iam::123456789012:role/agent',
      'aws-region': AWS_REGION,
    },
  },
  gcp: { ...VERTEX, inputs: POOL },
  'gcp-account': { ...VERTEX, inputs: { ...POOL, 'gcp-service-account': 'agent@project.iam.gserviceaccount.com' } },
  anthropic: {
    base: 'ANTHROPIC_BASE_URL',
    token: 'ANTHROPIC_API_KEY',
    modelHosts: ['api.anthropic.com'],
    inputs: { 'anthropic-federation-rule-id': 'fdrl_1', 'anthropic-organization-id': 'org-1' },
  },
  openai: {
    base: 'OPENAI_BASE_URL',
    token: 'OPENAI_API_KEY',
    modelHosts: ['api.openai.com'],
    inputs: { 'openai-identity-provider-id': 'idp_1', 'openai-service-account-id': 'sa_1' },
  },
  oauth: { ...GATEWAY, inputs: GATEWAY_INPUTS },
  'oauth-refresh': { ...GATEWAY, inputs: GATEWAY_INPUTS },
  'github-app': {
    base: 'COPILOT_API_URL',
    token: 'COPILOT_GITHUB_TOKEN',
    modelHosts: ['api.githubcopilot.com'],
    inputs: {
      'copilot-api-target': 'api.githubcopilot.com',
      'github-app-id': '4711',
      'github-app-installation-id': '98765',
    },
  },
}

/** A job whose step gets its credential from an issuer; all hosts are the real names, reached through a corporate proxy. */
export class IssuedJob implements AsyncDisposable {
  readonly setup: IssuerSetup
  readonly hosts: FakeProvider
  readonly proxy: CorporateProxy
  readonly job: Job
  readonly #kind: IssuerKind

  private constructor(kind: IssuerKind, parts: Pick<IssuedJob, 'setup' | 'hosts' | 'proxy'>) {
    this.#kind = kind
    this.setup = parts.setup
    this.hosts = parts.hosts
    this.proxy = parts.proxy
    this.job = new Job({
      inputs: { ...ROWS[kind].inputs, ...parts.setup.secrets, 'ca-bundle': sharedAuthority().ca },
      environment: {
        HTTPS_PROXY: parts.proxy.url,
        ACTIONS_ID_TOKEN_REQUEST_URL: OIDC_URL,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: OIDC_TOKEN,
      },
    })
  }

  static async create(kind: IssuerKind, life?: TokenLife): Promise<IssuedJob> {
    const setup = createIssuerSetup(kind, life)
    const services = joinHosts(kind, setup)
    const hosts = await createFakeProvider({ hosts: services, tls: true })
    const names = Object.keys(services)
    const routes = Object.fromEntries(names.map((name) => [`${name}:443`, `127.0.0.1:${hosts.port}`]))
    return new IssuedJob(kind, { setup, hosts, proxy: await createCorporateProxy({ routes }) })
  }

  /** What the agent of a later step asks, with the variables that the step exported and nothing else. */
  ask(changes: Asked = {}): Promise<Answer> {
    const { base, token } = ROWS[this.#kind]
    const { environment } = this.job
    const { path, ...asked } = providerRowOf(this.#kind).asked
    const headers = { authorization: `Bearer ${environment[token]}`, ...asked.headers, ...changes.headers }
    const prefix = environment[base] ?? ''
    return ask(prefix + (prefix.endsWith('/v1') ? path.replace(/^\/v1/, '') : path), { ...asked, ...changes, headers })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.job[Symbol.asyncDispose]()
    await this.hosts.close()
    await this.proxy.close()
  }
}

// Anthropic's tokens are issued by the host that also has the model.
function joinHosts(kind: IssuerKind, setup: IssuerSetup): Readonly<Record<string, FakeService>> {
  const model = providerRowOf(kind).service(setup)
  const models = ROWS[kind].modelHosts.map((name): readonly [string, FakeService] => {
    const issuer = setup.hosts[name]
    if (issuer === undefined) return [name, model]
    return [name, { answer: (request) => (request.path === '/v1/oauth/token' ? issuer : model).answer(request) }]
  })
  return { ...setup.hosts, ...Object.fromEntries(models) }
}
