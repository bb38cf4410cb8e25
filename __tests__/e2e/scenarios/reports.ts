import assert from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'
import { createCopilotService } from '../../fakes/copilot-service.ts'
import { createGitHubService, createTokenIssuer } from '../../fakes/github-service.ts'
import { callSidecar } from '../call-sidecar.ts'
import { bearer, createGitHubHosts, VENDORS } from '../hosts.ts'
import type { Job } from '../job.ts'
import { KEYS } from '../keys.ts'
import { createTask, expectNoPlaceholder, expectOnlyInjected, expectRefused, expectStarted, OUTSIDE } from '../task.ts'
import type { Scenario, World } from '../world.ts'

/** The four reports this project was made for, each by its name. */
export const REPORT_SCENARIOS: readonly Scenario[] = [
  { name: 'report-1-data-residency', run: runDataResidency },
  { name: 'report-1-data-residency token-scheme', run: runTokenScheme },
  { name: 'report-1-data-residency passthrough', run: runPassthrough },
  { name: 'report-1-data-residency exchange', run: runExchange },
  { name: 'report-2-tenant-routing', run: runTenantRouting },
  { name: 'report-2-tenant-routing contradiction', run: runContradiction },
  { name: 'report-3-refresh expiry', run: runExpiry },
  { name: 'report-3-refresh revoked', run: runRevoked },
  { name: 'report-4-codex-401', run: runCodex },
  { name: 'report-4-codex-401 empty-key', run: runEmptyKey },
  { name: 'report-4-codex-401 dead-key', run: runDeadKey },
  { name: 'report-4-codex-401 dead-key-warn', run: runDeadKeyWarn },
]

const TENANT = 'contoso-aw.ghe.com'
const COPILOT_HOST = `copilot-api.${TENANT}`
const REST_HOST = `api.${TENANT}`
const RUNNER = { GITHUB_SERVER_URL: `https://${TENANT}`, GITHUB_API_URL: `https://${REST_HOST}` }
const COPILOT = ['copilot', '-p', 'write a file', '--allow-all-tools']
const CODEX = ['codex', 'exec', '--skip-git-repo-check', '--dangerously-bypass-approvals-and-sandbox', 'write a file']

async function runDataResidency(world: World): Promise<void> {
  const job = await world.openJob()
  const task = createTask(job)
  const provider = await world.serve(createGitHubHosts({ copilot: COPILOT_HOST, rest: REST_HOST }, task.conversation))
  expectStarted(await job.start({ 'ca-bundle': world.caFile, 'copilot-github-token': KEYS.github }, RUNNER))
  assert.equal(job.outputs['copilot-api-target'], COPILOT_HOST)
  assert.equal(job.exports.GH_HOST, TENANT)
  task.check(await job.agent(COPILOT))
  expectOnlyInjected(world, provider, {
    credentials: { [COPILOT_HOST]: bearer(KEYS.github), [REST_HOST]: bearer(KEYS.github) },
  })
  expectNoPlaceholder(job, provider)
}

/** A tenant that answers Bearer with "Authorization header is badly formatted": the other scheme is tried once and kept. */
async function runTokenScheme(world: World): Promise<void> {
  const job = await world.openJob()
  const task = createTask(job)
  const provider = await world.serve(
    createGitHubHosts(
      { copilot: COPILOT_HOST, rest: REST_HOST, copilotOptions: { scheme: 'token' } },
      task.conversation,
    ),
  )
  expectStarted(await job.start({ 'ca-bundle': world.caFile, 'copilot-github-token': KEYS.github }, RUNNER))
  const before = provider.requests.length
  task.check(await job.agent(COPILOT))
  const schemes = provider.requests.slice(before).map(({ credentials }) => credentials[0]?.value.split(' ')[0])
  assert.deepEqual([...new Set(schemes)], ['token'], 'the pinned scheme was not kept')
  expectNoPlaceholder(job, provider)
}

/** The client keeps its own credential; the sidecar only routes. */
async function runPassthrough(world: World): Promise<void> {
  const job = await world.openJob()
  const task = createTask(job)
  const provider = await world.serve(createGitHubHosts({ copilot: COPILOT_HOST, rest: REST_HOST }, task.conversation))
  expectStarted(await job.start({ 'ca-bundle': world.caFile, 'copilot-routing': 'passthrough' }, RUNNER))
  assert.equal(job.outputs['routing-mode'], 'passthrough')
  task.check(await job.agent(COPILOT, { COPILOT_GITHUB_TOKEN: KEYS.github }))
  const models = provider.requests.filter(({ host }) => host === COPILOT_HOST)
  assert.ok(models.length > 0, 'nothing reached the tenant')
  for (const { credentials } of models) assert.deepEqual(credentials, [bearer(KEYS.github)])
}

interface ExchangeWorld {
  readonly job: Job
  readonly issuer: ReturnType<typeof createTokenIssuer>
  readonly ask: () => ReturnType<typeof callSidecar>
  /** Statuses the Copilot host has answered, in order. */
  readonly statuses: () => readonly number[]
  readonly agent: () => Promise<void>
}

async function openExchange(world: World, lifetime: number): Promise<ExchangeWorld> {
  const job = await world.openJob()
  const task = createTask(job)
  const issuer = createTokenIssuer(lifetime)
  const provider = await world.serve({
    [COPILOT_HOST]: createCopilotService({ accepts: issuer.accepts, conversation: task.conversation }),
    [REST_HOST]: createGitHubService({ token: KEYS.user, copilotApi: `https://${COPILOT_HOST}`, issuer }),
  })
  const inputs = { 'ca-bundle': world.caFile, 'copilot-github-token': KEYS.user, 'copilot-routing': 'exchange' }
  expectStarted(await job.start(inputs, RUNNER))
  const copilot = () => provider.requests.filter(({ host }) => host === COPILOT_HOST)
  const { COPILOT_API_URL: base = '', COPILOT_GITHUB_TOKEN: token = '' } = job.exports
  return {
    job,
    issuer,
    ask: () => callSidecar({ base, token, path: '/chat/completions', body: { model: 'gpt-5.4', messages: [] } }),
    statuses: () => copilot().map(({ status }) => status),
    agent: async () => {
      task.check(await job.agent(COPILOT))
      const offered = new Set(copilot().flatMap(({ credentials }) => credentials.map(({ value }) => value)))
      assert.deepEqual(
        [...offered],
        issuer.issued.map((issued) => `Bearer ${issued}`),
      )
      expectNoPlaceholder(job, provider)
    },
  }
}

/** The tenant's own token endpoint issues what the Copilot host takes; the GitHub token itself never goes there. */
async function runExchange(world: World): Promise<void> {
  const exchange = await openExchange(world, 1800)
  assert.equal(exchange.job.outputs['routing-mode'], 'exchange')
  await exchange.agent()
  assert.equal(exchange.issuer.issued.length, 1)
}

/**
 * A token that lives a few seconds (not fewer than the floor against hot loops): requests after its end go out with a new
 * one, and none is refused upstream.
 */
async function runExpiry(world: World): Promise<void> {
  const exchange = await openExchange(world, 8)
  const end = performance.now() + 12_000
  while (performance.now() < end) {
    assert.equal((await exchange.ask()).status, 200)
    await setTimeout(500)
  }
  assert.ok(exchange.issuer.issued.length >= 2, 'no token was renewed')
  assert.ok(exchange.issuer.issued.length <= 4, `${exchange.issuer.issued.length} tokens were asked for`)
  assert.ok(!exchange.statuses().includes(401), `an expired token was used: ${exchange.statuses().join(', ')}`)
}

/** A token that dies before its time: the 401 leads to one renewal and one replay, and the client sees 200. */
async function runRevoked(world: World): Promise<void> {
  const exchange = await openExchange(world, 1800)
  assert.equal((await exchange.ask()).status, 200)
  exchange.issuer.revokeAll()
  assert.equal((await exchange.ask()).status, 200)
  assert.equal(exchange.issuer.issued.length, 2)
  assert.deepEqual(exchange.statuses().slice(-2), [401, 200])
}

async function runTenantRouting(world: World): Promise<void> {
  const tenant = 'company.ghe.com'
  const job = await world.openJob()
  const { conversation } = createTask(job)
  const copilot = `copilot-api.${tenant}`
  const rest = `api.${tenant}`
  const provider = await world.serve(createGitHubHosts({ copilot, rest }, conversation))
  const runner = { GITHUB_SERVER_URL: `https://${tenant}`, GITHUB_API_URL: `https://${rest}` }
  expectStarted(await job.start({ 'ca-bundle': world.caFile, 'copilot-github-token': KEYS.github }, runner))
  assert.equal(job.outputs.topology, 'tenant')
  assert.equal(job.outputs['gh-host'], tenant)
  assert.ok((job.outputs['allowed-domains'] ?? '').split(',').includes(tenant), 'the tenant is not on the allow-list')
  assert.ok((job.outputs['sidecar-domains'] ?? '').split(',').includes(copilot))
  const { COPILOT_API_URL: base = '', COPILOT_GITHUB_TOKEN: token = '' } = job.exports
  const before = provider.requests.length
  assert.equal((await callSidecar({ base, token, path: '/copilot_internal/user' })).status, 200)
  assert.equal((await callSidecar({ base, token, path: '/models' })).status, 200)
  const routes = provider.requests.slice(before).map(({ host, path }) => host + path)
  assert.deepEqual(routes, [`${rest}/copilot_internal/user`, `${copilot}/models`])
  assert.equal((await callSidecar({ base, token, path: '/user' })).status, 404)
  expectOnlyInjected(world, provider, { credentials: { [copilot]: bearer(KEYS.github), [rest]: bearer(KEYS.github) } })
}

async function runContradiction(world: World): Promise<void> {
  const job = await world.openJob()
  const runner = { GITHUB_SERVER_URL: 'https://company.ghe.com', GITHUB_API_URL: 'https://api.github.com' }
  await expectRefused(
    job,
    { 'copilot-github-token': KEYS.github },
    { sentence: /github-server-url and github-api-url disagree/, runner },
  )
}

async function runCodex(world: World): Promise<void> {
  const job = await world.openJob()
  const task = createTask(job)
  const provider = await world.serve(VENDORS.openai(task.conversation))
  expectStarted(await job.start({ 'ca-bundle': world.caFile, 'openai-api-key': KEYS.openai }))
  task.check(await job.agent(CODEX))
  assert.ok(
    provider.requests.some(({ path }) => path === '/v1/responses'),
    'codex did not come through the sidecar',
  )
  expectOnlyInjected(world, provider, {
    credentials: { 'api.openai.com': bearer(KEYS.openai) },
    outside: OUTSIDE.codex,
  })
}

async function runEmptyKey(world: World): Promise<void> {
  const job = await world.openJob()
  await world.serve(VENDORS.openai(createTask(job).conversation))
  await expectRefused(job, { 'ca-bundle': world.caFile, 'openai-api-key': '' }, { sentence: /openai-api-key/ })
}

async function runDeadKey(world: World): Promise<void> {
  const job = await world.openJob()
  await world.serve(VENDORS.openai(createTask(job).conversation))
  await expectRefused(
    job,
    { 'ca-bundle': world.caFile, 'openai-api-key': KEYS.dead },
    { sentence: /api\.openai\.com.*401/s },
  )
  assert.ok(
    !job
      .log()
      .replace(/::add-mask::.*/g, '')
      .includes(KEYS.dead),
    'the dead key stands in the log',
  )
}

async function runDeadKeyWarn(world: World): Promise<void> {
  const job = await world.openJob()
  await world.serve(VENDORS.openai(createTask(job).conversation))
  const inputs = { 'ca-bundle': world.caFile, 'openai-api-key': KEYS.dead, validate: 'warn' }
  expectStarted(await job.start(inputs))
  assert.match(job.log(), /::warning.*401/)
}
