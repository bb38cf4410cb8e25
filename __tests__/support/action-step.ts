import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { readFileCommands } from './file-commands.ts'
import { parseStepOutput, type WorkflowCommand } from './workflow-commands.ts'

export type Bundle = 'main' | 'post'

export interface StepResult {
  readonly exitCode: number
  readonly masks: readonly string[]
  readonly commands: readonly WorkflowCommand[]
  /** Standard output without masks, and standard error. */
  readonly log: string
  readonly milliseconds: number
}

/** Where a step of this action stands in its job. */
export interface ActionStepOptions {
  /** Directory of this step alone, for the files of the runner's protocol. */
  readonly directory: string
  readonly workspace: string
  /** Directory that holds the built bundles. */
  readonly bundles: string
  /** Every input, as the runner hands them over. */
  readonly inputs: Readonly<Record<string, string>>
  /** The environment of the job as it is now, without inputs. */
  readonly environment: () => Readonly<Record<string, string>>
  /** Goes before the node of every bundle: another user, another namespace. */
  readonly prefix?: readonly string[]
  readonly node?: string
  /** Makes a new file usable by the job's user, where that is another one. */
  readonly own?: (path: string) => void
}

const FILES = {
  GITHUB_ENV: 'env',
  GITHUB_OUTPUT: 'output',
  GITHUB_STATE: 'state',
  GITHUB_PATH: 'path',
  GITHUB_STEP_SUMMARY: 'summary.md',
} as const

type FileCommands = Record<keyof typeof FILES, string>

/** One step that runs this action's bundles on a runner that speaks the file-command protocol, main first and post at the end of the job. */
export class ActionStep {
  readonly masks = new Set<string>()
  outputs: Record<string, string> = {}
  state: Record<string, string> = {}
  /** What the step exported. */
  exported: Record<string, string> = {}
  /** Directories that it put on the PATH of later steps. */
  paths: readonly string[] = []
  readonly #options: ActionStepOptions

  constructor(options: ActionStepOptions) {
    this.#options = options
  }

  /** @param onStart gets the pid of the step's process, to cancel it. */
  async runMain(onStart?: (pid: number) => void): Promise<StepResult> {
    const files = this.#createFiles()
    const result = await this.#run('main', files, onStart)
    this.outputs = readFileCommands(files.GITHUB_OUTPUT)
    this.state = readFileCommands(files.GITHUB_STATE)
    this.exported = readFileCommands(files.GITHUB_ENV)
    this.paths = readFileSync(files.GITHUB_PATH, 'utf8')
      .split(/\r?\n/)
      .filter((line) => line !== '')
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

  /** The job summary as the last bundle left it. */
  readSummary(): string {
    return readFileSync(join(this.#options.directory, FILES.GITHUB_STEP_SUMMARY), 'utf8')
  }

  /** The saved state of main, as post sees it; undefined when none was saved. */
  readState(): { readonly pid: number; readonly directory: string; readonly logDirectory: string } | undefined {
    const saved = this.state.run
    return saved === undefined ? undefined : JSON.parse(saved)
  }

  async #run(
    bundle: Bundle,
    environment: Readonly<Record<string, string>>,
    onStart?: (pid: number) => void,
  ): Promise<StepResult> {
    const { prefix = [], node = process.execPath, bundles, workspace } = this.#options
    const [program = node, ...parameters] = [...prefix, node, join(bundles, bundle, 'index.js')]
    const start = performance.now()
    const child = spawn(program, parameters, {
      env: { ...this.#options.environment(), ...this.#renderInputs(), ...environment },
      cwd: workspace,
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

  #renderInputs(): Record<string, string> {
    return Object.fromEntries(
      Object.entries(this.#options.inputs).map(([name, value]) => [
        `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`,
        value,
      ]),
    )
  }

  #createFiles(): FileCommands {
    const make = (name: string): string => {
      const path = join(this.#options.directory, name)
      writeFileSync(path, '')
      this.#options.own?.(path)
      return path
    }
    return Object.fromEntries(Object.entries(FILES).map(([variable, name]) => [variable, make(name)])) as FileCommands
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
