import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { ProviderCheck } from '../../src/core/sidecar-config.ts'
import {
  askClaude,
  askCodex,
  askCopilotForUser,
  askCopilotModels,
  askOpenAi,
  askWithForeignKey,
  type Exchange,
} from './agent-requests.ts'
import { createFakeWorld, type FakeWorld, TENANT } from './fake-world.ts'
import { isOpen } from './is-open.ts'
import { createScreen, type Screen } from './screen.ts'
import { createDemoJob, type DemoJob, type StepResult } from './step-runner.ts'

/** The story of one job, told on the screen: a dead key, main, the agents, a killed worker, the search for keys, post. */
const ROOT = path.join(import.meta.dirname, '..', '..')

interface Stage {
  readonly screen: Screen
  readonly world: FakeWorld
  readonly job: DemoJob
}

async function runDemo(): Promise<number> {
  const isColoured = process.stdout.isTTY === true && process.env.NO_COLOR === undefined
  const screen = createScreen((text) => process.stdout.write(text), isColoured)
  const world = await createFakeWorld()
  const job = createDemoJob({ root: ROOT, serverUrl: `https://${TENANT}`, apiUrl: `https://api.${TENANT}` })
  const stage: Stage = { screen, world, job }
  const start = performance.now()
  screen.title(`setup-agent-proxy: one job on https://${TENANT}, against a fake provider on this machine`)
  screen.say(
    'The committed bundles run as the runner starts them. Every key below is made up; nothing leaves loopback.',
  )
  try {
    await showDeadKey(stage)
    if (await showMain(stage)) {
      await showAgents(stage)
      await showRestart(stage)
      showUpstream(stage)
      showSearch(stage)
      await showPost(stage)
    }
  } finally {
    await job.run('post', renderInputs(world)).catch(() => undefined)
    await world.close()
    job.close()
  }
  return conclude(screen, performance.now() - start)
}

function conclude(screen: Screen, milliseconds: number): number {
  const failures = screen.failures()
  screen.title(failures.length === 0 ? `All as it should be, in ${seconds(milliseconds)}.` : 'Not as it should be:')
  for (const failure of failures) screen.say(failure)
  return failures.length === 0 ? 0 : 1
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(2)} s`

function renderInputs({ keys, proxy, ca }: FakeWorld): Record<string, string> {
  return {
    'copilot-github-token': keys.copilot,
    'openai-api-key': keys.openai,
    'anthropic-api-key': keys.anthropic,
    'upstream-proxy': proxy.url,
    'ca-bundle': ca,
  }
}

async function showDeadKey({ screen, world, job }: Stage): Promise<void> {
  screen.act('A key that died: main says so, at once')
  const dead = { ...renderInputs(world), 'openai-api-key': world.keys.dead }
  const result = await job.run('main', dead)
  for (const { title, message } of result.annotations.filter(({ level }) => level === 'error')) {
    screen.quote(`${title}\n${message}`)
  }
  screen.expect(`main failed after ${seconds(result.milliseconds)}, nothing was exported`, isCleanFailure(result, job))
  await job.run('post', dead)
}

function isCleanFailure(result: StepResult, job: DemoJob): boolean {
  return result.code !== 0 && job.exported.size === 0 && /openai/i.test(JSON.stringify(result.annotations))
}

async function showMain({ screen, world, job }: Stage): Promise<boolean> {
  screen.act('Keys that work: what main derives and checks')
  const result = await job.run('main', renderInputs(world))
  if (result.code !== 0) screen.quote(`${result.output}\n${JSON.stringify(result.annotations, null, 1)}`)
  screen.expect(`main ended after ${seconds(result.milliseconds)}`, result.code === 0)
  if (result.code !== 0) return false
  const output = (name: string): string => job.outputs.get(name) ?? ''
  screen.table(
    ['topology', 'gh-host', 'copilot-api-target', 'routing-mode', 'allowed-domains', 'sidecar-domains'].map((name) => [
      name,
      output(name),
    ]),
  )
  const checks = parseChecks(output('validation'))
  for (const check of checks) screen.expect(`${check.provider}: ${check.message}`, check.verdict === 'valid')
  screen.expect('three keys were checked at the host that will be used', checks.length === 3)
  screen.act("The agent's environment: a token of this run where a key would stand")
  screen.table([...job.exported].map(([name, value]) => [name, value]))
  screen.expect(`the Copilot host is the tenant's`, output('copilot-api-target') === `copilot-api.${TENANT}`)
  return true
}

type CheckLine = Pick<ProviderCheck, 'provider' | 'verdict' | 'message'>

/** The `validation` output is an object by provider or a list of checks; both are read. */
function parseChecks(text: string): CheckLine[] {
  const value: unknown = JSON.parse(text === '' ? '[]' : text)
  if (Array.isArray(value)) return value as CheckLine[]
  return Object.entries(value as Record<string, object>).map(
    ([provider, check]) => ({ provider, ...check }) as CheckLine,
  )
}

async function showAgents({ screen, job }: Stage): Promise<void> {
  screen.act('The agents work through the sidecar')
  const environment = job.exported
  const exchanges = [
    await askCopilotModels(environment),
    await askClaude(environment),
    await askOpenAi(environment),
    await askCodex(environment),
  ]
  const refused = [await askCopilotForUser(environment), await askWithForeignKey(environment)]
  showExchanges(screen, [...exchanges, ...refused])
  screen.expect(
    'every model request was answered',
    exchanges.every(({ status }) => status === 200 || status === 101),
  )
  screen.expect(
    'the GitHub token is not lent beyond inference, and a foreign key gets nowhere',
    refused[0]?.refusal === 'path_not_lent' && refused[1]?.refusal === 'client_token_invalid',
  )
}

function showExchanges(screen: Screen, exchanges: readonly Exchange[]): void {
  const shorten = (text: string): string => (text.length > 76 ? `${text.slice(0, 75)}…` : text)
  screen.table(
    exchanges.map(({ who, request, status, answer, refusal }) => [
      who,
      request,
      String(status),
      shorten(refusal === null ? answer : `${refusal}: ${answer}`),
    ]),
  )
}

async function showRestart({ screen, job }: Stage): Promise<void> {
  const pid = findWorker(job)
  if (pid === undefined) return
  screen.act('The worker is killed in the middle of the job')
  process.kill(pid, 'SIGKILL')
  const start = performance.now()
  // A connection kept alive from before died with the worker; like every client, open another one.
  const exchange = await askCopilotModels(job.exported).catch(() => askCopilotModels(job.exported))
  screen.expect(
    `the next request on the same port was answered after ${seconds(performance.now() - start)}`,
    exchange.status === 200,
  )
}

/** The worker's process id, as the access log names it. */
function findWorker(job: DemoJob): number | undefined {
  const log = path.join(job.outputs.get('log-directory') ?? '', 'access.jsonl')
  const line = existsSync(log) ? /"what":"ready"[^\n]*worker (\d+)/.exec(readFileSync(log, 'utf8')) : null
  return line === null ? undefined : Number(line[1])
}

function showUpstream({ screen, world, job }: Stage): void {
  screen.act('What the upstreams saw')
  const { requests, connections } = world.provider
  const keys = [world.keys.copilot, world.keys.openai, world.keys.anthropic, world.keys.dead]
  const seen = requests.map(({ host, credentials }) => ({ host, credentials }))
  const hosts = [...new Set(seen.map(({ host }) => host))]
  screen.table(hosts.map((host) => [host, `${seen.filter((request) => request.host === host).length} requests`]))
  const isOneKey = seen.every(({ credentials }) => {
    const [first, ...others] = credentials
    return first !== undefined && others.length === 0 && keys.some((key) => first.value.includes(key))
  })
  screen.expect('each request carried exactly one credential: the key', isOneKey && seen.length > 0)
  const tokens = ['COPILOT_GITHUB_TOKEN', 'OPENAI_API_KEY'].map((name) => job.exported.get(name) ?? '')
  const bytes = Buffer.concat(connections.map((connection) => connection.bytes()))
  screen.expect(
    `the token of the run is nowhere in the ${bytes.length} bytes that arrived there`,
    tokens.every((token) => token.length > 36 && !bytes.includes(token)),
  )
}

function showSearch({ screen, world, job }: Stage): void {
  screen.act('Is a key anywhere the agent can look?')
  const files = listFiles(job.directory).map((file) => readFileSync(file))
  const places = [...files, Buffer.from(JSON.stringify([...job.exported, ...job.outputs]))]
  const spellings = Object.values(world.keys).flatMap((key) => [key, Buffer.from(key).toString('base64').slice(0, -4)])
  const found = spellings.filter((spelling) => places.some((place) => place.includes(spelling)))
  const size = places.reduce((sum, place) => sum + place.length, 0)
  screen.expect(
    `no key in ${files.length} files, the environment and the outputs (${Math.round(size / 1024)} KiB)`,
    found.length === 0 && files.length > 0,
  )
}

/** Readable files below the job's directory; the copy of node is execute-only and as large as the rest is small. */
function listFiles(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter(
      (entry) => entry.isFile() && !path.join(entry.parentPath, entry.name).includes(`${path.sep}tools${path.sep}`),
    )
    .map((entry) => path.join(entry.parentPath, entry.name))
}

async function showPost({ screen, world, job }: Stage): Promise<void> {
  screen.act('Post: stop, restore, report')
  const ports = [...job.exported.values()].flatMap((value) => /^http:\/\/127\.0\.0\.1:(\d+)/.exec(value)?.[1] ?? [])
  const result = await job.run('post', renderInputs(world))
  screen.expect(`post ended after ${seconds(result.milliseconds)}`, result.code === 0)
  const open = await Promise.all([...new Set(ports)].map((port) => isOpen(Number(port))))
  screen.expect('nothing listens any more', open.length > 0 && open.every((state) => !state))
  screen.expect('the job summary was written', result.summary.length > 0)
  screen.quote(renderPlain(result.summary))
}

/** Markdown as a terminal can show it: the escapes that protect the page are taken back, HTML tags left out. */
function renderPlain(markdown: string): string {
  return markdown
    .replace(/<\/?code>/g, '`')
    .replace(/<[^>]+>/g, '')
    .replace(/&#(\d+);/g, (_match, code: string) => String.fromCodePoint(Number(code)))
    .replace(/\|(?: ?-+:? ?\|)+\n/g, '')
    .replace(/\n{2,}/g, '\n\n')
}

if (!existsSync(path.join(ROOT, 'dist', 'main', 'index.js'))) {
  console.error('Cannot run the demo: dist/ is missing. It is committed; here, "npm ci && npm run build" makes it.')
  process.exit(1)
}
process.exit(await runDemo())
