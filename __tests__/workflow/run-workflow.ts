import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { parse } from 'yaml'
import { readFileCommands } from '../support/file-commands.ts'

/**
 * Executes one job of a workflow file of this repository on this machine, as the runner would: `uses: ./` runs the bundles,
 * `run` runs a shell, posts run in reverse order at the end. Other actions (checkout, setup-node) have nothing to do here.
 */
export interface WorkflowStep {
  readonly id?: string
  readonly name?: string
  readonly uses?: string
  readonly run?: string
  readonly with?: Readonly<Record<string, unknown>>
  readonly env?: Readonly<Record<string, string>>
  readonly 'continue-on-error'?: boolean
}

export interface StepRecord {
  readonly name: string
  readonly outcome: 'success' | 'failure'
  readonly log: string
  readonly summary: string
}

export interface JobRecord {
  readonly steps: readonly StepRecord[]
  readonly posts: readonly StepRecord[]
}

const ROOT = path.join(import.meta.dirname, '..', '..')

interface Action {
  readonly inputs: Readonly<Record<string, { readonly default?: string }>>
  readonly runs: { readonly main: string; readonly post: string }
}

interface World {
  readonly directory: string
  readonly action: Action
  readonly environment: Record<string, string>
  readonly steps: Record<string, { readonly outputs: Record<string, string>; readonly outcome: string }>
  readonly posts: (() => Promise<StepRecord>)[]
}

/** Runs the job; a failed step without `continue-on-error` ends it, but never its posts. */
export async function runJob(file: string, job: string): Promise<JobRecord> {
  const workflow = parse(readFileSync(path.join(ROOT, file), 'utf8')) as {
    readonly jobs: Readonly<Record<string, { readonly steps: readonly WorkflowStep[] }>>
  }
  const world = createWorld()
  const records: StepRecord[] = []
  try {
    for (const step of workflow.jobs[job]?.steps ?? []) {
      const record = await runStep(world, step)
      if (record !== undefined) records.push(record)
      if (record?.outcome === 'failure' && step['continue-on-error'] !== true) break
    }
    const posts: StepRecord[] = []
    for (const post of world.posts.toReversed()) posts.push(await post())
    return { steps: records, posts }
  } finally {
    endBackground(records)
    rmSync(world.directory, { recursive: true, force: true })
  }
}

// The runner ends what a job leaves behind; of our steps only the fake provider stays, and says its pid.
function endBackground(records: readonly StepRecord[]): void {
  for (const { log } of records) {
    const pid = /^fake provider .*, pid (\d+)$/m.exec(log)?.[1]
    if (pid !== undefined) process.kill(Number(pid))
  }
}

function createWorld(): World {
  const directory = mkdtempSync(path.join(tmpdir(), 'agent-proxy-workflow-'))
  for (const name of ['home', 'temp', 'tools']) mkdirSync(path.join(directory, name), { mode: 0o700 })
  const action = parse(readFileSync(path.join(ROOT, 'action.yml'), 'utf8')) as Action
  const environment = {
    // The Node of this test run first, as setup-node does it.
    PATH: `${path.dirname(process.execPath)}${path.delimiter}${process.env.PATH ?? ''}`,
    HOME: path.join(directory, 'home'),
    RUNNER_TEMP: path.join(directory, 'temp'),
    RUNNER_TOOL_CACHE: path.join(directory, 'tools'),
    RUNNER_ENVIRONMENT: 'self-hosted',
    GITHUB_ACTIONS: 'true',
    GITHUB_WORKSPACE: ROOT,
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_API_URL: 'https://api.github.com',
  }
  return { directory, action, environment, steps: {}, posts: [] }
}

async function runStep(world: World, step: WorkflowStep): Promise<StepRecord | undefined> {
  const isOurs = step.uses === './'
  if (!isOurs && step.run === undefined) return undefined
  const name = step.name ?? step.id ?? step.uses ?? 'run'
  const inputs = isOurs ? renderInputs(world, step) : {}
  const command = isOurs ? ['node', path.join(ROOT, world.action.runs.main)] : ['bash', '-e', '-c', step.run ?? '']
  const { record, files } = await runCommand(world, { name, command, extra: { ...renderEnv(world, step), ...inputs } })
  Object.assign(world.environment, readFileCommands(files.GITHUB_ENV))
  if (step.id !== undefined) {
    world.steps[step.id] = { outputs: readFileCommands(files.GITHUB_OUTPUT), outcome: record.outcome }
  }
  if (isOurs) world.posts.push(createPost(world, { name, inputs, state: readFileCommands(files.GITHUB_STATE) }))
  return record
}

interface PostFacts {
  readonly name: string
  readonly inputs: Readonly<Record<string, string>>
  readonly state: Readonly<Record<string, string>>
}

function createPost(world: World, { name, inputs, state }: PostFacts): () => Promise<StepRecord> {
  const saved = Object.fromEntries(Object.entries(state).map(([key, value]) => [`STATE_${key}`, value]))
  const command = ['node', path.join(ROOT, world.action.runs.post)]
  return async () => (await runCommand(world, { name: `Post ${name}`, command, extra: { ...inputs, ...saved } })).record
}

const FILES = ['GITHUB_ENV', 'GITHUB_OUTPUT', 'GITHUB_STATE', 'GITHUB_PATH', 'GITHUB_STEP_SUMMARY'] as const

interface CommandFacts {
  readonly name: string
  readonly command: readonly string[]
  readonly extra: Readonly<Record<string, string>>
}

async function runCommand(
  world: World,
  { name, command, extra }: CommandFacts,
): Promise<{ readonly record: StepRecord; readonly files: Readonly<Record<(typeof FILES)[number], string>> }> {
  const place = mkdtempSync(path.join(world.directory, 'step-'))
  const files = Object.fromEntries(FILES.map((file) => [file, path.join(place, file)])) as Record<
    (typeof FILES)[number],
    string
  >
  for (const file of FILES) writeFileSync(files[file], '')
  const [program = '', ...parameters] = command
  const env = { ...world.environment, ...extra, ...files }
  const child = spawn(program, parameters, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const closed = once(child, 'close')
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  const [code] = await closed
  const summary = readFileSync(files.GITHUB_STEP_SUMMARY, 'utf8')
  return { record: { name, outcome: code === 0 ? 'success' : 'failure', log: stdout + stderr, summary }, files }
}

/** Every input with its default where the step says nothing, as the runner gives them. */
function renderInputs(world: World, step: WorkflowStep): Record<string, string> {
  return Object.fromEntries(
    Object.entries(world.action.inputs).map(([name, row]) => {
      const given = step.with?.[name]
      const value = given === undefined ? (row.default ?? '') : String(given)
      return [`INPUT_${name.toUpperCase()}`, evaluate(world, value)]
    }),
  )
}

function renderEnv(world: World, step: WorkflowStep): Record<string, string> {
  return Object.fromEntries(Object.entries(step.env ?? {}).map(([name, value]) => [name, evaluate(world, value)]))
}

/** The expressions our workflows use. @throws on any other, so that none is silently empty. */
function evaluate(world: World, value: string): string {
  return value.replace(/\$\{\{\s*(.+?)\s*\}\}/g, (_match, expression: string) => {
    if (expression === 'github.server_url') return world.environment.GITHUB_SERVER_URL ?? ''
    if (expression === 'github.api_url') return world.environment.GITHUB_API_URL ?? ''
    const [, id = '', what, name = ''] = /^steps\.([\w-]+)\.(?:(outcome)|outputs\.([\w-]+))$/.exec(expression) ?? []
    const step = world.steps[id]
    if (step === undefined) throw new Error(`Cannot evaluate the expression ${expression}`)
    return what === 'outcome' ? step.outcome : (step.outputs[name] ?? '')
  })
}
