import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { json } from 'node:stream/consumers'
import { createGitHubHosts, VENDORS } from '../hosts.ts'
import type { Job } from '../job.ts'
import { KEYS } from '../keys.ts'
import { openMintingJob } from '../minting-job.ts'
import { deriveNeedles } from '../needles.ts'
import { findSidecar, listListeningPorts, waitUntil } from '../processes.ts'
import type { ScanOrder, ScanResult } from '../scan-for-secrets.ts'
import { createTask, expectStarted } from '../task.ts'
import type { Scenario, World } from '../world.ts'

export const SECRECY_SCENARIOS: readonly Scenario[] = [
  { name: 'secrets-are-nowhere', run: runLeakSearch },
  { name: 'minted-secrets-are-nowhere', run: runMintedSearch },
  { name: 'secrets-survive-a-readable-node', run: runReadableNode },
  { name: 'inspector-stays-closed', run: runInspector },
]

const CODEX = ['codex', 'exec', '--skip-git-repo-check', '--dangerously-bypass-approvals-and-sandbox', 'write a file']
const NEEDLES = Object.entries(KEYS).flatMap(([name, key]) => deriveNeedles(name, key))

/** A job with every vendor configured and some traffic behind it. */
async function openBusyJob(world: World): Promise<Job> {
  const job = await world.openJob()
  const task = createTask(job)
  await world.serve({
    ...VENDORS.openai(task.conversation),
    ...VENDORS.anthropic(task.conversation),
    ...VENDORS.gemini(task.conversation),
    ...VENDORS.vertex(task.conversation),
    ...createGitHubHosts({ copilot: 'api.githubcopilot.com', rest: 'api.github.com' }, task.conversation),
  })
  const inputs = {
    'ca-bundle': world.caFile,
    'openai-api-key': KEYS.openai,
    'anthropic-api-key': KEYS.anthropic,
    'gemini-api-key': KEYS.gemini,
    'google-api-key': KEYS.vertex,
    'copilot-github-token': KEYS.github,
    'log-level': 'debug',
  }
  expectStarted(await job.start(inputs))
  task.check(await job.agent(CODEX))
  return job
}

async function runLeakSearch(world: World): Promise<void> {
  const job = await openBusyJob(world)
  const { supervisor, workers } = findSidecar()
  assert.ok(supervisor !== undefined && workers.length > 0, 'no sidecar is running')
  const result = await scan(world, job)
  assert.deepEqual(result.found, [], 'a key can be read by the job’s own user')
  assert.ok(result.files > 0, 'the search read no file')
  const exposed = [supervisor, ...workers].filter(({ pid }) => result.readable.includes(pid))
  assert.deepEqual(exposed, [], 'the memory of the sidecar is readable')
  await expectSearchFinds(world, job)
  await job.post()
  assert.deepEqual((await scan(world, job)).found, [], 'a key was left behind by post')
}

/** The search is worth something only if it finds a key that is there. */
async function expectSearchFinds(world: World, job: Job): Promise<void> {
  const { node, user } = world.settings
  const [file = '', ...args] = [...user.prefix, node, '-e', 'process.stdin.resume(); console.log("ready")']
  const decoy = spawn(file, args, { env: { DECOY: KEYS.openai }, stdio: ['pipe', 'pipe', 'inherit'] })
  await once(decoy.stdout, 'data')
  const { found } = await scan(world, job)
  const ended = once(decoy, 'exit')
  decoy.kill('SIGKILL')
  await ended
  for (const place of ['environ', 'mem']) {
    assert.ok(found.includes(`openai (plain) in /proc/${decoy.pid}/${place}`), `the search is blind to ${place}`)
  }
}

/** The same with credentials that were obtained, renewed and refused in the job, and with what they were obtained with. */
async function runMintedSearch(world: World): Promise<void> {
  const { job, secrets } = await openMintingJob(world)
  const needles = secrets.flatMap(({ name, value }) => deriveNeedles(name, value))
  const { supervisor, workers } = findSidecar()
  assert.ok(supervisor !== undefined && workers.length > 1, 'worker or credential process is missing')
  const result = await scan(world, job, needles)
  assert.deepEqual(result.found, [], 'an obtained credential can be read by the job’s own user')
  const exposed = [supervisor, ...workers].filter(({ pid }) => result.readable.includes(pid))
  assert.deepEqual(exposed, [], 'the memory of the sidecar is readable')
  await job.post()
  assert.deepEqual((await scan(world, job, needles)).found, [], 'a credential was left behind by post')
}

async function scan(world: World, job: Job, needles: ScanOrder['needles'] = NEEDLES): Promise<ScanResult> {
  const { node, user } = world.settings
  const script = path.join(import.meta.dirname, '..', 'scan-for-secrets.ts')
  const [file = '', ...args] = [...user.prefix, node, script]
  const { home, temp, toolCache, workspace } = job.directories
  const directories = [home, temp, toolCache, workspace, job.outputs['log-directory'] ?? temp]
  // The runner itself was given every secret, as the real one is; the sidecar cannot change that.
  const order: ScanOrder = { needles, directories, exclude: [job.runnerPid, process.pid] }
  const child = spawn(file, args, { env: {}, cwd: '/', stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.end(JSON.stringify(order))
  return (await json(child.stdout)) as ScanResult
}

/**
 * The copy of node belongs to the job's user, who may make it readable again. A worker started from it then could be read, so
 * it must not get the secrets; the supervisor was started before and stays closed.
 */
async function runReadableNode(world: World): Promise<void> {
  const job = await openBusyJob(world)
  const { supervisor, workers } = findSidecar()
  assert.ok(supervisor !== undefined && workers.length > 0, 'no sidecar is running')
  const [copy = ''] = supervisor.command.split(' ')
  assert.ok(copy.startsWith(job.directories.toolCache), `the sidecar runs from ${copy}`)
  const attack = await job.agent([
    'sh',
    '-c',
    `chmod 755 '${copy}' && kill -9 ${workers.map(({ pid }) => pid).join(' ')}`,
  ])
  assert.equal(attack.code, 0, attack.stderr)
  // Such a worker is ended before it lives long enough to be seen from outside: the log tells that there was one.
  const log = path.join(job.outputs['log-directory'] ?? '', 'access.jsonl')
  const isRefused = (): boolean => readFileSync(log, 'utf8').includes('has become readable, so it got no secret')
  await waitUntil(isRefused, 'the start of another worker', 10_000)
  for (let round = 0; round < 5; round += 1) {
    assert.deepEqual((await scan(world, job)).found, [], 'a key can be read from the worker')
  }
}

async function runInspector(world: World): Promise<void> {
  const job = await openBusyJob(world)
  const { supervisor, workers } = findSidecar()
  const pids = [supervisor, ...workers].flatMap((process) => (process === undefined ? [] : [String(process.pid)]))
  assert.ok(pids.length >= 2, 'no sidecar is running')
  const before = new Set(listListeningPorts())
  const killed = await job.agent(['kill', '-USR1', ...pids])
  assert.equal(killed.code, 0, killed.stderr)
  // A signal is handled before the next request is: after this answer an inspector would be listening.
  const health = await job.agent([world.settings.node, '-e', HEALTH], {
    MANAGEMENT: job.outputs['management-url'] ?? '',
  })
  assert.match(health.stdout, /^200 200/, health.stderr)
  const opened = listListeningPorts().filter((port) => !before.has(port))
  assert.deepEqual(opened, [], 'a port was opened')
  assert.deepEqual(
    findSidecar().workers.map(({ pid }) => pid),
    workers.map(({ pid }) => pid),
    'the signal ended the worker',
  )
}

const HEALTH = `const { MANAGEMENT } = process.env
const ask = async () => (await fetch(MANAGEMENT + '/health')).status
console.log(await ask(), await ask())`
