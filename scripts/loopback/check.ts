import {
  askClaude,
  askCodex,
  askCopilotForUser,
  askCopilotModels,
  askOpenAi,
  askWithForeignKey,
} from '../demo/agent-requests.ts'
import { TENANT } from '../demo/fake-world.ts'
import { renderDifference } from './render-difference.ts'
import type { Seen } from './serve.ts'

/** The agent's step of the workflow: uses nothing but the job's environment, and says what is not as it should be. */
const environment = new Map(Object.entries(process.env).map(([name, value]) => [name, value ?? '']))
const keys = ['COPILOT_KEY', 'OPENAI_KEY', 'ANTHROPIC_KEY'].map((name) => environment.get(name) ?? '')
for (const name of ['COPILOT_KEY', 'OPENAI_KEY', 'ANTHROPIC_KEY']) environment.delete(name)

const models = await askCopilotModels(environment)
const claude = await askClaude(environment)
const openai = await askOpenAi(environment)
const codex = await askCodex(environment)
const user = await askCopilotForUser(environment)
const foreign = await askWithForeignKey(environment)
const health = await fetch(`${environment.get('MANAGEMENT_URL')}/health`)
const seen = (await (await fetch(environment.get('SEEN_URL') ?? '')).json()) as Seen[]

const found = {
  copilot: models.status,
  claude: claude.status,
  openai: openai.status,
  codex: codex.status,
  user: `${user.status} ${user.refusal}`,
  foreign: `${foreign.status} ${foreign.refusal}`,
  health: health.status,
  host: environment.get('GH_HOST'),
  isTenantAsked: seen.some(({ host }) => host === `copilot-api.${TENANT}`),
  requestsWithoutExactlyOneKey: seen.filter(({ isKey }) => !isKey),
  keysInTheEnvironment: [...environment].filter(([, value]) => keys.some((key) => value.includes(key))),
}
const wanted: typeof found = {
  copilot: 200,
  claude: 200,
  openai: 200,
  codex: 101,
  user: '404 path_not_lent',
  foreign: '400 client_token_invalid',
  health: 200,
  host: TENANT,
  isTenantAsked: true,
  requestsWithoutExactlyOneKey: [],
  keysInTheEnvironment: [],
}
const differences = renderDifference(wanted, found)
console.log(JSON.stringify(found, null, 1))
for (const line of differences) console.error(line)
process.exitCode = differences.length === 0 && keys.every((key) => key.length > 20) ? 0 : 1
