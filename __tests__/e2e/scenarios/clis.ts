import assert from 'node:assert/strict'
import { createAnthropicService } from '../../fakes/anthropic-service.ts'
import type { Conversation } from '../../fakes/conversation.ts'
import type { CopilotEndpoint } from '../../fakes/copilot-service.ts'
import type { FakeService } from '../../fakes/exchange.ts'
import type { FakeProvider } from '../../fakes/fake-provider.ts'
import { createGitHubService } from '../../fakes/github-service.ts'
import { createAzureService, createOpenAiService } from '../../fakes/openai-service.ts'
import { bearer, createGitHubHosts, VENDORS } from '../hosts.ts'
import { KEYS } from '../keys.ts'
import {
  createTask,
  expectNoKeyShown,
  expectNoPlaceholder,
  expectOnlyInjected,
  expectStarted,
  OUTSIDE,
  type UpstreamCredentials,
} from '../task.ts'
import type { Scenario, World } from '../world.ts'

/** One CLI with one kind of provider: a prompt and a tool round trip with nothing but what main exported. */
interface CliRun {
  readonly name: string
  readonly hosts: (conversation: Conversation) => Readonly<Record<string, FakeService>>
  readonly inputs: Readonly<Record<string, string>>
  /** Variables of the job that differ from github.com's. */
  readonly runner?: Readonly<Record<string, string>>
  readonly command: readonly string[]
  readonly credentials: UpstreamCredentials
  readonly outside?: readonly string[]
  /** `method path` that the task must have gone through; `WS path` for an upgrade that was granted. */
  readonly through: string
}

const CODEX = ['codex', 'exec', '--skip-git-repo-check', '--dangerously-bypass-approvals-and-sandbox', 'write a file']
const CLAUDE = ['claude', '-p', 'write a file', '--dangerously-skip-permissions']
const GEMINI = ['gemini', '--skip-trust', '--yolo', '-p', 'write a file']
const COPILOT = ['copilot', '-p', 'write a file', '--allow-all-tools']
const DOTCOM = { copilot: 'api.githubcopilot.com', rest: 'api.github.com' }

const copilotCredentials = (copilot: string, rest: string, token: string = KEYS.github): UpstreamCredentials => ({
  [copilot]: bearer(token),
  [rest]: bearer(token),
})

/** Copilot on github.com with a model that names its endpoint, as the real listing does. */
function copilotRun(through: string, model: string, endpoints: readonly CopilotEndpoint[]): CliRun {
  return {
    name: `copilot-github.com ${endpoints.at(-1)}`,
    hosts: (conversation) =>
      createGitHubHosts({ ...DOTCOM, copilotOptions: { models: { [model]: endpoints } } }, conversation),
    inputs: { 'copilot-github-token': KEYS.github },
    command: [...COPILOT, '--model', model],
    credentials: copilotCredentials(DOTCOM.copilot, DOTCOM.rest),
    through,
  }
}

const GATEWAY = 'llm.corp.example'
const AZURE = 'contoso.openai.azure.com'

const RUNS: readonly CliRun[] = [
  {
    name: 'codex-websocket',
    hosts: VENDORS.openai,
    inputs: { 'openai-api-key': KEYS.openai },
    command: CODEX,
    outside: OUTSIDE.codex,
    credentials: { 'api.openai.com': bearer(KEYS.openai) },
    through: 'WS /v1/responses',
  },
  {
    name: 'codex-post',
    hosts: (conversation) => ({
      'api.openai.com': createOpenAiService({ key: KEYS.openai, conversation, webSocket: false }),
    }),
    inputs: { 'openai-api-key': KEYS.openai },
    command: CODEX,
    outside: OUTSIDE.codex,
    credentials: { 'api.openai.com': bearer(KEYS.openai) },
    through: 'POST /v1/responses',
  },
  {
    name: 'claude-code',
    hosts: VENDORS.anthropic,
    inputs: { 'anthropic-api-key': KEYS.anthropic },
    command: CLAUDE,
    credentials: { 'api.anthropic.com': { place: 'x-api-key', value: KEYS.anthropic } },
    through: 'POST /v1/messages',
  },
  {
    name: 'gemini-cli',
    hosts: VENDORS.gemini,
    inputs: { 'gemini-api-key': KEYS.gemini },
    command: GEMINI,
    outside: OUTSIDE.gemini,
    credentials: { 'generativelanguage.googleapis.com': { place: 'x-goog-api-key', value: KEYS.gemini } },
    through: 'POST /v1beta/models/*:streamGenerateContent',
  },
  {
    name: 'gemini-cli-vertex',
    hosts: VENDORS.vertex,
    inputs: { 'google-api-key': KEYS.vertex },
    command: GEMINI,
    outside: OUTSIDE.gemini,
    credentials: { 'aiplatform.googleapis.com': { place: 'x-goog-api-key', value: KEYS.vertex } },
    through: 'POST /v1beta1/publishers/google/models/*:streamGenerateContent',
  },
  copilotRun('POST /chat/completions', 'claude-sonnet-5', ['/chat/completions']),
  copilotRun('POST /responses', 'gpt-5.4', ['/responses']),
  copilotRun('POST /v1/messages', 'claude-sonnet-5', ['/v1/messages']),
  copilotRun('WS /responses', 'gpt-5.4', ['/responses', 'ws:/responses']),
  {
    name: 'copilot-job-token',
    hosts: (conversation) => createGitHubHosts({ ...DOTCOM, token: KEYS.job }, conversation),
    inputs: { 'copilot-github-token': KEYS.job },
    command: COPILOT,
    credentials: copilotCredentials(DOTCOM.copilot, DOTCOM.rest, KEYS.job),
    through: 'POST /chat/completions',
  },
  // The licence of a server's users lives on github.com, so does the token; the server itself must never see it.
  {
    name: 'copilot-ghes',
    hosts: (conversation) => ({
      ...createGitHubHosts(DOTCOM, conversation),
      'github.corp.example': createGitHubService({ token: 'none of ours', restPrefix: '/api/v3' }),
    }),
    inputs: { 'copilot-github-token': KEYS.github },
    runner: {
      GITHUB_SERVER_URL: 'https://github.corp.example',
      GITHUB_API_URL: 'https://github.corp.example/api/v3',
    },
    command: COPILOT,
    credentials: copilotCredentials(DOTCOM.copilot, DOTCOM.rest),
    through: 'POST /chat/completions',
  },
  {
    name: 'copilot-byok-openai',
    hosts: (conversation) => ({
      [GATEWAY]: createOpenAiService({ key: KEYS.gateway, conversation, basePath: '/team/v1' }),
    }),
    inputs: { 'provider-base-url': `https://${GATEWAY}/team/v1`, 'provider-api-key': KEYS.gateway },
    command: [...COPILOT, '--model', 'gpt-5.4'],
    credentials: { [GATEWAY]: bearer(KEYS.gateway) },
    through: 'POST /team/v1/chat/completions',
  },
  {
    name: 'copilot-byok-azure',
    hosts: (conversation) => ({
      [AZURE]: createAzureService({ key: KEYS.gateway, deployment: 'gpt-5.4', conversation }),
    }),
    inputs: {
      'provider-type': 'azure',
      'provider-base-url': `https://${AZURE}`,
      'provider-api-key': KEYS.gateway,
    },
    command: [...COPILOT, '--model', 'gpt-5.4'],
    credentials: { [AZURE]: { place: 'api-key', value: KEYS.gateway } },
    through: 'POST /openai/v1/chat/completions',
  },
  {
    name: 'copilot-byok-anthropic',
    hosts: (conversation) => ({
      [GATEWAY]: createAnthropicService({ key: KEYS.gateway, conversation, basePath: '/anthropic' }),
    }),
    inputs: {
      'provider-type': 'anthropic',
      'provider-base-url': `https://${GATEWAY}/anthropic`,
      'provider-api-key': KEYS.gateway,
    },
    command: [...COPILOT, '--model', 'claude-sonnet-5'],
    credentials: { [GATEWAY]: { place: 'x-api-key', value: KEYS.gateway } },
    through: 'POST /anthropic/v1/messages',
  },
]

export const CLI_SCENARIOS: readonly Scenario[] = RUNS.map((row) => ({
  name: row.name,
  run: (world) => runCli(world, row),
}))

async function runCli(world: World, row: CliRun): Promise<void> {
  const job = await world.openJob()
  const task = createTask(job)
  const provider = await world.serve(row.hosts(task.conversation))
  expectStarted(await job.start({ 'ca-bundle': world.caFile, ...row.inputs }, row.runner))
  task.check(await job.agent(row.command))
  expectOnlyInjected(world, provider, row)
  expectNoPlaceholder(job, provider)
  expectNoKeyShown(job)
  expectThrough(provider, row.through)
}

function expectThrough(provider: FakeProvider, through: string): void {
  const seen = provider.requests.map(({ method, path, upgrade, status }) =>
    upgrade && status === 101 ? `WS ${path}` : `${method} ${path}`,
  )
  const [before = '', after] = through.split('*')
  const fits = (line: string): boolean =>
    after === undefined ? line === through : line.startsWith(before) && line.endsWith(after)
  assert.ok(seen.some(fits), `nothing went through ${through}, but: ${seen.join(', ')}`)
}
