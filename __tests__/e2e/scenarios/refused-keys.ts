import type { FakeService } from '../../fakes/exchange.ts'
import { createOpenAiService } from '../../fakes/openai-service.ts'
import { createGitHubHosts, VENDORS } from '../hosts.ts'
import { KEYS } from '../keys.ts'
import { expectRefused } from '../task.ts'
import type { Scenario } from '../world.ts'

/** One key that cannot work: main must fail within seconds with the sentence that says what to do. */
interface RefusedKey {
  readonly name: string
  readonly inputs: Readonly<Record<string, string>>
  readonly runner?: Readonly<Record<string, string>>
  readonly hosts: Readonly<Record<string, FakeService>>
  readonly sentence: RegExp
}

const CONVERSATION = { text: 'never said' }
const TENANT = { GITHUB_SERVER_URL: 'https://contoso.ghe.com', GITHUB_API_URL: 'https://api.contoso.ghe.com' }
const GATEWAY = 'https://llm.corp.example/v1'

const ROWS: readonly RefusedKey[] = [
  {
    name: 'anthropic dead',
    inputs: { 'anthropic-api-key': `${KEYS.anthropic.slice(0, -4)}zzzz` },
    hosts: VENDORS.anthropic(CONVERSATION),
    sentence: /api\.anthropic\.com/,
  },
  {
    name: 'gemini dead',
    inputs: { 'gemini-api-key': `${KEYS.gemini.slice(0, -4)}zzzz` },
    hosts: VENDORS.gemini(CONVERSATION),
    sentence: /generativelanguage\.googleapis\.com/,
  },
  {
    name: 'vertex dead',
    inputs: { 'google-api-key': `${KEYS.vertex.slice(0, -4)}zzzz` },
    hosts: VENDORS.vertex(CONVERSATION),
    sentence: /aiplatform\.googleapis\.com/,
  },
  {
    name: 'gateway dead',
    inputs: { 'provider-base-url': GATEWAY, 'provider-api-key': KEYS.dead },
    hosts: { 'llm.corp.example': createOpenAiService({ key: KEYS.gateway, conversation: CONVERSATION }) },
    sentence: /llm\.corp\.example/,
  },
  {
    name: 'copilot empty',
    inputs: { 'copilot-github-token': '' },
    hosts: {},
    sentence: /copilot-github-token/,
  },
  {
    name: 'copilot classic-token',
    inputs: { 'copilot-github-token': `ghp_${KEYS.job.slice(4)}` },
    hosts: {},
    sentence: /ghp_|classic/,
  },
  {
    name: 'copilot wrong-kind',
    inputs: { 'copilot-github-token': KEYS.openai },
    hosts: {},
    sentence: /copilot-github-token/,
  },
  {
    name: 'openai mistyped',
    inputs: { 'openai-api-key': `"${KEYS.openai}"` },
    hosts: VENDORS.openai(CONVERSATION),
    sentence: /openai-api-key/,
  },
  {
    name: 'openai of-another-vendor',
    inputs: { 'openai-api-key': KEYS.anthropic },
    hosts: VENDORS.openai(CONVERSATION),
    sentence: /openai-api-key/,
  },
  {
    name: 'copilot wrong-tenant',
    inputs: { 'copilot-github-token': KEYS.user },
    runner: TENANT,
    hosts: createGitHubHosts({ copilot: 'copilot-api.contoso.ghe.com', rest: 'api.contoso.ghe.com' }, CONVERSATION),
    sentence: /contoso\.ghe\.com/,
  },
  {
    name: 'copilot unknown-model',
    inputs: { 'copilot-github-token': KEYS.github, 'copilot-model': 'claude-sonet-5' },
    hosts: createGitHubHosts({ copilot: 'api.githubcopilot.com', rest: 'api.github.com' }, CONVERSATION),
    sentence: /claude-sonnet-5/,
  },
]

export const REFUSED_KEY_SCENARIOS: readonly Scenario[] = ROWS.map(({ name, inputs, runner, hosts, sentence }) => ({
  name: `refused-key ${name}`,
  run: async (world) => {
    const job = await world.openJob()
    await world.serve(hosts)
    await expectRefused(job, { 'ca-bundle': world.caFile, ...inputs }, { sentence, ...(runner && { runner }) })
  },
}))
