import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { createAnthropicService } from '../../fakes/anthropic-service.ts'
import type { Conversation } from '../../fakes/conversation.ts'
import { createCopilotService } from '../../fakes/copilot-service.ts'
import type { FakeService } from '../../fakes/exchange.ts'
import { createGitHubService } from '../../fakes/github-service.ts'
import { createGithubApp } from '../../fakes/issuers/github-app.ts'
import { createGithubOidc, OIDC_PATH, OIDC_QUERY } from '../../fakes/issuers/github-oidc.ts'
import { createOauth } from '../../fakes/issuers/oauth.ts'
import { createTokenGate } from '../../fakes/issuers/token-gate.ts'
import { createTokenLedger, type TokenLedger } from '../../fakes/issuers/token-ledger.ts'
import { createAnthropicFederation, createOpenaiFederation } from '../../fakes/issuers/vendor-federation.ts'
import { createOpenAiService } from '../../fakes/openai-service.ts'
import { createTask, expectNoKeyShown, expectNoPlaceholder, expectStarted } from '../task.ts'
import type { Scenario, World } from '../world.ts'

/** A client with tokens that live five seconds, at work for several times as long: its tools take longer than a token lives. */
interface RefreshRun {
  readonly name: string
  /** Everything at 443, the issuer and the model; the model takes nothing but living tokens of the ledger. */
  readonly hosts: (tokens: TokenLedger, conversation: Conversation) => Readonly<Record<string, FakeService>>
  readonly inputs: Readonly<Record<string, string>>
  readonly command: readonly string[]
  readonly modelHost: string
  /** Tokens that must have gone upstream; a WebSocket outlives the one it began with. */
  readonly atLeast: number
}

const LIFE_S = 5
/** Longer than a token lives, so that the answer to a tool call always goes out with another one. */
const TOOL_S = LIFE_S + 2
const RUNS = 2
const INNER = 'the key that only the gate knows'
const OIDC_HOST = 'run-actions-1.actions.githubusercontent.com'
const OIDC_TOKEN = 'runner-0idc-t0ken-5f0e3c1b9d7a'
const CLIENT_SECRET = 'cl1ent-s3cret-0123456789abcdef'
const GATEWAY = 'llm.corp.example'
const LOGIN = 'login.corp.example'

const RUNNER = {
  ACTIONS_ID_TOKEN_REQUEST_URL: `https://${OIDC_HOST}${OIDC_PATH}?${OIDC_QUERY}`,
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: OIDC_TOKEN,
}

const APP = generateKeyPairSync('rsa', { modulusLength: 2048 })
const PEM = APP.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const PUBLIC = APP.publicKey.export({ type: 'spki', format: 'pem' }).toString()

const bearer = { header: 'authorization', value: `Bearer ${INNER}` }
const createOidc = () => createGithubOidc({ token: OIDC_TOKEN, path: OIDC_PATH })

const REFRESH_RUNS: readonly RefreshRun[] = [
  ...[true, false].map((webSocket) => ({
    name: `codex openai-federation ${webSocket ? 'WebSocket' : 'SSE'}`,
    hosts: (tokens: TokenLedger, conversation: Conversation) => {
      const oidc = createOidc()
      const members = { identity_provider_id: 'idp_1', service_account_id: 'sa_1' }
      const model = createOpenAiService({ key: INNER, conversation, webSocket })
      return {
        [OIDC_HOST]: oidc,
        'auth.openai.com': createOpenaiFederation({ oidc, tokens, members }),
        'api.openai.com': createTokenGate(model, { accepts: tokens.accepts, inner: bearer }),
      }
    },
    inputs: { 'openai-identity-provider-id': 'idp_1', 'openai-service-account-id': 'sa_1' },
    command: ['codex', 'exec', '--skip-git-repo-check', '--dangerously-bypass-approvals-and-sandbox', 'write a file'],
    modelHost: 'api.openai.com',
    atLeast: webSocket ? RUNS : RUNS + 1,
  })),
  {
    name: 'copilot github-app',
    hosts: (tokens, conversation) => {
      const rest = createGitHubService({ token: INNER, copilotApi: 'https://api.githubcopilot.com' })
      const app = createGithubApp({ publicKey: PUBLIC, appId: '4711', installationId: '98765', tokens })
      const gated = createTokenGate(rest, { accepts: tokens.accepts, inner: bearer })
      return {
        'api.github.com': { answer: (request) => (request.path.startsWith('/app/') ? app : gated).answer(request) },
        'api.githubcopilot.com': createCopilotService({ accepts: tokens.accepts, conversation }),
      }
    },
    inputs: { 'github-app-id': '4711', 'github-app-installation-id': '98765', 'github-app-private-key': PEM },
    command: ['copilot', '-p', 'write a file', '--allow-all-tools'],
    modelHost: 'api.githubcopilot.com',
    atLeast: RUNS + 1,
  },
  {
    name: 'copilot byok-oauth',
    hosts: (tokens, conversation) => {
      const model = createOpenAiService({ key: INNER, conversation })
      return {
        [LOGIN]: createOauth({ path: '/token', clientId: 'agent', clientSecret: CLIENT_SECRET, tokens }),
        [GATEWAY]: createTokenGate(model, { accepts: tokens.accepts, inner: bearer }),
      }
    },
    inputs: {
      'provider-base-url': `https://${GATEWAY}/v1`,
      'provider-credential': 'oauth',
      'oauth-token-url': `https://${LOGIN}/token`,
      'oauth-client-id': 'agent',
      'oauth-client-secret': CLIENT_SECRET,
    },
    command: ['copilot', '-p', 'write a file', '--allow-all-tools', '--model', 'gpt-5.4'],
    modelHost: GATEWAY,
    atLeast: RUNS + 1,
  },
  {
    name: 'claude anthropic-federation',
    hosts: (tokens, conversation) => {
      const oidc = createOidc()
      const members = { federation_rule_id: 'fdrl_1', organization_id: 'org-1' }
      const issuer = createAnthropicFederation({ oidc, tokens, members })
      const model = createTokenGate(createAnthropicService({ key: INNER, conversation }), {
        accepts: tokens.accepts,
        inner: { header: 'x-api-key', value: INNER },
        companions: { 'anthropic-beta': 'oauth-2025-04-20' },
      })
      return {
        [OIDC_HOST]: oidc,
        'api.anthropic.com': {
          answer: (request) => (request.path === '/v1/oauth/token' ? issuer : model).answer(request),
        },
      }
    },
    inputs: { 'anthropic-federation-rule-id': 'fdrl_1', 'anthropic-organization-id': 'org-1' },
    command: ['claude', '-p', 'write a file', '--dangerously-skip-permissions'],
    modelHost: 'api.anthropic.com',
    atLeast: RUNS + 1,
  },
]

/** Report 3 with the real clients: the credential ends again and again, and no client notices. */
export const REFRESH_SCENARIOS: readonly Scenario[] = REFRESH_RUNS.map((refresh) => ({
  name: `report-3-refresh ${refresh.name}`,
  run: (world) => runRefresh(world, refresh),
}))

async function runRefresh(world: World, refresh: RefreshRun): Promise<void> {
  const job = await world.openJob()
  const tokens = createTokenLedger({ claimed: LIFE_S })
  let conversation: Conversation = { text: '' }
  // Each run has a task of its own; the services ask for the one that is on.
  const current: Conversation = {
    get text() {
      return conversation.text
    },
    get command() {
      return `sleep ${TOOL_S}; ${conversation.command}`
    },
  }
  const provider = await world.serve(refresh.hosts(tokens, current))
  expectStarted(await job.start({ 'ca-bundle': world.caFile, ...refresh.inputs }, RUNNER))
  for (let round = 0; round < RUNS; round += 1) {
    const task = createTask(job)
    conversation = task.conversation
    task.check(await job.agent(refresh.command))
  }
  const model = provider.requests.filter(({ host, path }) => host === refresh.modelHost && path !== '/v1/oauth/token')
  const offered = new Set(model.map(({ credentials }) => String(credentials[0]?.value).replace('Bearer ', '')))
  for (const token of offered) {
    assert.ok(tokens.issued.includes(token), 'a foreign credential went upstream')
  }
  assert.ok(offered.size >= refresh.atLeast, `only ${offered.size} tokens were used in ${RUNS} runs`)
  assert.ok(tokens.issued.length <= 1 + 4 * RUNS * TOOL_S, `${tokens.issued.length} tokens were asked for`)
  const refused = model.filter(({ status }) => status === 401)
  console.log(`    ${model.length} requests, ${offered.size} tokens, ${refused.length} repeated after a 401`)
  expectNoPlaceholder(job, provider)
  expectNoKeyShown(job)
  const shown = job.log().replace(/^::add-mask::.*$/gm, '') + JSON.stringify([job.exports, job.outputs])
  for (const secret of [...tokens.issued, OIDC_TOKEN, CLIENT_SECRET])
    assert.ok(!shown.includes(secret), 'a secret was shown')
}
