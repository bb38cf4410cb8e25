import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { DIST } from './bundles.ts'
import { readFileCommands } from './file-commands.ts'
import { parseStepOutput, type WorkflowCommand } from './workflow-commands.ts'

/** One copy of the execute-only node for all tests, as on a machine that keeps its tool cache. */
const TOOL_CACHE = join(tmpdir(), `setup-agent-proxy-tests-${process.getuid?.() ?? 'user'}`)

export type Bundle = 'main' | 'post'

export interface StepResult {
  readonly exitCode: number
  readonly masks: readonly string[]
  readonly commands: readonly WorkflowCommand[]
  /** Standard output without masks, and standard error. */
  readonly log: string
  readonly milliseconds: number
}

export interface JobOptions {
  readonly inputs: Readonly<Record<string, string>>
  /** Environment of the job, as `env:` in a workflow. */
  readonly environment?: Readonly<Record<string, string>>
  /** Directory that holds the built bundles. */
  readonly bundles?: string
}

/** A job on a runner that speaks the file-command protocol, with this action as one of its steps. */
export class Job implements AsyncDisposable {
  readonly directory = mkdtempSync(join(tmpdir(), 'agent-proxy-job-'))
  readonly home = join(this.directory, 'home')
  readonly temp = join(this.directory, 'temp')
  readonly workspace = join(this.directory, 'workspace')
  readonly summaryPath = join(this.directory, 'summary.md')
  readonly masks = new Set<string>()
  outputs: Record<string, string> = {}
  state: Record<string, string> = {}
  /** What the step exported. */
  exported: Record<string, string> = {}
  readonly #options: JobOptions

  constructor(options: JobOptions) {
    this.#options = options
    for (const directory of [this.home, this.temp, this.workspace]) mkdirSync(directory)
    mkdirSync(TOOL_CACHE, { recursive: true, mode: 0o700 })
  }

  /** The environment that a later step of the job has. */
  get environment(): Record<string, string> {
    return { ...this.#base(), ...this.#options.environment, ...this.exported }
  }

  /** @param onStart gets the pid of the step's process, to cancel it. */
  async runMain(onStart?: (pid: number) => void): Promise<StepResult> {
    const files = this.#createFiles()
    const result = await this.#run('main', files, onStart)
    this.outputs = readFileCommands(files.GITHUB_OUTPUT)
    this.state = readFileCommands(files.GITHUB_STATE)
    this.exported = readFileCommands(files.GITHUB_ENV)
    this.#assertMasked(result, files.GITHUB_ENV, files.GITHUB_OUTPUT)
    return result
  }

  async runPost(): Promise<StepResult> {
    const saved = Object.entries(this.state).map(([name, value]) => [`STATE_${name}`, value] as const)
    const files = this.#createFiles()
    const result = await this.#run('post', { ...files, ...Object.fromEntries(saved) })
    this.#assertMasked(result)
    return result
  }

  /** The job summary as written so far. */
  readSummary(): string {
    return readFileSync(this.summaryPath, 'utf8')
  }

  /** The saved state of main, as post sees it; undefined when none was saved. */
  readState(): { readonly pid: number; readonly directory: string; readonly logDirectory: string } | undefined {
    const saved = this.state.run
    return saved === undefined ? undefined : JSON.parse(saved)
  }

  /** Ends what a failed test may have left, and removes the job's directory. */
  async [Symbol.asyncDispose](): Promise<void> {
    const state = this.readState()
    if (state !== undefined) killGroup(state.pid)
    rmSync(this.directory, { recursive: true, force: true })
  }

  async #run(
    bundle: Bundle,
    environment: Readonly<Record<string, string>>,
    onStart?: (pid: number) => void,
  ): Promise<StepResult> {
    const script = join(this.#options.bundles ?? DIST, bundle, 'index.js')
    const start = performance.now()
    const child = spawn(process.execPath, [script], {
      env: { ...this.environment, ...this.#inputs(), ...environment },
      cwd: this.workspace,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const closed = once(child, 'close')
    if (child.pid !== undefined) onStart?.(child.pid)
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
    const [exitCode] = await closed
    const { masks, commands, log } = parseStepOutput(stdout)
    for (const mask of masks) this.masks.add(mask)
    return { exitCode, masks, commands, log: log + stderr, milliseconds: performance.now() - start }
  }

  #base(): Record<string, string> {
    return {
      PATH: process.env.PATH ?? '',
      HOME: this.home,
      RUNNER_TEMP: this.temp,
      RUNNER_TOOL_CACHE: TOOL_CACHE,
      RUNNER_TRACKING_ID: 'github_test',
      RUNNER_ENVIRONMENT: 'self-hosted',
      GITHUB_ACTIONS: 'true',
      GITHUB_WORKSPACE: this.workspace,
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_API_URL: 'https://api.github.com',
    }
  }

  // Enforced, the firewall would close the machine that runs the tests: those of the firewall make namespaces of their own.
  #inputs(): Record<string, string> {
    const inputs = { 'egress-policy': 'off', ...this.#options.inputs }
    return Object.fromEntries(
      Object.entries(inputs).map(([name, value]) => [`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`, value]),
    )
  }

  #createFiles(): Record<
    'GITHUB_ENV' | 'GITHUB_OUTPUT' | 'GITHUB_STATE' | 'GITHUB_PATH' | 'GITHUB_STEP_SUMMARY',
    string
  > {
    const make = (name: string): string => {
      const path = join(this.directory, name)
      writeFileSync(path, '')
      return path
    }
    return {
      GITHUB_ENV: make('env'),
      GITHUB_OUTPUT: make('output'),
      GITHUB_STATE: make('state'),
      GITHUB_PATH: make('path'),
      GITHUB_STEP_SUMMARY: make('summary.md'),
    }
  }

  /** No masked text may stand in any later byte; the agent's own placeholder alone is meant to leave the step. */
  #assertMasked(result: StepResult, ...exportFiles: string[]): void {
    const placeholders = Object.values(this.exported).filter((value) => /^(ghs_|agentproxy-)\w{36}$/.test(value))
    const control = (JSON.parse(this.state.run ?? '{}') as { controlToken?: string }).controlToken
    const places: [string, string][] = [
      ['log', result.log],
      ['summary', this.readSummary()],
      ['state', JSON.stringify(this.state).replaceAll(control ?? '\0', '')],
      ...exportFiles.map((file): [string, string] => [
        file,
        placeholders.reduce((rest, own) => rest.replaceAll(own, ''), readFileSync(file, 'utf8')),
      ]),
    ]
    for (const [place, content] of places) {
      for (const mask of this.masks) {
        if (content.includes(mask)) throw new Error(`A masked text of ${mask.length} characters stands in the ${place}`)
      }
    }
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // Gone, as it should be.
  }
}
