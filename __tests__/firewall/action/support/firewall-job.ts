import { chownSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { RunnerOrder, RunnerResult } from '../../../e2e/runner-process.ts'
import { readFileCommands } from '../../../support/file-commands.ts'
import { parseStepOutput, type StepOutput } from '../../../support/workflow-commands.ts'
import { RUNNER, type Running } from '../../harness/machine.ts'
import type { World } from '../../harness/world.ts'

type Texts = Readonly<Record<string, string>>

export interface FirewallJobOptions {
  readonly inputs: Texts
  /** Environment of the job, as `env:` in a workflow. */
  readonly environment?: Texts
  readonly user?: 'runner' | 'root'
}

export interface FirewallStep extends RunnerResult, StepOutput {
  /** Messages of the annotations of this kind, title first. */
  readonly annotations: (kind: 'error' | 'warning' | 'notice') => readonly string[]
}

/** Where the machine sees what is in the stage. */
const STAGE = '/mnt/stage'
const NODE = `${STAGE}/bin/node`
const PATHS = `${STAGE}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`
const LIMIT_MS = 180_000
let count = 0

/**
 * A job of a runner that lives inside the machine of a world: its worker process is the parent of main, of every later step and of
 * post, and its end is the end of the job.
 */
export class FirewallJob {
  readonly #world: World
  readonly #options: FirewallJobOptions
  readonly #worker: Running
  readonly #waiting = new Map<number, (result: RunnerResult) => void>()
  readonly #place: string
  #orders = 0
  /** Worker process as the machine sees it. */
  pid = 0
  outputs: Texts = {}
  state: Texts = {}
  exported: Texts = {}
  /** Directories that the step put before the PATH. */
  paths: readonly string[] = []

  static async start(world: World, options: FirewallJobOptions): Promise<FirewallJob> {
    const job = new FirewallJob(world, options)
    await job.#worker.says(' up\n')
    job.pid = Number(/pid (\d+) up/.exec(job.#worker.output())?.[1])
    return job
  }

  private constructor(world: World, options: FirewallJobOptions) {
    this.#world = world
    this.#options = options
    count += 1
    this.#place = `jobs/${count}`
    for (const name of ['', 'home', 'temp', 'tools', 'workspace']) {
      mkdirSync(this.outer(name), { recursive: true })
      if (this.#user === 'runner') chownSync(this.outer(name), RUNNER.uid, RUNNER.gid)
    }
    copyFileSync(
      path.join(import.meta.dirname, '..', '..', '..', 'e2e', 'runner-process.ts'),
      path.join(world.stage, 'runner-process.ts'),
    )
    const line = `echo "pid $$ up"; exec -a Runner.Worker ${NODE} --disable-warning=ExperimentalWarning ${STAGE}/runner-process.ts`
    this.#worker = world.machine.start(['bash', '-c', line], { user: this.#user, environment: {} })
    const { stdout } = this.#worker.child
    if (stdout === null) throw new Error('The worker has no pipe')
    createInterface({ input: stdout }).on('line', (text) => {
      if (!text.startsWith('{')) return
      const result = JSON.parse(text) as RunnerResult
      this.#waiting.get(result.id)?.(result)
    })
  }

  get #user(): 'runner' | 'root' {
    return this.#options.user ?? 'runner'
  }

  /** A path of the job as the tests see it. */
  outer(name: string): string {
    return path.join(this.#world.stage, this.#place, name)
  }

  /** The same as the machine sees it. */
  inner(name: string): string {
    return path.join(STAGE, this.#place, name)
  }

  async runMain(): Promise<FirewallStep> {
    const files = this.#createFiles()
    const step = await this.#step('main', files)
    const read = (name: string): Texts => readFileCommands(this.outer(name))
    ;[this.outputs, this.state, this.exported] = [read('output'), read('state'), read('env')]
    this.paths = readFileSync(this.outer('path'), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
    return step
  }

  runPost(): Promise<FirewallStep> {
    const saved = Object.entries(this.state).map(([name, value]) => [`STATE_${name}`, value] as const)
    return this.#step('post', { ...this.#createFiles(), ...Object.fromEntries(saved) })
  }

  /** Environment of the later steps. */
  get environment(): Texts {
    const PATH = [...this.paths, PATHS].join(':')
    return { ...this.#base(), ...this.#options.environment, ...this.exported, PATH }
  }

  /** A later step: one line of bash, as the job's user, with what main exported. */
  agent(line: string, extra: Texts = {}): Promise<RunnerResult> {
    return this.run({ file: 'bash', args: ['-c', line], env: { ...this.environment, ...extra } })
  }

  readSummary(): string {
    return readFileSync(this.outer('summary'), 'utf8')
  }

  /** A file that the machine sees, as root. */
  read(file: string): string {
    return readFileSync(`/proc/${this.#world.machine.pid}/root${file}`, 'utf8')
  }

  run(command: Pick<RunnerOrder, 'file' | 'args' | 'env'>): Promise<RunnerResult> {
    this.#orders += 1
    const order: RunnerOrder = { id: this.#orders, cwd: this.inner('workspace'), timeoutMs: LIMIT_MS, ...command }
    this.#worker.child.stdin?.write(`${JSON.stringify(order)}\n`)
    return new Promise((resolve) => this.#waiting.set(order.id, resolve))
  }

  /** The worker ends, as at the end of every job. Resolves when nothing of ours runs any more. */
  async end(): Promise<void> {
    const ours =
      'pgrep -u 1900000001,1900000002 || pgrep -f "^/var/lib/setup-agent-proxy" || pgrep -f "dist/(sidecar|relay)"'
    await this.#world.machine.root(
      `kill -9 ${this.pid}; timeout 100 bash -c 'while ${ours}; do sleep 0.02; done' >/dev/null`,
    )
  }

  /** Command and environment of a bundle, for tests that start it in another way. */
  command(bundle: string, environment: Texts): Pick<RunnerOrder, 'file' | 'args' | 'env'> {
    const inputs = Object.entries(this.#options.inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])
    const env = { ...this.environment, ...Object.fromEntries(inputs), ...environment }
    return { file: NODE, args: [`${STAGE}/dist/${bundle}/index.js`], env }
  }

  async #step(bundle: string, environment: Texts): Promise<FirewallStep> {
    const result = await this.run(this.command(bundle, environment))
    const output = parseStepOutput(result.stdout)
    const annotations: FirewallStep['annotations'] = (kind) =>
      output.commands
        .filter(({ name }) => name === kind)
        .map(({ properties, message }) => `${properties.title ?? ''}: ${message}`)
    return { ...result, ...output, annotations }
  }

  #base(): Texts {
    return {
      HOME: this.inner('home'),
      LANG: 'C.UTF-8',
      RUNNER_TEMP: this.inner('temp'),
      RUNNER_TOOL_CACHE: this.inner('tools'),
      RUNNER_TRACKING_ID: 'github_test',
      RUNNER_ENVIRONMENT: 'self-hosted',
      GITHUB_ACTIONS: 'true',
      GITHUB_WORKSPACE: this.inner('workspace'),
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_API_URL: 'https://api.github.com',
    }
  }

  #createFiles(): Texts {
    const make = (name: string): string => {
      writeFileSync(this.outer(name), '')
      if (this.#user === 'runner') chownSync(this.outer(name), RUNNER.uid, RUNNER.gid)
      return this.inner(name)
    }
    return {
      GITHUB_ENV: make('env'),
      GITHUB_OUTPUT: make('output'),
      GITHUB_STATE: make('state'),
      GITHUB_PATH: make('path'),
      GITHUB_STEP_SUMMARY: make('summary'),
    }
  }
}
