import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { FAKE_USAGE } from '../../fakes/conversation.ts'
import { createCorporateProxy } from '../../fakes/fake-corporate-proxy.ts'
import type { FakeProvider } from '../../fakes/fake-provider.ts'
import { callSidecar } from '../call-sidecar.ts'
import { bearer, VENDORS } from '../hosts.ts'
import { KEYS } from '../keys.ts'
import { createTask, expectNoPlaceholder, expectOnlyInjected, expectStarted, OUTSIDE } from '../task.ts'
import { PROVIDER_ADDRESS, type Scenario, type World } from '../world.ts'

/** What companies have around a job, and what they ask of its record. */
export const ENTERPRISE_SCENARIOS: readonly Scenario[] = [
  { name: 'corporate-proxy', run: runCorporateProxy },
  { name: 'agent-without-network', run: runWithoutNetwork },
  { name: 'usage-is-metered', run: runUsage },
  { name: 'missing-secret-is-skipped', run: runSkipped },
  { name: 'two-jobs-on-one-machine', run: runTwoJobs },
]

const CODEX = ['codex', 'exec', '--skip-git-repo-check', '--dangerously-bypass-approvals-and-sandbox', 'write a file']
const CLAUDE = ['claude', '-p', 'write a file', '--dangerously-skip-permissions']

/** The only way out is a proxy that wants a password: the sidecar takes it, WebSocket included; loopback never goes there. */
async function runCorporateProxy(world: World): Promise<void> {
  const job = await world.openJob()
  const task = createTask(job)
  const provider = await world.serve({ ...VENDORS.openai(task.conversation), ...VENDORS.anthropic(task.conversation) })
  world.names.setNames([])
  const hosts = ['api.openai.com', 'api.anthropic.com']
  const routes = Object.fromEntries(hosts.map((host) => [`${host}:443`, `${PROVIDER_ADDRESS}:443`]))
  await using proxy = await createCorporateProxy({ credentials: 'runner:pa%3Ass%40word', routes })
  const variables = { HTTPS_PROXY: proxy.url, HTTP_PROXY: proxy.url }
  const inputs = { 'openai-api-key': KEYS.openai, 'anthropic-api-key': KEYS.anthropic }
  expectStarted(await job.start({ 'ca-bundle': world.caFile, ...inputs }, variables))
  task.check(await job.agent(CODEX, variables))
  task.check(await job.agent(CLAUDE, variables))
  const credentials = {
    'api.openai.com': bearer(KEYS.openai),
    'api.anthropic.com': { place: 'x-api-key', value: KEYS.anthropic },
  }
  expectOnlyInjected(world, provider, { credentials, outside: OUTSIDE.codex })
  expectNoPlaceholder(job, provider)
  assert.ok(
    provider.requests.some(({ status }) => status === 101),
    'codex had no WebSocket through the proxy',
  )
  const loopback = proxy.targets.filter(({ target }) => /127\.0\.0\.1|localhost/.test(target))
  assert.deepEqual(loopback, [], 'requests for the sidecar went to the proxy')
  const refused = proxy.targets.filter(({ target, status }) => status === 407 && routes[target] !== undefined)
  assert.deepEqual(refused, [], 'the sidecar did not give the proxy its password')
}

/** The agent's own way out refuses everything: its allow-list may be empty, only the sidecar needs the provider. */
async function runWithoutNetwork(world: World): Promise<void> {
  const job = await world.openJob()
  const task = createTask(job)
  await world.serve({ ...VENDORS.openai(task.conversation), ...VENDORS.anthropic(task.conversation) })
  const inputs = { 'openai-api-key': KEYS.openai, 'anthropic-api-key': KEYS.anthropic }
  expectStarted(await job.start({ 'ca-bundle': world.caFile, ...inputs }))
  await using proxy = await createCorporateProxy({ refuseWith: 403 })
  const variables = { HTTPS_PROXY: proxy.url, HTTP_PROXY: proxy.url, https_proxy: proxy.url, http_proxy: proxy.url }
  task.check(await job.agent(CODEX, variables))
  task.check(await job.agent(CLAUDE, variables))
}

interface LoggedRequest {
  readonly kind: string
  readonly provider?: string
  readonly tokens?: { readonly input: number; readonly output: number; readonly cached: number }
}

/**
 * Streams of three dialects from vendors that compress although they were asked not to: the clients read them unpacked, the access
 * log adds up to what the provider said, and the summary shows it.
 */
async function runUsage(world: World): Promise<void> {
  const job = await world.openJob()
  const task = createTask(job)
  const hosts = { ...VENDORS.openai(task.conversation), ...VENDORS.anthropic(task.conversation) }
  const provider = await world.serve(hosts, { compress: 'always' })
  // A directory of the user's own is kept by post; the default one is not.
  const logs = path.join(job.directories.workspace, 'logs')
  const inputs = { 'openai-api-key': KEYS.openai, 'anthropic-api-key': KEYS.anthropic, 'log-directory': logs }
  expectStarted(await job.start({ 'ca-bundle': world.caFile, ...inputs }))
  task.check(await job.agent(CLAUDE))
  task.check(await job.agent(CODEX))
  assert.equal((await job.post()).code, 0)
  expectPlainAsked(provider)
  // A prompt and a tool round trip are two answers each; codex' warm-up reports a third.
  assert.deepEqual(addTokens(logs, 'anthropic'), multiply(2))
  assert.deepEqual(addTokens(logs, 'openai'), multiply(3))
  assert.match(job.summary(), /Anthropic[^\n]*2,?400/)
}

/** Nothing was compressed on request: neither answers nor the messages of codex' tunnel. */
function expectPlainAsked({ requests }: FakeProvider): void {
  for (const request of requests) {
    assert.equal(request.header('accept-encoding'), 'identity', `${request.host}${request.path}`)
    assert.equal(request.header('sec-websocket-extensions'), undefined, `${request.host}${request.path}`)
  }
  assert.ok(
    requests.some(({ status }) => status === 101),
    'codex had no WebSocket',
  )
}

function addTokens(logs: string, provider: string): { input: number; output: number; cached: number } {
  const log = readFileSync(path.join(logs, 'access.jsonl'), 'utf8')
  const lines = log.trim().split('\n')
  const requests = lines.map((line) => JSON.parse(line) as LoggedRequest).filter((line) => line.provider === provider)
  return requests.reduce(
    (sum, { tokens = { input: 0, output: 0, cached: 0 } }) => ({
      input: sum.input + tokens.input,
      output: sum.output + tokens.output,
      cached: sum.cached + tokens.cached,
    }),
    { input: 0, output: 0, cached: 0 },
  )
}

function multiply(answers: number): { input: number; output: number; cached: number } {
  const { input, output, cached } = FAKE_USAGE
  return { input: input * answers, output: output * answers, cached: cached * answers }
}

/** A pull request from a fork has no secrets: with `on-missing: skip` the other provider still works. */
async function runSkipped(world: World): Promise<void> {
  const job = await world.openJob()
  const task = createTask(job)
  await world.serve(VENDORS.anthropic(task.conversation))
  const inputs = { 'openai-api-key': '', 'anthropic-api-key': KEYS.anthropic, 'on-missing': 'skip' }
  expectStarted(await job.start({ 'ca-bundle': world.caFile, ...inputs }))
  assert.equal(job.exports.OPENAI_BASE_URL, undefined)
  task.check(await job.agent(CLAUDE))
}

/** Two jobs of the same user at the same time: other ports, other tokens, and neither serves the other's. */
async function runTwoJobs(world: World): Promise<void> {
  const jobs = [await world.openJob(), await world.openJob()] as const
  await world.serve(VENDORS.openai(createTask(jobs[0]).conversation))
  const inputs = { 'ca-bundle': world.caFile, 'openai-api-key': KEYS.openai }
  for (const started of await Promise.all(jobs.map((job) => job.start(inputs)))) expectStarted(started)
  const [first, second] = jobs.map(({ exports }) => ({
    base: exports.OPENAI_BASE_URL ?? '',
    token: exports.OPENAI_API_KEY ?? '',
  }))
  assert.ok(first !== undefined && second !== undefined)
  assert.notEqual(first.base, second.base)
  assert.equal((await callSidecar({ ...first, path: '/models' })).status, 200)
  assert.equal((await callSidecar({ ...second, path: '/models' })).status, 200)
  const crossed = await callSidecar({ base: first.base, token: second.token, path: '/models' })
  assert.equal(crossed.headers['x-agent-proxy-refusal'], 'client_token_invalid')
  assert.equal((await jobs[0].post()).code, 0)
  assert.equal((await callSidecar({ ...second, path: '/models' })).status, 200, 'the post of one job ended the other')
}
