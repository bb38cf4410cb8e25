import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { DIST } from './bundles.ts'
import { findProcesses } from './find-processes.ts'

/** One copy of the execute-only node for all tests, as in the cache of a user. */
const CACHE = join(tmpdir(), `setup-agent-proxy-tests-${process.getuid?.() ?? 'user'}`)

export interface CliResult {
  /** Null when a signal ended it. */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface StartedCli {
  readonly pid: number
  /** Resolves once stdout holds the text. */
  readonly waitForOutput: (text: string) => Promise<void>
  readonly type: (text: string) => void
}

export interface CliCall {
  readonly arguments: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly input?: string
  /** Runs beside it. */
  readonly onStart?: (started: StartedCli) => Promise<void>
  /** The program and its first arguments, in place of the built bundle. */
  readonly program?: readonly string[]
}

/** A user at a terminal, or a script: a home of their own, and the built program. */
export class CliUser implements AsyncDisposable {
  readonly directory = mkdtempSync(join(tmpdir(), 'ap-'))
  readonly home = join(this.directory, 'home')
  readonly temp = join(this.directory, 't')
  readonly work = join(this.directory, 'work')
  readonly #environment: Readonly<Record<string, string>>
  readonly #pids: number[] = []

  constructor(environment: Readonly<Record<string, string>> = {}) {
    this.#environment = environment
    for (const directory of [this.home, this.temp, this.work]) mkdirSync(directory)
    mkdirSync(CACHE, { recursive: true, mode: 0o700 })
  }

  get environment(): Record<string, string> {
    return {
      ...{ PATH: process.env.PATH ?? '', HOME: this.home, TMPDIR: this.temp, XDG_CACHE_HOME: CACHE },
      // Enforced, the firewall would close the machine that runs the tests.
      ...{ AGENT_PROXY_EGRESS_POLICY: 'off' },
      ...this.#environment,
    }
  }

  async call({ program, environment = {}, input, onStart, ...call }: CliCall): Promise<CliResult> {
    const [file = '', ...first] = program ?? [process.execPath, join(DIST, 'cli', 'index.js')]
    const child = spawn(file, [...first, ...call.arguments], {
      ...{ cwd: this.work, env: { ...this.environment, ...environment }, stdio: 'pipe' },
    })
    let seen = ''
    child.stdout.on('data', (bytes: Buffer) => {
      seen += bytes.toString('utf8')
    })
    const waitForOutput = async (wanted: string): Promise<void> => {
      while (!seen.includes(wanted)) await once(child.stdout, 'data')
    }
    const closed = once(child, 'close')
    child.stdin.on('error', () => undefined)
    if (input !== undefined) child.stdin.end(input)
    const { pid = 0 } = child
    this.#pids.push(pid)
    const started = onStart?.({ pid, waitForOutput, type: (typed) => void child.stdin.write(typed) })
    const stderr = await text(child.stderr)
    const [code, signal] = (await closed) as [number | null, NodeJS.Signals | null]
    await started
    return { code, signal, stdout: seen, stderr }
  }

  /** What runs have left of themselves: files in the temporary directory, sidecars that watch them, and whatever names this user. */
  listRemains(): string[] {
    const marks = [this.directory, ...this.#pids.map((pid) => `runner=${pid}`)]
    return [...readdirSync(this.temp), ...marks.flatMap(findProcesses).map((pid) => `process ${pid}`)]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    rmSync(this.directory, { recursive: true, force: true })
  }
}
