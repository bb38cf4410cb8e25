import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { DIST } from '../support/bundles.ts'
import { killGroup, renderRunnerEnvironment } from '../support/runner.ts'
import { waitUntil } from '../support/wait-until.ts'

/** Who the steps of a job are on this machine. */
export type Inhabitant =
  /** As the tests: the same user. */
  | { readonly kind: 'own' }
  /** An ordinary user with nothing of root's: its own copies of node and bundles, because a checkout may be root's alone. */
  | { readonly kind: 'user'; readonly uid: number }
  /** As in a job container: processes of its own, none of them the runner's, so that a step's parent is nobody. */
  | { readonly kind: 'container'; readonly network?: 'none' }

export interface MachineOptions {
  readonly inhabitant?: Inhabitant
  /** Where the job works; a new empty directory by default. */
  readonly workspace?: string
  /** Programs put first on the PATH, from a directory of node scripts. */
  readonly programs?: { readonly directory: string; readonly names: readonly string[] }
  /** What the machine itself has in its environment, as a runner reads it at its start. */
  readonly environment?: Readonly<Record<string, string>>
}

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** The machine of one job: its directories, its user, and how a process is started there. */
export class Machine implements AsyncDisposable {
  readonly directory = mkdtempSync(path.join(tmpdir(), 'agent-proxy-workflow-'))
  readonly home = path.join(this.directory, 'home')
  readonly temp = path.join(this.directory, 'temp')
  readonly tools = path.join(this.directory, 'tools')
  readonly workspace: string
  readonly bundles: string
  readonly node: string
  readonly prefix: readonly string[]
  readonly inhabitant: Inhabitant
  readonly #options: MachineOptions
  readonly #keeper: ChildProcess | undefined

  private constructor(options: MachineOptions, place: Place) {
    this.#options = options
    this.inhabitant = options.inhabitant ?? { kind: 'own' }
    this.#keeper = place.keeper
    this.prefix = place.prefix
    this.workspace = options.workspace ?? path.join(this.directory, 'workspace')
    for (const name of ['home', 'temp', 'workspace', 'bin', 'tools']) this.createDirectory(name)
    const isForeign = this.inhabitant.kind === 'user'
    this.node = isForeign ? path.join(this.directory, 'node') : process.execPath
    this.bundles = isForeign ? path.join(this.directory, 'dist') : DIST
    if (isForeign) {
      chmodSync(this.directory, 0o755)
      cpSync(process.execPath, this.node)
      cpSync(DIST, this.bundles, { recursive: true })
    }
    this.#installPrograms()
  }

  static async create(options: MachineOptions = {}): Promise<Machine> {
    return new Machine(options, await createPlace(options.inhabitant ?? { kind: 'own' }))
  }

  /** What a process of the job has before any workflow adds to it. */
  get environment(): Record<string, string> {
    const bin = path.join(this.directory, 'bin')
    const runner = renderRunnerEnvironment()
    const node = this.inhabitant.kind === 'user' ? '' : `${path.dirname(this.node)}${path.delimiter}`
    return {
      ...runner,
      // The Node of this test run first, as setup-node does it.
      PATH: `${bin}${path.delimiter}${node}${runner.PATH}`,
      HOME: this.home,
      RUNNER_TEMP: this.temp,
      GITHUB_WORKSPACE: this.workspace,
      ...(this.inhabitant.kind === 'user' ? { RUNNER_TOOL_CACHE: this.tools } : {}),
      ...this.#options.environment,
    }
  }

  /** A directory of the job's user below that of the machine. */
  createDirectory(name: string): string {
    const directory = path.join(this.directory, name)
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    this.own(directory)
    return directory
  }

  /** Gives a path to the job's user. */
  own(target: string): void {
    if (this.inhabitant.kind === 'user') chownSync(target, this.inhabitant.uid, this.inhabitant.uid)
  }

  /** Runs a program of the job to its end, with this environment and nothing else. */
  async run(command: readonly string[], environment: Readonly<Record<string, string>>): Promise<Ran> {
    const [program = '', ...parameters] = [...this.prefix, ...command]
    const child = spawn(program, parameters, {
      ...{ cwd: this.workspace, env: { ...environment }, stdio: ['ignore', 'pipe', 'pipe'] },
    })
    const closed = once(child, 'close')
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
    const [code] = (await closed) as [number | null]
    return { code, stdout, stderr }
  }

  /** Ends a sidecar that a failed job has left. In a container its pid means nothing here: it ends with the container. */
  endSidecar(pid: number): void {
    if (this.inhabitant.kind !== 'container') killGroup(pid)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#keeper !== undefined && this.#keeper.exitCode === null) {
      const closed = once(this.#keeper, 'close')
      this.#keeper.kill('SIGKILL')
      await closed
    }
    rmSync(this.directory, { recursive: true, force: true })
  }

  #installPrograms(): void {
    const { programs } = this.#options
    if (programs === undefined) return
    const scripts = path.join(this.directory, 'programs')
    cpSync(programs.directory, scripts, { recursive: true })
    writeFileSync(path.join(scripts, 'package.json'), '{"type":"module"}')
    this.createDirectory('records')
    for (const name of programs.names) {
      const shim = path.join(this.directory, 'bin', name)
      const script = path.join(scripts, `${name}.ts`)
      // Clients obey proxies; node does when it is told to. A proxy that swallows loopback would be seen here.
      writeFileSync(shim, `#!/bin/sh\nNODE_USE_ENV_PROXY=1 exec '${this.node}' '${script}' "$@"\n`, { mode: 0o755 })
    }
    if (this.inhabitant.kind === 'user') {
      spawnSync('chown', ['-R', `${this.inhabitant.uid}:${this.inhabitant.uid}`, this.directory])
    }
  }
}

interface Place {
  readonly prefix: readonly string[]
  readonly keeper?: ChildProcess
}

async function createPlace(inhabitant: Inhabitant): Promise<Place> {
  if (inhabitant.kind === 'own') return { prefix: [] }
  if (inhabitant.kind === 'user') {
    const { uid } = inhabitant
    return { prefix: ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups'] }
  }
  const net = inhabitant.network === 'none' ? ['--net'] : []
  const own = ['--pid', '--fork', '--kill-child', '--mount-proc', ...net]
  const keeper = spawn('unshare', [...own, 'sleep', '86400'], { stdio: 'ignore' })
  const pid = await waitUntil('the first process of the container', () => findChild(keeper.pid ?? 0))
  return { prefix: ['nsenter', `--target=${pid}`, '--pid', '--mount', ...net], keeper }
}

/** The one child of a process, once it has become another program than its parent. */
function findChild(parent: number): string | undefined {
  const [child] = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').trim().split(' ')
  if (child === undefined || child === '') return undefined
  return readFileSync(`/proc/${child}/comm`, 'utf8').trim() === 'sleep' ? child : undefined
}
