import { randomBytes } from 'node:crypto'
import { KEYS } from '../../e2e/keys.ts'
import type { FakeService } from '../../fakes/exchange.ts'
import { createGitHubService } from '../../fakes/github-service.ts'
import { createAwsSts } from '../../fakes/issuers/aws-sts.ts'
import { createBedrock } from '../../fakes/issuers/bedrock.ts'
import { createEntra } from '../../fakes/issuers/entra.ts'
import { createGcpIam, createGcpSts } from '../../fakes/issuers/gcp.ts'
import { createGithubOidc, type GithubOidc, OIDC_PATH } from '../../fakes/issuers/github-oidc.ts'
import { createTokenGate } from '../../fakes/issuers/token-gate.ts'
import { createTokenLedger, type TokenLedger } from '../../fakes/issuers/token-ledger.ts'
import { createAnthropicFederation, createOpenaiFederation } from '../../fakes/issuers/vendor-federation.ts'
import { createAzureService } from '../../fakes/openai-service.ts'
import type { KnownSecret } from '../../support/find-leaks.ts'
import { APP_PEM, createIssuerSetup, OIDC_HOST } from '../../support/issuer-hosts.ts'
import { providerRowOf } from '../../support/source-providers.ts'
import { CHECKOUT, conversation, type ExampleRow, type ExampleWorld, MAIN, nameSecrets, SCRIPT } from './example.ts'

const TENANT = '11111111-2222-3333-4444-555555555555'
const CLIENT = '66666666-7777-8888-9999-000000000000'
const ROLE = 'arn:aws:iam::123456789012:role/agents'
export const AZURE_VARS = { AZURE_TENANT_ID: TENANT, AZURE_CLIENT_ID: CLIENT }
// Made anew in every test process: others look for theirs in the environments of all processes of the machine.
export const SUBSCRIPTION_KEY = randomBytes(16).toString('hex')
export const RIGHT_TO_ASK = `runner-oidc-${randomBytes(12).toString('hex')}`

/** What every exchange at an issuer starts from, and what it leaves. */
interface Exchange {
  readonly oidc: GithubOidc
  readonly tokens: TokenLedger
}

/** A world in which the job's identity is exchanged for tokens. */
function createExchange(
  build: (exchange: Exchange) => Omit<ExampleWorld, 'secrets'> & { readonly more?: () => readonly KnownSecret[] },
): ExampleWorld {
  const exchange = {
    oidc: createGithubOidc({ token: RIGHT_TO_ASK, path: OIDC_PATH }),
    tokens: createTokenLedger({ claimed: 3600 }),
  }
  const { more = () => [], hosts, ...world } = build(exchange)
  return {
    ...world,
    hosts: { [OIDC_HOST]: exchange.oidc, ...hosts },
    secrets: () => [
      ...exchange.oidc.assertions.map((value) => ({ name: 'assertion', value })),
      ...exchange.tokens.issued.map((value) => ({ name: 'minted token', value })),
      ...more(),
    ],
  }
}

/** Two services at one host, told apart by their path. */
function joinServices(isFirst: (path: string) => boolean, first: FakeService, second: FakeService): FakeService {
  return { answer: (request) => (isFirst(request.path) ? first : second).answer(request) }
}

const STEPS = [CHECKOUT, MAIN, SCRIPT]
const OIDC = { steps: STEPS, rights: { 'id-token': 'write' } } as const
const summary = ['1 request']

/** Examples without a key: somebody issues tokens for the job. */
export const ISSUER_EXAMPLES: readonly ExampleRow[] = [
  {
    file: 'azure-openai-oidc.yml',
    create: () =>
      createExchange(({ oidc, tokens }) => ({
        given: { vars: AZURE_VARS },
        hosts: {
          'login.microsoftonline.com': createEntra({
            ...{ cloud: 'public', tenantId: TENANT, clientId: CLIENT, tokens, oidc },
            scope: 'https://cognitiveservices.azure.com/.default',
          }),
          'contoso-agents.openai.azure.com': providerRowOf('azure').service({ tokens }),
        },
      })),
    expected: () => ({
      ...OIDC,
      agents: ['npx', 'codex'],
      model: ['contoso-agents.openai.azure.com /openai/v1/responses'],
      summary,
    }),
  },
  {
    file: 'azure-apim-oidc.yml',
    create: () =>
      createExchange(({ oidc, tokens }) => ({
        given: { vars: AZURE_VARS, secrets: { APIM_SUBSCRIPTION_KEY: SUBSCRIPTION_KEY } },
        more: () => nameSecrets({ 'subscription key': SUBSCRIPTION_KEY }),
        hosts: {
          'login.microsoftonline.com': createEntra({
            ...{ cloud: 'public', tenantId: TENANT, clientId: CLIENT, tokens, oidc },
            scope: 'api://contoso-ai-gateway/.default',
          }),
          'contoso-apim.azure-api.net': createApim(tokens, 'api-key'),
        },
      })),
    expected: () => ({
      ...OIDC,
      agents: ['npx', 'copilot'],
      model: ['contoso-apim.azure-api.net /openai/v1/chat/completions'],
      summary,
    }),
  },
  {
    file: 'bedrock-oidc.yml',
    create: () =>
      createExchange(({ oidc, tokens }) => {
        const sts = createAwsSts({ roleArn: ROLE, oidc, tokens })
        const bedrock = createBedrock({ region: 'us-east-1', sts, tokens, text: conversation.text })
        return {
          given: { vars: { AWS_AGENT_ROLE_ARN: ROLE } },
          more: () => sts.keys.map(({ secretAccessKey: value }) => ({ name: 'secret access key', value })),
          hosts: {
            'sts.us-east-1.amazonaws.com': sts,
            'bedrock-runtime.us-east-1.amazonaws.com': bedrock,
            'bedrock.us-east-1.amazonaws.com': bedrock,
          },
        }
      }),
    expected: () => ({
      ...OIDC,
      agents: ['npx', 'claude'],
      model: ['bedrock-runtime.us-east-1.amazonaws.com /model/anthropic.claude-fake-v1:0/invoke-with-response-stream'],
      summary,
    }),
  },
  {
    file: 'vertex-oidc.yml',
    programs: ['curl'],
    create: () =>
      createExchange(({ oidc, tokens }) => {
        const provider = 'projects/123456789012/locations/global/workloadIdentityPools/github/providers/agents'
        const serviceAccount = 'agent@contoso-ai.iam.gserviceaccount.com'
        const federated = createTokenLedger({ claimed: 300 })
        return {
          more: () => federated.issued.map((value) => ({ name: 'federated token', value })),
          hosts: {
            'sts.googleapis.com': createGcpSts({ provider, oidc, tokens: federated }),
            'iamcredentials.googleapis.com': createGcpIam({ serviceAccount, federated, tokens }),
            'aiplatform.googleapis.com': providerRowOf('gcp').service({ tokens }),
          },
        }
      }),
    expected: () => ({
      ...OIDC,
      agents: [],
      model: [
        'aiplatform.googleapis.com /v1/projects/contoso-ai/locations/global/publishers/google/models/gemini-2.5-flash:generateContent',
      ],
      summary,
    }),
  },
  {
    file: 'anthropic-oidc.yml',
    create: () =>
      createExchange(({ oidc, tokens }) => {
        const members = { federation_rule_id: 'fdrl_1', organization_id: 'org-1', service_account_id: 'svac_1' }
        const issuer = createAnthropicFederation({ oidc, tokens, members })
        const model = providerRowOf('anthropic').service({ tokens })
        return {
          given: {
            vars: {
              ANTHROPIC_FEDERATION_RULE_ID: 'fdrl_1',
              ANTHROPIC_ORGANIZATION_ID: 'org-1',
              ANTHROPIC_SERVICE_ACCOUNT_ID: 'svac_1',
            },
          },
          hosts: { 'api.anthropic.com': joinServices((path) => path === '/v1/oauth/token', issuer, model) },
        }
      }),
    expected: () => ({
      ...OIDC,
      agents: ['npx', 'claude'],
      model: ['api.anthropic.com /v1/messages'],
      summary,
    }),
  },
  {
    file: 'openai-oidc.yml',
    create: () =>
      createExchange(({ oidc, tokens }) => ({
        given: { vars: { OPENAI_IDENTITY_PROVIDER_ID: 'idp_1', OPENAI_SERVICE_ACCOUNT_ID: 'sa_1' } },
        hosts: {
          'auth.openai.com': createOpenaiFederation({
            ...{ oidc, tokens },
            members: { identity_provider_id: 'idp_1', service_account_id: 'sa_1' },
          }),
          'api.openai.com': providerRowOf('openai').service({ tokens }),
        },
      })),
    expected: () => ({ ...OIDC, agents: ['npx', 'codex'], model: ['api.openai.com /v1/responses'], summary }),
  },
  {
    file: 'copilot-github-app.yml',
    create: () => {
      const { hosts, tokens, secretsSeen } = createIssuerSetup('github-app')
      const copilotApi = 'https://api.githubcopilot.com'
      const app = hosts['api.github.com'] ?? { answer: () => ({ kind: 'silence' }) }
      const rest: FakeService = {
        answer: (request) => createGitHubService({ token: tokens.newest(), copilotApi }).answer(request),
      }
      return {
        given: {
          github: { token: KEYS.job },
          vars: { COPILOT_APP_ID: '4711', COPILOT_APP_INSTALLATION_ID: '98765' },
          secrets: { COPILOT_APP_PRIVATE_KEY: APP_PEM },
        },
        hosts: {
          'api.github.com': joinServices((path) => path.startsWith('/app/'), app, rest),
          'api.githubcopilot.com': providerRowOf('github-app').service({ tokens }),
        },
        // The right to ask for identity tokens is no part of this job.
        secrets: () => secretsSeen().filter(({ name }) => name !== 'oidc token'),
      }
    },
    expected: () => ({
      steps: STEPS,
      agents: ['npx', 'copilot'],
      model: ['api.githubcopilot.com /models', 'api.githubcopilot.com /chat/completions'],
      summary: ['2 requests'],
    }),
  },
]

/** API Management: a living token in the header of its policy, and the subscription beside it. */
export function createApim(tokens: TokenLedger, header: 'api-key' | 'authorization'): FakeService {
  const key = 'the key that only API Management knows'
  return createTokenGate(createAzureService({ key, deployment: 'gpt-5-deployment', conversation }), {
    accepts: tokens.accepts,
    header,
    inner: { header: 'api-key', value: key },
    companions: { 'ocp-apim-subscription-key': SUBSCRIPTION_KEY },
  })
}
