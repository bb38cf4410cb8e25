import assert from 'node:assert/strict'
import { chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { request } from 'undici'
import { createOpenAiService } from '../../fakes/openai-service.ts'
import { callSidecar } from '../call-sidecar.ts'
import { VENDORS } from '../hosts.ts'
import type { Job } from '../job.ts'
import { KEYS } from '../keys.ts'
import { findSidecar, listListeningPorts, listProcesses, waitUntil } from '../processes.ts'
import { createTask, expectStarted } from '../task.ts'
import type { Scenario, World } from '../world.ts'

export const LIFECYCLE_SCENARIOS: readonly Scenario[] = [
  { name: 'worker-killed-in-a-stream', run: runWorkerKilled },
  { name: 'codex-survives-a-killed-worker', run: runCodexSurvives },
  { name: 'post-leaves-nothing', run: runPost },
  { name: 'runner-vanishes', run: runVanished },
]

const CODEX = ['codex', 'exec', '--skip-git-repo-check', '--dangerously-bypass-approvals-and-sandbox', 'write a file']
const BODY = { model: 'gpt-5.4', stream: true, messages: [] }

/** Twice in one job: the second crash must find everything as the first did. */
async function runWorkerKilled(world: World): Promise<void> {
  const job = await world.openJob()
  const { conversation } = createTask(job)
  const never = new Promise<void>(() => undefined)
  let isHeld = true
  // While it is held, a stream stands still after its first event.
  await world.serve(VENDORS.openai(conversation), {
    gate: (_request, event) => (isHeld && event === 1 ? never : undefined),
  })
  expectStarted(await job.start({ 'ca-bundle': world.caFile, 'openai-api-key': KEYS.openai }))
  const times = [await killInStream(job), await killInStream(job)].map((ms) => `${Math.round(ms)} ms`)
  console.log(`     after SIGKILL the next request was answered in ${times.join(' and ')}`)
  isHeld = false
  const { OPENAI_BASE_URL: base = '', OPENAI_API_KEY: token = '' } = job.exports
  assert.equal((await callSidecar({ base, token, path: '/chat/completions', body: BODY })).status, 200)
}

/** Kills the worker while it streams; throws unless the client sees a cut and its next request is answered. Milliseconds. */
async function killInStream(job: Job): Promise<number> {
  const { OPENAI_BASE_URL: base = '', OPENAI_API_KEY: token = '' } = job.exports
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const stream = await request(`${base}/chat/completions`, { method: 'POST', headers, body: JSON.stringify(BODY) })
  const [worker] = findSidecar().workers
  assert.ok(worker !== undefined, 'no worker is running')
  const cut = assert.rejects(stream.body.text(), 'the stream ended as if it were complete')
  process.kill(worker.pid, 'SIGKILL')
  await cut
  const next = await callSidecar({ base, token, path: '/models' })
  assert.equal(next.status, 200, next.text)
  assert.ok(next.ms < 1000, `the next request took ${Math.round(next.ms)} ms`)
  return next.ms
}

/** What a dead port costs codex was measured: it never ends. With a worker that comes back it finishes its task. */
async function runCodexSurvives(world: World): Promise<void> {
  const job = await world.openJob()
  const task = createTask(job)
  let hold: Promise<void> | undefined = new Promise<void>(() => undefined)
  const { conversation } = task
  const provider = await world.serve(
    { 'api.openai.com': createOpenAiService({ key: KEYS.openai, conversation, webSocket: false }) },
    { gate: (_request, event) => (event === 1 ? hold : undefined) },
  )
  expectStarted(await job.start({ 'ca-bundle': world.caFile, 'openai-api-key': KEYS.openai }))
  const running = job.agent(CODEX)
  await provider.waitFor(({ method, path: target }) => method === 'POST' && target === '/v1/responses')
  const [worker] = findSidecar().workers
  assert.ok(worker !== undefined, 'no worker is running')
  hold = undefined
  process.kill(worker.pid, 'SIGKILL')
  task.check(await running)
}

async function openCodexJob(world: World): Promise<Job> {
  const job = await world.openJob()
  await world.serve({ ...VENDORS.openai(createTask(job).conversation), ...VENDORS.gemini({ text: 'done' }) })
  writeOwn(world, job, '.codex/config.toml', OWN_CODEX)
  writeOwn(world, job, '.gemini/settings.json', OWN_GEMINI)
  const inputs = { 'ca-bundle': world.caFile, 'openai-api-key': KEYS.openai, 'gemini-api-key': KEYS.gemini }
  expectStarted(await job.start(inputs))
  return job
}

const OWN_CODEX = '# mine\nmodel = "gpt-6.1-sol" # keep\n\n[history]\npersistence = "none"\n'
const OWN_GEMINI = '{\n  "ui": { "theme": "Default" }\n}\n'

function writeOwn(world: World, job: Job, name: string, text: string): void {
  const { uid, gid } = world.settings.user
  const file = path.join(job.directories.home, name)
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, text)
  for (const own of [path.dirname(file), file]) chownSync(own, uid, gid)
}

async function runPost(world: World): Promise<void> {
  const before = new Set(listListeningPorts())
  const job = await openCodexJob(world)
  const ours = listListeningPorts().filter((port) => !before.has(port) && port !== 443)
  assert.ok(ours.length >= 3, 'main opened no ports')
  const home = (name: string): string => readFileSync(path.join(job.directories.home, name), 'utf8')
  assert.notEqual(home('.codex/config.toml'), OWN_CODEX, 'codex was not configured')
  assert.notEqual(home('.gemini/settings.json'), OWN_GEMINI, 'gemini was not configured')
  const { OPENAI_BASE_URL: base = '', OPENAI_API_KEY: token = '' } = job.exports
  assert.equal((await callSidecar({ base, token, path: '/chat/completions', body: BODY })).status, 200)
  const post = await job.post()
  assert.equal(post.code, 0, `${post.stdout}\n${post.stderr}`)
  const { supervisor, workers } = findSidecar()
  assert.deepEqual([supervisor, workers], [undefined, []], 'a process was left behind')
  assert.deepEqual(
    listListeningPorts().filter((port) => ours.includes(port)),
    [],
    'a port is still open',
  )
  assert.equal(home('.codex/config.toml'), OWN_CODEX)
  assert.equal(home('.gemini/settings.json'), OWN_GEMINI)
  assert.match(job.summary(), /1,?237|1,?200/, 'the summary does not show the tokens')
  const again = await job.post()
  assert.equal(again.code, 0, 'post is not idempotent')
}

async function runVanished(world: World): Promise<void> {
  const job = await openCodexJob(world)
  const { supervisor, workers } = findSidecar()
  assert.ok(supervisor !== undefined && workers.length > 0, 'no sidecar is running')
  await job.vanish()
  const gone = (): boolean =>
    !listProcesses().some(({ pid }) => [supervisor, ...workers].some((ended) => ended.pid === pid))
  const ms = await waitUntil(gone, 'the end of the sidecar', 60_000)
  console.log(`     the sidecar ended ${(ms / 1000).toFixed(1)} s after the runner`)
}
