import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ActionStep, type StepResult } from './action-step.ts'
import { DIST } from './bundles.ts'

export type { Bundle, StepResult } from './action-step.ts'

/** One copy of the execute-only node for all tests, as on a machine that keeps its tool cache. */
const TOOL_CACHE = join(tmpdir(), `setup-agent-proxy-tests-${process.getuid?.() ?? 'user'}`)

export interface JobOptions {
  readonly inputs: Readonly<Record<string, string>>
  /** Environment of the job, as `env:` in a workflow. */
  readonly environment?: Readonly<Record<string, string>>
  /** Directory that holds the built bundles. */
  readonly bundles?: string
}

/** A job on a runner that speaks the file-command protocol, with this action as its one step. */
export class Job implements AsyncDisposable {
  readonly directory = mkdtempSync(join(tmpdir(), 'agent-proxy-job-'))
  readonly home = join(this.directory, 'home')
  readonly temp = join(this.directory, 'temp')
  readonly workspace = join(this.directory, 'workspace')
  readonly summaryPath = join(this.directory, 'summary.md')
  readonly #options: JobOptions
  readonly #step: ActionStep

  constructor(options: JobOptions) {
    this.#options = options
    for (const directory of [this.home, this.temp, this.workspace]) mkdirSync(directory)
    this.#step = new ActionStep({
      directory: this.directory,
      workspace: this.workspace,
      bundles: options.bundles ?? DIST,
      // Enforced, the firewall would close the machine that runs the tests: those of the firewall make namespaces of their own.
      inputs: { 'egress-policy': 'off', ...options.inputs },
      environment: () => this.environment,
    })
  }

  get masks(): ReadonlySet<string> {
    return this.#step.masks
  }

  get outputs(): Record<string, string> {
    return this.#step.outputs
  }

  get state(): Record<string, string> {
    return this.#step.state
  }

  /** What the step exported. */
  get exported(): Record<string, string> {
    return this.#step.exported
  }

  /** The environment that a later step of the job has. */
  get environment(): Record<string, string> {
    const own = { HOME: this.home, RUNNER_TEMP: this.temp, GITHUB_WORKSPACE: this.workspace }
    return { ...renderRunnerEnvironment(), ...own, ...this.#options.environment, ...this.exported }
  }

  /** @param onStart gets the pid of the step's process, to cancel it. */
  runMain(onStart?: (pid: number) => void): Promise<StepResult> {
    return this.#step.runMain(onStart)
  }

  runPost(): Promise<StepResult> {
    return this.#step.runPost()
  }

  /** The job summary as written so far. */
  readSummary(): string {
    return this.#step.readSummary()
  }

  /** The saved state of main, as post sees it; undefined when none was saved. */
  readState(): ReturnType<ActionStep['readState']> {
    return this.#step.readState()
  }

  /** Ends what a failed test may have left, and removes the job's directory. */
  async [Symbol.asyncDispose](): Promise<void> {
    const state = this.readState()
    if (state !== undefined) killGroup(state.pid)
    rmSync(this.directory, { recursive: true, force: true })
  }
}

/** What every runner sets, whatever the job: a self-hosted one on github.com, with the tool cache that all tests share. */
export function renderRunnerEnvironment(): Record<string, string> {
  mkdirSync(TOOL_CACHE, { recursive: true, mode: 0o700 })
  return {
    PATH: process.env.PATH ?? '',
    RUNNER_TOOL_CACHE: TOOL_CACHE,
    RUNNER_TRACKING_ID: 'github_test',
    RUNNER_ENVIRONMENT: 'self-hosted',
    GITHUB_ACTIONS: 'true',
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_API_URL: 'https://api.github.com',
  }
}

/** Ends a sidecar with all of its processes, if it is still there. */
export function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // Gone, as it should be.
  }
}
