import { createAnthropicService } from '../../__tests__/fakes/anthropic-service.ts'
import { sharedAuthority } from '../../__tests__/fakes/certificate.ts'
import { createFakeProvider } from '../../__tests__/fakes/fake-provider.ts'
import { createGeminiService } from '../../__tests__/fakes/gemini-service.ts'
import { createOpenAiService } from '../../__tests__/fakes/openai-service.ts'
import { Job } from '../../__tests__/support/runner.ts'
import type { Sample } from './samples.ts'

/** The whole action, as a runner starts it, with three keys that the fake providers accept. «ours» is main less its slowest probe. */
export const STEP_ROW = { id: 'step', title: 'the action: main with three valid keys, post (milliseconds)' } as const

const KEYS = {
  openai: 'sk-proj-Rl3kXq8vTz1mWn5bYc7dFg2hJk4pLs6aZx9wEr0t',
  anthropic: 'sk-ant-api03-Rl3kXq8vTz1mWn5bYc7dFg2hJk4pLs6aZx9wEr0t-AAAA',
  gemini: 'AIzaSyD-Rl3kXq8vTz1mWn5bYc7dFg2hJk4pLs6',
} as const
const conversation = { text: 'the answer' }

/** Runs main and post `times` in a row; the first run, which may have to make the copy of node, does not count. */
export async function measureSteps(times: number): Promise<Map<string, Sample>[]> {
  const services = {
    openai: createOpenAiService({ key: KEYS.openai, conversation }),
    anthropic: createAnthropicService({ key: KEYS.anthropic, conversation }),
    gemini: createGeminiService({ key: KEYS.gemini, conversation }),
  }
  await using openai = await createFakeProvider({ hosts: { '*': services.openai }, tls: true })
  await using anthropic = await createFakeProvider({ hosts: { '*': services.anthropic }, tls: true })
  await using gemini = await createFakeProvider({ hosts: { '*': services.gemini }, tls: true })
  const inputs = {
    'openai-api-key': KEYS.openai,
    'openai-base-url': `${openai.origin}/v1`,
    'anthropic-api-key': KEYS.anthropic,
    'anthropic-base-url': anthropic.origin,
    'gemini-api-key': KEYS.gemini,
    'gemini-base-url': gemini.origin,
    'ca-bundle': sharedAuthority().ca,
  }
  const rounds: Map<string, Sample>[] = []
  for (let turn = 0; turn <= times; turn++) {
    const round = await runOnce(inputs)
    if (turn > 0) rounds.push(round)
  }
  return rounds
}

async function runOnce(inputs: Readonly<Record<string, string>>): Promise<Map<string, Sample>> {
  await using job = new Job({ inputs })
  const main = await job.runMain()
  if (main.exitCode !== 0) throw new Error(`main failed: ${main.log}`)
  const post = await job.runPost()
  const slowest = readSlowestProbe(job.outputs.validation ?? '[]')
  return new Map([
    ['ours', { ms: main.milliseconds - slowest }],
    ['slowest probe', { ms: slowest }],
    ['post', { ms: post.milliseconds }],
  ])
}

function readSlowestProbe(validation: string): number {
  const checks = JSON.parse(validation) as readonly { readonly ms: number }[]
  return Math.max(0, ...checks.map(({ ms }) => ms))
}
