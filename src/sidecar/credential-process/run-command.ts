import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import type { SourceResult } from '../ipc.ts'
import { signalGroup } from '../signal-group.ts'

/**
 * Room: credential process. Runs commands and reads files that yield credentials, and hands on what came out, unread. Never
 * knows: keys, tokens, providers' hosts, what an output means. Started and asked by: the supervisor.
 */
export interface CommandRun {
  /** Absolute path of the program, and its arguments. */
  readonly argv: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly workDirectory: string
  readonly timeoutMs: number
  /** Aborted when the process ends: the command and all it started are killed at once. */
  readonly ended: AbortSignal
  /** The command leads this process group, until {@link onGroupEnded}. */
  readonly onGroupStarted: (group: number) => void
  readonly onGroupEnded: (group: number) => void
}

const MAX_OUTPUT_BYTES = 1024 * 1024
const MAX_ERROR_BYTES = 8 * 1024
const GRACE_MS = 2000

/**
 * Runs a command without a shell, in a process group of its own, with nothing on standard input and only the environment it
 * is given. Whatever happens, it settles: a command that does not end, or whose children hold its output open, is ended with
 * its whole group at the time limit. Never rejects.
 */
export function runCommand(run: CommandRun): Promise<SourceResult> {
  const [program = '', ...rest] = run.argv
  try {
    const child = spawn(program, rest, {
      cwd: run.workDirectory,
      env: { ...run.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
      windowsHide: true,
    })
    return new RunningCommand(child, run).result
  } catch (error) {
    return Promise.resolve(notStarted(error))
  }
}

class RunningCommand {
  readonly result: Promise<SourceResult>
  readonly #child: ChildProcess
  readonly #run: CommandRun
  readonly #resolve: (result: SourceResult) => void
  readonly #timers: NodeJS.Timeout[] = []
  readonly #stdout: Buffer[] = []
  #outputBytes = 0
  #errorBytes = 0
  #stderr: Buffer = Buffer.alloc(0)
  #isTimedOut = false
  #isSettled = false

  constructor(child: ChildProcess, run: CommandRun) {
    const { promise, resolve } = Promise.withResolvers<SourceResult>()
    this.result = promise
    this.#resolve = resolve
    this.#child = child
    this.#run = run
    child.on('error', (error) => this.#settle(notStarted(error)))
    if (child.pid !== undefined) this.#watch(child.pid)
  }

  #watch(pid: number): void {
    const { timeoutMs, ended, onGroupStarted } = this.#run
    onGroupStarted(pid)
    ended.addEventListener('abort', this.#abort, { once: true })
    this.#timers.push(setTimeout(() => this.#onTimeout(), timeoutMs))
    read(this.#child.stdout, (chunk) => this.#onOutput(chunk))
    read(this.#child.stderr, (chunk) => {
      this.#errorBytes += chunk.length
      this.#stderr = Buffer.concat([this.#stderr, chunk]).subarray(-MAX_ERROR_BYTES)
    })
    // Not 'exit': as long as somebody holds standard output open, the credential may not be whole.
    this.#child.on('close', (code, signal) => this.#onClose(code, signal))
  }

  #onOutput(chunk: Buffer): void {
    this.#outputBytes += chunk.length
    if (this.#outputBytes > MAX_OUTPUT_BYTES) this.#settle({ kind: 'too-much-output' })
    else this.#stdout.push(chunk)
  }

  #onTimeout(): void {
    this.#isTimedOut = true
    this.#signal('SIGTERM')
    this.#timers.push(setTimeout(() => this.#onClose(null, 'SIGKILL'), GRACE_MS))
  }

  #onClose(code: number | null, signal: string | null): void {
    const stderr = decodeTail(this.#stderr, this.#errorBytes)
    if (this.#isTimedOut) this.#settle({ kind: 'timeout', timeoutMs: this.#run.timeoutMs, stderr })
    else if (code === 0) this.#settle(decodeOutput(Buffer.concat(this.#stdout)))
    else this.#settle({ kind: 'exit', code, signal, stderr })
  }

  readonly #abort = (): void => this.#onClose(null, 'SIGKILL')

  /** What the command has left running in its group has no business to go on, also after a good end. */
  #settle(result: SourceResult): void {
    if (this.#isSettled) return
    this.#isSettled = true
    for (const timer of this.#timers) clearTimeout(timer)
    this.#run.ended.removeEventListener('abort', this.#abort)
    this.#signal('SIGKILL')
    this.#child.stdout?.destroy()
    this.#child.stderr?.destroy()
    if (this.#child.pid !== undefined) this.#run.onGroupEnded(this.#child.pid)
    this.#resolve(result)
  }

  #signal(signal: 'SIGTERM' | 'SIGKILL'): void {
    if (this.#child.pid === undefined) return
    if (process.platform === 'win32') this.#child.kill(signal)
    else signalGroup(this.#child.pid, signal)
  }
}

function read(stream: Readable | null, onChunk: (chunk: Buffer) => void): void {
  stream?.on('data', onChunk)
  stream?.on('error', () => undefined)
}

/** Half a secret is recognised by nobody, so a line whose beginning was lost is left out. */
function decodeTail(tail: Buffer, length: number): string {
  const text = tail.toString('utf8')
  return length <= MAX_ERROR_BYTES ? text : text.replace(/^[^\n]*\n?/, '')
}

/** The text of an output, or that it is none. A byte order mark, which Windows tools like to write, is not part of the text. */
export function decodeOutput(bytes: Uint8Array): SourceResult {
  try {
    return { kind: 'output', text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch {
    return { kind: 'not-utf8' }
  }
}

/** What the platform says about a program or file that could not be opened. */
export function notStarted(error: unknown): SourceResult {
  return { kind: 'not-started', code: (error as NodeJS.ErrnoException).code ?? 'UNKNOWN' }
}
