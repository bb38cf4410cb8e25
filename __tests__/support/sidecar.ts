import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type { RequestEvent, SidecarEvent } from '../../src/core/events.ts'
import type { ProviderId } from '../../src/core/providers/provider.ts'
import type { ProviderCheck, SidecarReply } from '../../src/core/sidecar-config.ts'
import { DIST } from './bundles.ts'
import { createLaunchMessage, type LaunchOptions } from './sidecar-launch.ts'
import { waitUntil } from './wait-until.ts'

export interface SidecarOptions extends LaunchOptions {
  /** Where the access log goes; a fresh file when absent. */
  readonly accessLog?: string
  /** Command put before the program, e.g. a shell that lowers a limit first. */
  readonly wrap?: (command: readonly string[]) => readonly string[]
  /** Directory of the bundles, where a test puts another worker in. */
  readonly bundles?: string
}

/** Starts the whole sidecar, supervisor and worker, as the action does, and waits until it serves. */
export async function startSidecar(options: SidecarOptions): Promise<Sidecar> {
  const sidecar = new Sidecar(options)
  try {
    await sidecar.waitForReply('ready')
    return sidecar
  } catch (error) {
    await sidecar[Symbol.asyncDispose]()
    throw error
  }
}

/** Starts a sidecar that must not come up, and gives everything it said. */
export async function startFailingSidecar(options: SidecarOptions): Promise<FailedStart> {
  await using sidecar = new Sidecar(options)
  const failed = await sidecar.waitForReply('failed')
  const exitCode = await sidecar.exited
  return { reason: failed.reason, checks: sidecar.checks, exitCode, log: sidecar.readLog(), replies: sidecar.replies }
}

export interface FailedStart {
  readonly reason: string
  readonly checks: readonly ProviderCheck[]
  readonly exitCode: number | null
  readonly log: string
  readonly replies: readonly SidecarReply[]
}

export class Sidecar implements AsyncDisposable {
  readonly pid: number
  readonly replies: SidecarReply[] = []
  /** Resolves with the supervisor's exit code, null after a signal. */
  readonly exited: Promise<number | null>
  readonly #child: ChildProcess
  /** Where its logs lie, until it is disposed of. */
  readonly directory = mkdtempSync(join(tmpdir(), 'agent-proxy-sidecar-'))
  readonly #accessLog: string

  constructor(options: SidecarOptions) {
    this.#accessLog = options.accessLog ?? join(this.directory, 'access.jsonl')
    const accessLog = openSync(this.#accessLog, 'a', 0o600)
    const log = openSync(join(this.directory, 'sidecar.log'), 'a', 0o600)
    const command = [process.execPath, ...renderArguments(options.bundles ?? DIST, options.config?.firewall?.logPath)]
    const [program = '', ...rest] = options.wrap?.(command) ?? command
    this.#child = spawn(program, rest, {
      detached: true,
      env: { PATH: process.env.PATH ?? '' },
      stdio: ['pipe', log, log, 'pipe', accessLog],
    })
    closeSync(accessLog)
    closeSync(log)
    this.pid = this.#child.pid ?? 0
    this.exited = once(this.#child, 'exit').then(([code]) => code as number | null)
    const lines = createInterface({ input: this.#child.stdio[3] as Readable })
    lines.on('line', (line) => this.replies.push(JSON.parse(line)))
    this.#child.stdin?.on('error', () => undefined)
    this.#child.stdin?.end(JSON.stringify(createLaunchMessage(options)))
  }

  get checks(): readonly ProviderCheck[] {
    return this.replies.find((reply) => reply.kind === 'validated')?.checks ?? []
  }

  get ready(): Extract<SidecarReply, { kind: 'ready' }> {
    const ready = this.replies.find((reply) => reply.kind === 'ready')
    if (ready === undefined) throw new Error('The sidecar is not ready')
    return ready
  }

  get managementPort(): number {
    return this.ready.managementPort
  }

  port(id: ProviderId): number {
    const port = this.ready.ports[id]
    if (port === undefined) throw new Error(`The sidecar has no port for ${id}`)
    return port
  }

  /** `http://127.0.0.1:port` of a provider. */
  origin(id: ProviderId): string {
    return `http://127.0.0.1:${this.port(id)}`
  }

  waitForReply<Kind extends SidecarReply['kind']>(kind: Kind): Promise<Extract<SidecarReply, { kind: Kind }>> {
    return waitUntil(`the sidecar says ${kind}`, () => {
      const found = this.replies.find((reply) => reply.kind === kind)
      if (found !== undefined) return found as Extract<SidecarReply, { kind: Kind }>
      const isOver = this.#child.exitCode !== null || this.#child.signalCode !== null
      if (isOver) throw new Error(`The sidecar ended without saying ${kind}:\n${this.readLog()}`)
      return undefined
    })
  }

  readLog(): string {
    return readFileSync(join(this.directory, 'sidecar.log'), 'utf8')
  }

  readEvents(): readonly SidecarEvent[] {
    const text = readFileSync(this.#accessLog, 'utf8')
    return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as SidecarEvent]))
  }

  /** The log line of the first request, past or future, that fits. */
  waitForRequest(fits: (event: RequestEvent) => boolean): Promise<RequestEvent> {
    return waitUntil('the request is in the access log', () =>
      this.readEvents().find((event): event is RequestEvent => event.kind === 'request' && fits(event)),
    )
  }

  /** Pid of the worker that lives now. Linux only. */
  waitForWorker(other?: number): Promise<number> {
    return waitUntil('there is a worker', () => this.listChildren().find((pid) => pid !== other))
  }

  /** Pids of the processes that the supervisor has started and that live. Linux only. */
  listChildren(): readonly number[] {
    return listChildren(this.pid)
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null && this.pid !== 0) {
      // The whole session; Windows has none, there the worker ends with its channel.
      if (process.platform === 'win32') this.#child.kill('SIGKILL')
      else process.kill(-this.pid, 'SIGKILL')
      await this.exited
    }
    rmSync(this.directory, { recursive: true, force: true })
  }
}

function renderArguments(bundles: string, firewallLog: string | undefined): string[] {
  return [
    '--disable-sigusr1',
    '--permission',
    '--allow-child-process',
    '--disable-warning=SecurityWarning',
    `--allow-fs-read=${join(bundles, 'sidecar')}`,
    `--allow-fs-read=${join(bundles, 'worker')}`,
    `--allow-fs-read=${join(bundles, 'credential-process')}`,
    ...(process.platform === 'linux' ? ['--allow-fs-read=/proc/*'] : []),
    ...(firewallLog === undefined ? [] : [`--allow-fs-read=${firewallLog}`]),
    '--max-semi-space-size=1',
    join(bundles, 'sidecar', 'index.js'),
  ]
}

/** Pids of the direct children of a process. */
function listChildren(parent: number): number[] {
  const text = readText(`/proc/${parent}/task/${parent}/children`)
  if (text !== undefined) return text.split(' ').filter(Boolean).map(Number)
  return readdirSync('/proc').flatMap((name) => (readParent(name) === parent ? [Number(name)] : []))
}

function readParent(pid: string): number | undefined {
  const stat = /^\d+$/.test(pid) ? readText(`/proc/${pid}/stat`) : undefined
  return stat === undefined ? undefined : Number(stat.replace(/^.*\) /s, '').split(' ')[1])
}

/** Resident memory of a process in MiB. */
export function readResidentMiB(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readText(`/proc/${pid}/status`) ?? '')?.[1] ?? Number.NaN) / 1024
}

/** True while the process exists and is no zombie. */
export function isRunning(pid: number): boolean {
  const stat = readText(`/proc/${pid}/stat`)
  return stat !== undefined && !/^\S+ \(.*\) [ZX]/s.test(stat)
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
