import assert from 'node:assert/strict'
import { symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { bearer, VENDORS } from '../hosts.ts'
import type { Job } from '../job.ts'
import { KEYS } from '../keys.ts'
import { createTask, expectNoPlaceholder, expectOnlyInjected, expectStarted } from '../task.ts'
import type { Scenario, World } from '../world.ts'

/** SDK programs as a workflow would contain them: no base URL, no key, everything from the environment. */
const OPENAI = `import OpenAI from 'openai'
const client = new OpenAI()
const stream = await client.responses.create({ model: 'gpt-5.4', input: 'hello', stream: true })
let text = ''
for await (const event of stream) if (event.type === 'response.output_text.delta') text += event.delta
const chat = await client.chat.completions.create({ model: 'gpt-5.4', messages: [{ role: 'user', content: 'hello' }] })
console.log(JSON.stringify({ text, other: chat.choices[0].message.content, usage: chat.usage.total_tokens }))
`

const ANTHROPIC = `import Anthropic from '@anthropic-ai/sdk'
const client = new Anthropic()
const messages = [{ role: 'user', content: 'hello' }]
const stream = client.messages.stream({ model: 'claude-sonnet-5', max_tokens: 100, messages })
const text = await stream.finalText()
const whole = await client.messages.create({ model: 'claude-sonnet-5', max_tokens: 100, messages })
console.log(JSON.stringify({ text, other: whole.content[0].text, usage: whole.usage.output_tokens }))
`

export const SDK_SCENARIOS: readonly Scenario[] = [
  { name: 'sdk-openai', run: runOpenAi },
  { name: 'sdk-anthropic', run: runAnthropic },
]

async function runOpenAi(world: World): Promise<void> {
  const job = await world.openJob()
  const { conversation } = createTask(job)
  const provider = await world.serve(VENDORS.openai(conversation))
  expectStarted(await job.start({ 'ca-bundle': world.caFile, 'openai-api-key': KEYS.openai }))
  assert.deepEqual(await runProgram(world, job, OPENAI), {
    text: conversation.text,
    other: conversation.text,
    usage: 1237,
  })
  expectOnlyInjected(world, provider, { credentials: { 'api.openai.com': bearer(KEYS.openai) } })
  expectNoPlaceholder(job, provider)
}

async function runAnthropic(world: World): Promise<void> {
  const job = await world.openJob()
  const { conversation } = createTask(job)
  const provider = await world.serve(VENDORS.anthropic(conversation))
  expectStarted(await job.start({ 'ca-bundle': world.caFile, 'anthropic-api-key': KEYS.anthropic }))
  assert.deepEqual(await runProgram(world, job, ANTHROPIC), {
    text: conversation.text,
    other: conversation.text,
    usage: 37,
  })
  expectOnlyInjected(world, provider, {
    credentials: { 'api.anthropic.com': { place: 'x-api-key', value: KEYS.anthropic } },
  })
  expectNoPlaceholder(job, provider)
}

async function runProgram(world: World, job: Job, source: string): Promise<unknown> {
  const { workspace } = job.directories
  const program = path.join(workspace, 'program.mjs')
  writeFileSync(program, source)
  symlinkSync(path.join(world.settings.base, 'cache', 'node_modules'), path.join(workspace, 'node_modules'))
  const result = await job.agent([world.settings.node, program])
  assert.equal(result.code, 0, `${result.stdout}\n${result.stderr}`)
  return JSON.parse(result.stdout) as unknown
}
